"""A study: a fit by the command line in a folder of its own, and its metrics."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from ganaug.models.registry import ROOT
from ganaug.utils.errors import UsageError
from ganaug.utils.tensorboard import read_points

Metrics = dict[str, float]


class Workspace(NamedTuple):
    """A study's data and its own folder.

    Attributes:
        home: Folder of its own.
        mnist: Folder of the full MNIST, None for the embedded sample.
        flowers: Folder with train and test folders of flower classes, if given.
        seed: Of the fit.
        minutes: Length of a fit that is ended by the clock.
    """

    home: Path
    mnist: str | None
    flowers: str | None
    seed: int
    minutes: float = 60

    @property
    def run(self) -> Path:
        """Folder of the fit."""
        return next(self.home.glob("runs/*/version_0"))

    def fit(self, *words: Any) -> None:
        """Fit in the study's folder."""
        run_tool(self.home, "fit", *words, "--seed_everything", self.seed)


class Study(NamedTuple):
    """How something is fitted and measured.

    Attributes:
        words: Gives the words after `tools/fit.py`; None where nothing is fitted beforehand.
        measure: Measures the run.
    """

    words: Callable[[Workspace], list[Any]] | None
    measure: Callable[[Workspace], Metrics]


def needed(folder: str | None, what: str) -> str:
    """Return a folder that a study requires.

    Raises:
        UsageError: It was not given.
    """
    if folder is None:
        raise UsageError(f"this study needs {what}")
    return folder


def run_tool(home: Path, name: str, *words: Any) -> None:
    """Run a tool in a folder, with its output in a log there.

    Raises:
        UsageError: It failed; names the log.
    """
    run_python(home, ROOT / "tools" / f"{name}.py", *words, log=home / f"{name}.log")


class Timed(NamedTuple):
    """A process's wall time in seconds, and the most memory that it held in MiB."""

    seconds: float
    memory: float


def run_python(home: Path, *words: Any, log: Path) -> Timed:
    """Run Python in a folder, with its output in a log.

    Raises:
        UsageError: It failed; names the log.
    """
    command = [sys.executable, *map(str, words)]
    started = time.perf_counter()
    with log.open("a") as file:
        process = subprocess.Popen(
            command, cwd=home, env=environment(), stdout=file, stderr=subprocess.STDOUT
        )
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if status:
        code = process.returncode
        raise UsageError(f"{' '.join(command[1:])} failed with {code}; see {log}")
    return Timed(time.perf_counter() - started, used.ru_maxrss / 1024)


def timed(home: Path, *words: Any) -> Timed:
    """Run Python in a folder, with its output in `processes.log`, and measure it."""
    return run_python(home, *words, log=home / "processes.log")


def environment() -> dict[str, str]:
    """Return the environment in which a process imports the same packages."""
    return {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tools'}"}


def curve(run: Path, tag: str) -> list[tuple[int, float]]:
    """Read a curve of a run: (batch, value) pairs."""
    return [(point.step, point.value) for point in read_points(run)[tag]]
