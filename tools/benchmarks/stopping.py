"""The studies of fits that are stopped and continued, and of the memory that a fit holds."""

import json
import random
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from benchmarks.study import TOOLS, Metrics, Workspace, environment, run_python
from ganaug.utils.errors import UsageError
from ganaug.utils.tensorboard import read_points

# In this order, so that a run goes on after each.
STOPS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
ROUNDS = 2
# All that has a state: curves each batch, metrics each epoch, an augmentation and a worker.
SETTINGS = (
    "--data.per_class 40 --data.batch_size 16 --data.augmentation light --data.num_workers 1 "
    "--trainer.max_epochs 3 --trainer.accelerator cpu --trainer.limit_train_batches 100 "
    "--trainer.log_every_n_steps 1 --trainer.enable_progress_bar false --save.every_batches 7 "
    "--fidelity.images 100 --stability.images 50 --memorization.images 50 "
    "--fidelity.metrics+ c2st --agreement.every_epochs 1 --grid.every_minutes null"
)


def settings_of(model: str) -> str:
    """Return the settings of a short fit of a model, with its data."""
    two_kinds = "--data unpaired_digits " if model == "cyclegan" else ""
    return f"--model {model} {two_kinds}{SETTINGS}"


def resume(model: str, workspace: Workspace) -> Metrics:
    """Stop fits at random moments by each signal, continue them, and compare with one that ran."""
    rng = random.Random(workspace.seed)
    stops = same_runs = 0
    for number in range(ROUNDS):
        stopped = workspace._replace(home=workspace.home / f"stopped{number}")
        stopped.home.mkdir()
        # A sixth at most for each of the three, since a part of it went into the feature network.
        stops += fit_with_stops(stopped, model, rng, seconds_of(workspace.run) / 6)
        same_runs += is_same_run(workspace.run, stopped.run)
    return {"stops": stops, "fits": ROUNDS, "the same bit for bit": same_runs}


def fit_with_stops(workspace: Workspace, model: str, rng: random.Random, most: float) -> int:
    """Fit in a folder, each process but the last sent a signal; return how many were stopped.

    Raises:
        UsageError: A process ended in another way than by its signal.
    """
    words = [*workspace.words(settings_of(model)), "--seed_everything", str(workspace.seed)]
    stopped = 0
    for number in (*STOPS, 0):
        code = run_until(workspace.home, words, number, rng.uniform(0, most))
        if code not in (0, -number, 128 + number):
            raise UsageError(f"a fit ended with {code}; see {workspace.home / 'fit.log'}")
        if code == 0:
            break
        stopped += 1
        words = ["--resume"]
    return stopped


def seconds_of(run: Path) -> float:
    """Return how long a run took from its settings to its last checkpoint."""
    last, settings = run / "checkpoints" / "last.ckpt", run / "config.yaml"
    return last.stat().st_mtime - settings.stat().st_mtime


def run_until(home: Path, words: list[str], number: int, after: float) -> int:
    """Run a fit; seconds after there is a checkpoint to go on from, send a signal (0: none).

    Returns:
        The process's code.
    """
    started = time.time()
    command = [sys.executable, str(TOOLS / "fit.py"), *words]
    with (home / "fit.log").open("a", encoding="utf-8") as log:
        process = subprocess.Popen(
            command, cwd=home, env=environment(), stdout=log, stderr=subprocess.STDOUT
        )
        if number:
            while process.poll() is None and not has_begun(home, started):
                time.sleep(0.01)
            time.sleep(after)
            process.send_signal(number)
        return process.wait()


def has_begun(home: Path, started: float) -> bool:
    """Whether a fit in the folder has written its settings since then, and has a checkpoint."""
    return any(
        (run / "checkpoints" / "last.ckpt").is_file()
        and (run / "config.yaml").stat().st_mtime >= started
        for run in home.glob("runs/*/version_0")
    )


def is_same_run(one: Path, other: Path) -> bool:
    """Whether two runs have the same weights, optimizers and curves, bit for bit."""
    return same(state_of(one), state_of(other))


def state_of(run: Path) -> tuple[Any, Any]:
    """Return a run's last checkpoint and its curves, without what differs for each run.

    That is callbacks' states, which are named by its folder, and curves of its speed.
    """
    content = torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)
    del content["callbacks"]
    return content, {
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
import json
from pathlib import Path
from resource import getpagesize
import ganaug
from lightning.pytorch import Callback

class Memory(Callback):
    def __init__(self):
        self.held = []
    def on_train_batch_end(self, *_):
        status = Path("/proc/self/statm").read_text(encoding="utf-8").split()
        self.held.append(int(status[1]) * getpagesize() / 2**20)

watch = Memory()
data = ganaug.MNIST(batch_size=32, per_class=100, epoch_images=125 * 32)
ganaug.fit("dcgan", data, width=16, max_epochs=10, enable_progress_bar=False, callbacks=[watch])
Path("memory.json").write_text(json.dumps(watch.held), encoding="utf-8")
"""


def memory(workspace: Workspace) -> Metrics:
    """Measure what a fit of ten epochs of 125 batches holds, and its growth over 1,000 batches."""
    run_python(workspace.home, "-c", WATCHED_FIT, log="fit.log")
    held = json.loads((workspace.home / "memory.json").read_text(encoding="utf-8"))
    # The first epoch warms up; averages over 100 batches each.
    before, after = statistics.fmean(held[100:200]), statistics.fmean(held[1100:1200])
    return {
        "MiB at most": max(held),
        "MiB around batch 150": before,
        "around batch 1,150": after,
        "more by %": 100 * (after / before - 1),
    }
