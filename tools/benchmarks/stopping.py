"""The studies of fits that are stopped and resumed, and of a fit's memory."""

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

# Signals in this order, each after the run was resumed.
STOPS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
ROUNDS = 2
# Settings with all stateful parts: curves, metrics, augmentation, and a worker process.
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
    """Stop fits by each signal at random moments, resume them, and compare with a full fit."""
    rng = random.Random(workspace.seed)
    stops = same_runs = 0
    for number in range(ROUNDS):
        stopped = workspace._replace(home=workspace.home / f"stopped{number}")
        stopped.home.mkdir()
        # At most a sixth of the time for each of the three signals, since a part of it is spent on
        # the feature network.
        stops += fit_with_stops(stopped, model, rng, seconds_of(workspace.run) / 6)
        same_runs += is_same_run(workspace.run, stopped.run)
    return {"stops": stops, "fits": ROUNDS, "the same bit for bit": same_runs}


def fit_with_stops(workspace: Workspace, model: str, rng: random.Random, max_delay: float) -> int:
    """Fit in a folder, with a signal to each process but the last; return the number of stops.

    Raises:
        UsageError: A process failed instead of stopping by its signal.
    """
    arguments = [*workspace.arguments(settings_of(model)), "--seed_everything", str(workspace.seed)]
    stopped = 0
    for number in (*STOPS, 0):
        code = run_until(workspace.home, arguments, number, rng.uniform(0, max_delay))
        if code not in (0, -number, 128 + number):
            raise UsageError(f"a fit ended with {code}; see {workspace.home / 'fit.log'}")
        if code == 0:
            break
        stopped += 1
        arguments = ["--resume"]
    return stopped


def seconds_of(run: Path) -> float:
    """Return the seconds of a run from its settings file to its last checkpoint."""
    last, settings = run / "checkpoints" / "last.ckpt", run / "config.yaml"
    return last.stat().st_mtime - settings.stat().st_mtime


def run_until(home: Path, arguments: list[str], number: int, delay: float) -> int:
    """Run a fit, and send a signal (0: none) some seconds after its first checkpoint.

    Returns:
        The process's exit code.
    """
    started = time.time()
    command = [sys.executable, str(TOOLS / "fit.py"), *arguments]
    with (home / "fit.log").open("a", encoding="utf-8") as log:
        process = subprocess.Popen(
            command, cwd=home, env=environment(), stdout=log, stderr=subprocess.STDOUT
        )
        if number:
            while process.poll() is None and not has_begun(home, started):
                time.sleep(0.01)
            time.sleep(delay)
            process.send_signal(number)
        return process.wait()


def has_begun(home: Path, started: float) -> bool:
    """Whether a fit in the folder has a checkpoint, and settings written after `started`."""
    return any(
        (run / "checkpoints" / "last.ckpt").is_file()
        and (run / "config.yaml").stat().st_mtime >= started
        for run in home.glob("runs/*/version_0")
    )


def is_same_run(first: Path, second: Path) -> bool:
    """Whether two runs have the same weights, optimizers and curves, bit for bit."""
    return same(state_of(first), state_of(second))


def state_of(run: Path) -> tuple[Any, Any]:
    """Return a run's last checkpoint and its curves, without the parts that differ for each run.

    These are states of callbacks, which contain the folder, and curves of speed.
    """
    content = torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)
    del content["callbacks"]
    return content, {
        tag: [(point.step, point.value) for point in points]
        for tag, points in read_points(run).items()
        if not tag.startswith("speed/")
    }


def same(first: Any, second: Any) -> bool:
    """Return whether nested plain values and tensors are exactly equal."""
    if isinstance(first, torch.Tensor):
        return isinstance(second, torch.Tensor) and torch.equal(first, second)
    if isinstance(first, Mapping):
        return first.keys() == second.keys() and all(same(first[key], second[key]) for key in first)
    if isinstance(first, list | tuple):
        return len(first) == len(second) and all(map(same, first, second))
    return first == second


# A fit that records the memory of its process after each batch.
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
    """Measure the memory of a fit of 1,250 batches, and its growth over 1,000 of them."""
    run_python(workspace.home, "-c", WATCHED_FIT, log="fit.log")
    mebibytes = json.loads((workspace.home / "memory.json").read_text(encoding="utf-8"))
    # The first epoch warms up; averages over 100 batches each.
    early, late = statistics.fmean(mebibytes[100:200]), statistics.fmean(mebibytes[1100:1200])
    return {
        "MiB at most": max(mebibytes),
        "MiB around batch 150": early,
        "around batch 1,150": late,
        "more by %": 100 * (late / early - 1),
    }
