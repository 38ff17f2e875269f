"""Where each model's training step spends its time, by torch's own profiler.

Run as `python -m benchmarks.step_profiles dcgan FILE`, which writes the shares as JSON.
"""

import json
import sys
import time
from pathlib import Path

from lightning.pytorch import Callback, LightningModule, Trainer
from torch.profiler import ProfilerActivity, profile

from benchmarks.study import Figures, Places, Study, run_python
from ganaug.models.registry import models

# Before the clock starts: first calls choose kernels and take memory.
WARM_UP, PROFILED = 6, 12
KINDS = {
    "convolutions": ("conv",),
    "matrix products": ("mm", "linear"),
    "normalization": ("norm",),
    "copies and casts": ("copy_", "_to_copy", "contiguous", "clone"),
    "optimizers": ("_fused_", "_foreach_", "addcdiv", "addcmul", "lerp"),
    "activations": ("relu", "tanh", "sigmoid", "dropout", "softplus"),
}
# cyclegan learns between two kinds, sgan from labelled images beside others.
DATA = {
    "cyclegan": ("--data", "unpaired_digits"),
    "sgan": ("--data.labels_per_class", "10", "--data.batch_size", "200"),
}


class StepProfile(Callback):
    """Profiles some batches after the first ones, the loop around the steps included."""

    def __init__(self) -> None:
        self.profiler = profile(activities=[ProfilerActivity.CPU])
        self.started = self.seconds = 0.0

    def on_train_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: object,
        batch: object,
        batch_idx: int,
    ) -> None:
        """Start after the warm-up, and stop when enough is seen."""
        del trainer, pl_module, outputs, batch
        if batch_idx + 1 == WARM_UP:
            self.profiler.start()
            self.started = time.perf_counter()
        if batch_idx + 1 == WARM_UP + PROFILED:
            self.seconds = time.perf_counter() - self.started
            self.profiler.stop()

    def shares(self) -> Figures:
        """Return milliseconds a batch, and the share of each kind of work in them."""
        spent = dict.fromkeys((*KINDS, "other operations"), 0.0)
        for event in self.profiler.key_averages():
            spent[kind_of(event.key)] += event.self_cpu_time_total / 1e6
        shares = {f"{kind} %": 100 * seconds / self.seconds for kind, seconds in spent.items()}
        outside = 100 - sum(shares.values())
        return {"ms a batch": 1000 * self.seconds / PROFILED} | shares | {"Python %": outside}


def kind_of(operation: str) -> str:
    """Return the kind of work of a torch operation, by its name."""
    for kind, words in KINDS.items():
        if any(word in operation for word in words):
            return kind
    return "other operations"


def profiled(model: str) -> Figures:
    """Fit a model for a few batches, with nothing beside the steps, and return the shares."""
    from ganaug.cli.fit_arguments import expand
    from ganaug.training import hardware
    from ganaug.training.builder import FitCLI

    hardware.filter_warnings()
    batches = str(WARM_UP + PROFILED + 1)
    words = ["--model", model, *DATA.get(model, ()), "--trainer.limit_train_batches", batches]
    words += ["--trainer.max_epochs", "1", "--trainer.enable_progress_bar", "false"]
    words += ["--fidelity.every_epochs", "0", "--stability.images", "20"]
    cli = FitCLI(expand(words))
    hardware.set_threads(cli.trainer)
    watcher = StepProfile()
    cli.trainer.callbacks = [watcher]  # type: ignore[attr-defined]  # set by a connector
    cli.trainer.fit(cli.model, datamodule=cli.datamodule)
    return watcher.shares()


def all_profiles(places: Places) -> Figures:
    """Profile every model, each in a process of its own."""
    figures: Figures = {}
    for model in models():
        found = places.home / f"{model}.json"
        words = ("-m", "benchmarks.step_profiles", model, found.resolve())
        run_python(places.home, *words, log=places.home / "fit.log")
        figures |= {
            f"{model}: {name}": each for name, each in json.loads(found.read_text()).items()
        }
    return figures


PROFILE_STUDIES = {"step_profiles": Study(None, all_profiles)}


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(json.dumps(profiled(sys.argv[1])))
