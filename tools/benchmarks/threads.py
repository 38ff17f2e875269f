"""The study of thread settings: pairs of fits with the tools' choice and torch's default."""

import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from benchmarks.study import TOOLS, Metrics, Workspace, curve, run_python
from datamodules.processors import usable_cores

WORDS = (
    *("--model", "dcgan", "--model.width", "32", "--trainer.max_epochs", "1"),
    *("--trainer.limit_train_batches", "40", "--trainer.log_every_n_steps", "20"),
    *("--fidelity.every_epochs", "0", "--stability.images", "20", "--video.format", "none"),
    *("--trainer.enable_progress_bar", "false"),
)
# The tools' choice, and torch's default of a spinning thread per processor.
WAYS: Mapping[str, Mapping[str, str | None]] = {
    # Unset, since the study's own process has set them.
    "chosen": dict.fromkeys(("OMP_NUM_THREADS", "OMP_WAIT_POLICY", "GOMP_SPINCOUNT")),
    "usual": {"OMP_NUM_THREADS": str(usable_cores())},
}
# Next to a busy process, torch's default takes minutes.
ROUNDS = {"idle": 4, "beside": 2}


def paces(workspace: Workspace) -> Metrics:
    """Compare training speed on an idle machine and next to one busy process."""
    idle = in_turn(workspace, "idle")
    with busy_process():
        beside = in_turn(workspace, "beside")
    half = statistics.median(idle["usual"]) / 2
    return {
        **ratio("idle: chosen / usual", idle),
        **ratio("beside one busy process: chosen / usual", beside),
        "idle: images/s": statistics.median(idle["chosen"]),
        "beside: images/s": statistics.median(beside["chosen"]),
        "beside: of half the idle pace": statistics.median(beside["chosen"]) / half,
        "beside, usual: of half the idle pace": statistics.median(beside["usual"]) / half,
    }


def in_turn(workspace: Workspace, condition: str) -> dict[str, list[float]]:
    """Fit with each setting in turn, several times."""
    speeds: dict[str, list[float]] = {way: [] for way in WAYS}
    for turn in range(ROUNDS[condition]):
        for way in WAYS:
            home = workspace.home / f"{condition}-{turn}-{way}"
            home.mkdir()
            run_python(home, TOOLS / "fit.py", *WORDS, variables=WAYS[way])
            # The first of two points includes the start.
            speeds[way].append(curve(next(home.glob("runs/*/*")), "speed/images_per_second")[-1][1])
    return speeds


def ratio(name: str, speeds: Mapping[str, list[float]]) -> Metrics:
    """Return the median of the pairs' ratios, with the minimum and maximum."""
    ratios = [
        chosen / usual for chosen, usual in zip(speeds["chosen"], speeds["usual"], strict=True)
    ]
    ends = {f"{name}, least": min(ratios), f"{name}, most": max(ratios)}
    return {name: statistics.median(ratios), **ends}


@contextmanager
def busy_process() -> Iterator[None]:
    """Keep one processor busy."""
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        process.kill()
        process.wait()
