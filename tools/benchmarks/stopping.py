"""The studies of fits that are stopped and continued, and of the memory that a fit holds."""

import json
import random
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import torch

from benchmarks.study import Figures, Places, Study, environment
from ganaug.models.registry import ROOT, models
from ganaug.utils.errors import UsageError
from ganaug.utils.tensorboard import read_points

# In this order, so that a run goes on after each.
STOPS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
ROUNDS = 2
# All that has a state: curves each batch, metrics each epoch, an augmentation and a worker.
WORDS = (
    *("--data.per_class", 40, "--data.batch_size", 16, "--data.augmentation", "light"),
    *("--data.num_workers", 1, "--trainer.max_epochs", 3, "--trainer.accelerator", "cpu"),
    *("--trainer.limit_train_batches", 100, "--trainer.log_every_n_steps", 1),
    *("--trainer.enable_progress_bar", "false", "--save.every_batches", 7),
    *("--fidelity.images", 100, "--stability.images", 50, "--memorization.images", 50),
    *("--fidelity.metrics+", "c2st", "--agreement.every_epochs", 1),
)
TWO_KINDS = ("--data", "unpaired_digits")


def words_of(model: str) -> list[Any]:
    """Return the words of a short fit of a model, with its data."""
    return ["--model", model, *(TWO_KINDS if model == "cyclegan" else ()), *WORDS]


def resume(model: str, places: Places) -> Figures:
    """Stop fits at random moments by each signal, continue them, and compare with one that ran."""
    rng = random.Random(places.seed)
    stops = same_runs = 0
    for number in range(ROUNDS):
        home = places.home / f"stopped{number}"
        home.mkdir()
        stops += fit_with_stops(home, model, places, rng)
        same_runs += is_same_run(places.run, next(home.glob("runs/*/version_0")))
    return {"stops": stops, "fits": ROUNDS, "the same bit for bit": same_runs}


def fit_with_stops(home: Path, model: str, places: Places, rng: random.Random) -> int:
    """Fit in a folder, each process but the last sent a signal; return how many were stopped.

    Raises:
        UsageError: A process ended in another way than by its signal.
    """
    # A sixth at most for each of the three, since a part of it went into the feature network.
    usual = seconds_of(places.run)
    words: list[Any] = [*words_of(model), "--seed_everything", places.seed]
    stopped = 0
    for number in (*STOPS, 0):
        tool = [sys.executable, str(ROOT / "tools" / "fit.py"), *map(str, words)]
        code = run_until(home, tool, number, rng.uniform(0, usual / 6))
        if code not in (0, -number, 128 + number):
            raise UsageError(f"a fit ended with {code}; see {home / 'fit.log'}")
        if code == 0:
            break
        stopped += 1
        words = ["--resume"]
    return stopped


def seconds_of(run: Path) -> float:
    """Return how long a run took from its settings to its last checkpoint."""
    last, settings = run / "checkpoints" / "last.ckpt", run / "config.yaml"
    return last.stat().st_mtime - settings.stat().st_mtime


def run_until(home: Path, words: list[str], number: int = 0, after: float = 0.0) -> int:
    """Run a fit; seconds after there is a checkpoint to go on from, send a signal, if any.

    Returns:
        The process's code.
    """
    started = time.time()
    with (home / "fit.log").open("a") as log:
        process = subprocess.Popen(
            words,
            cwd=home,
            env=environment(),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        if number:
            while process.poll() is None and not has_begun(home, started):
                time.sleep(0.01)
            time.sleep(after)
            process.send_signal(number)
        return process.wait()


def has_begun(home: Path, started: float) -> bool:
    """Whether a fit in the folder has written its settings since then, and has a checkpoint."""
    runs = list(home.glob("runs/*/version_0"))
    return any(
        (run / "checkpoints" / "last.ckpt").is_file()
        and (run / "config.yaml").stat().st_mtime >= started
        for run in runs
    )


def is_same_run(one: Path, other: Path) -> bool:
    """Whether two runs have the same weights, optimizers and curves, bit for bit."""
    first, second = (checkpoint_of(run) for run in (one, other))
    return same(first, second) and curves_of(one) == curves_of(other)


def checkpoint_of(run: Path) -> dict[str, Any]:
    """Return what a run came to, without its callbacks' states, which are named by its folder."""
    content = torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)
    del content["callbacks"]
    return content


def curves_of(run: Path) -> dict[str, list[tuple[int, float]]]:
    """Return all curves of a run but those of its speed."""
    return {
        tag: [(point.step, point.value) for point in points]
        for tag, points in read_points(run).items()
        if not tag.startswith("speed/")
    }


def same(one: Any, other: Any) -> bool:
    """Compare nested plain values and tensors, exactly."""
    if isinstance(one, torch.Tensor):
        return isinstance(other, torch.Tensor) and torch.equal(one, other)
    if isinstance(one, Mapping):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


# A fit that writes down, after each batch, what its process holds.
WATCHED_FIT = """
import json, sys
from pathlib import Path
from resource import getpagesize
from lightning.pytorch import Callback
from ganaug.training import builder, engine
from ganaug.cli.fit_arguments import expand

class Memory(Callback):
    def __init__(self):
        self.held = []
    def on_train_batch_end(self, *_):
        status = Path("/proc/self/statm").read_text().split()
        self.held.append(int(status[1]) * getpagesize() / 2**20)
    def on_fit_end(self, *_):
        Path("memory.json").write_text(json.dumps(self.held))

build = builder.FitCLI.standing_callbacks
builder.FitCLI.standing_callbacks = lambda cli: [Memory(), *build(cli)]
engine.fit_by_words(expand(sys.argv[1:]))
"""


def memory(places: Places) -> Figures:
    """Measure what a fit of ten epochs of 125 batches holds, and its growth over 1,000 batches."""
    words = ["--model", "dcgan", "--model.width", 16, "--data.batch_size", 32]
    words += ["--data.per_class", 100, "--data.epoch_images", 125 * 32]
    words += ["--trainer.max_epochs", 10, "--trainer.enable_progress_bar", "false"]
    code = run_until(places.home, [sys.executable, "-c", WATCHED_FIT, *map(str, words)])
    if code:
        raise UsageError(f"the watched fit failed with {code}; see {places.home / 'fit.log'}")
    held = json.loads((places.home / "memory.json").read_text())
    # The first epoch warms up; averages over 100 batches each.
    before, after = statistics.fmean(held[100:200]), statistics.fmean(held[1100:1200])
    return {
        "MiB at most": max(held),
        "MiB around batch 150": before,
        "around batch 1,150": after,
        "more by %": 100 * (after / before - 1),
    }


def studies_of_resuming() -> dict[str, Study]:
    """Return a study for each model; its own fit is the one that is never stopped."""
    return {
        f"resume_{model}": Study(partial(_words, model), partial(resume, model))
        for model in models()
    }


def _words(model: str, places: Places) -> list[Any]:
    del places
    return words_of(model)


STOPPING_STUDIES = {**studies_of_resuming(), "memory": Study(None, memory)}
