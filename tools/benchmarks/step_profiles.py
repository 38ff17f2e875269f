"""Profile of each model's training step by torch's profiler.

Run as `python -m benchmarks.step_profiles dcgan FILE`, which writes the percentages as JSON.
"""

import json
import sys
from pathlib import Path
from typing import Any

from lightning.pytorch import Callback
from torch.profiler import ProfilerActivity, profile, schedule

from benchmarks.study import Metrics, Workspace, run_python
from ganaug.cli.fit_arguments import expand
from ganaug.models.registry import models
from ganaug.training import hardware
from ganaug.training.builder import FitCLI

# Batches before profiling, since first calls select kernels and allocate memory.
WARM_UP, PROFILED = 6, 12
STEP = "ProfilerStep*"
KINDS = {
    "convolutions": ("conv",),
    "matrix products": ("mm", "linear"),
    "normalization": ("norm",),
    "copies and casts": ("copy_", "_to_copy", "contiguous", "clone"),
    "optimizers": ("_fused_", "_foreach_", "addcdiv", "addcmul", "lerp"),
    "activations": ("relu", "tanh", "sigmoid", "dropout", "softplus"),
    "other operations": ("",),
}
BRIEFLY = (
    f"--trainer.limit_train_batches={WARM_UP + PROFILED + 1}",
    *("--trainer.max_epochs=1", "--trainer.enable_progress_bar=false"),
    *("--fidelity.every_epochs=0", "--stability.images=20"),
)
# cyclegan needs two classes of images, sgan labeled and unlabeled images.
DATA = {
    "cyclegan": ("--data=unpaired_digits",),
    "sgan": ("--data.labels_per_class=10", "--data.batch_size=200"),
}


class StepProfile(Callback):
    """Profiles some batches after the first ones, including the loop around the steps."""

    def __init__(self) -> None:
        batches = schedule(wait=WARM_UP - 1, warmup=1, active=PROFILED, repeat=1)
        self.profiler = profile(activities=[ProfilerActivity.CPU], schedule=batches)

    def on_train_start(self, *_args: Any) -> None:
        """Start the profiler."""
        self.profiler.start()

    def on_train_batch_end(self, *_args: Any) -> None:
        """Advance the profiler by a batch."""
        self.profiler.step()

    def shares(self) -> Metrics:
        """Return milliseconds per batch, and the percentage of each kind of work."""
        milliseconds = dict.fromkeys((*KINDS, "Python"), 0.0)
        for event in self.profiler.key_averages():
            milliseconds[kind_of(event.key)] += event.self_cpu_time_total / 1000
        total = sum(milliseconds.values())
        shares = {f"{kind} %": 100 * value / total for kind, value in milliseconds.items()}
        return {"ms a batch": total / PROFILED, **shares}


def kind_of(operation: str) -> str:
    """Return the kind of work of a torch operation by its name; the step's own time is Python."""
    if operation == STEP:
        return "Python"
    return next(kind for kind, words in KINDS.items() if any(word in operation for word in words))


def profiled(model: str) -> Metrics:
    """Fit a model for a few batches without callbacks, and return its profile."""
    hardware.filter_warnings()
    cli = FitCLI(expand(["--model", model, *DATA.get(model, ()), *BRIEFLY]))
    hardware.set_threads(cli.trainer)
    watcher = StepProfile()
    cli.trainer.callbacks = [watcher]  # type: ignore[attr-defined]  # set by a connector
    cli.trainer.fit(cli.model, datamodule=cli.datamodule)
    return watcher.shares()


def all_profiles(workspace: Workspace) -> Metrics:
    """Profile every model, each in a separate process."""
    metrics: Metrics = {}
    for model in models():
        file = workspace.home / f"{model}.json"
        run_python(workspace.home, "-m", "benchmarks.step_profiles", model, file, log="fit.log")
        shares = json.loads(file.read_text(encoding="utf-8"))
        metrics |= {f"{model}: {name}": value for name, value in shares.items()}
    return metrics


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(json.dumps(profiled(sys.argv[1])), encoding="utf-8")
