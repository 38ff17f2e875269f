"""A study: a fit by the command line in a folder of its own, and the figures of it."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from ganaug.models.registry import ROOT
from ganaug.utils.errors import UsageError
from ganaug.utils.tensorboard import read_points

Figures = dict[str, float]


class Places(NamedTuple):
    """Where a study finds its data and leaves its work.

    Attributes:
        home: Folder of its own.
        mnist: Folder of the full MNIST, None for the embedded sample.
        flowers: Folder with train and test folders of flower classes, None where there is none.
        seed: Of the fit.
        minutes: How long a fit may take that is ended by the clock.
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
    """How a model earns its row.

    Attributes:
        words: Gives the words after `tools/fit.py`; None where nothing is fitted beforehand.
        measure: Gives the figures of the run.
    """

    words: Callable[[Places], list[Any]] | None
    measure: Callable[[Places], Figures]


def needed(folder: str | None, what: str) -> str:
    """Return a folder that a study can't do without.

    Raises:
        UsageError: It was not given; says what is needed.
    """
    if folder is None:
        raise UsageError(f"this study needs {what}")
    return folder


def run_tool(home: Path, name: str, *words: Any) -> None:
    """Run a tool in a folder, its output into a log there.

    Raises:
        UsageError: It failed; names the log.
    """
    run_python(home, ROOT / "tools" / f"{name}.py", *words, log=home / f"{name}.log")


def run_python(home: Path, *words: Any, log: Path) -> None:
    """Run Python with these words in a folder, its output into a log.

    Raises:
        UsageError: It failed; names the log.
    """
    command = [sys.executable, *map(str, words)]
    with log.open("a") as file:
        code = subprocess.run(
            command, cwd=home, env=environment(), stdout=file, stderr=subprocess.STDOUT, check=False
        ).returncode
    if code:
        raise UsageError(f"{' '.join(command[1:])} failed with {code}; see {log}")


def environment() -> dict[str, str]:
    """Return the variables of a process that is to import what this one did."""
    return {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tools'}"}


def curve(run: Path, tag: str) -> list[tuple[int, float]]:
    """Read a curve of a run: (batch, value) pairs."""
    return [(point.step, point.value) for point in read_points(run)[tag]]
