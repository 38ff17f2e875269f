"""Study: the fit and the measurement of a study, and the folder that it works in."""

import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from string import Template
from typing import Any, NamedTuple

from ganaug.models.registry import CONFIGS, ROOT
from ganaug.utils.errors import UsageError
from ganaug.utils.tensorboard import read_points

Metrics = dict[str, float]
TOOLS = ROOT / "tools"
# Files that determine the weights of a fit, apart from its model; and those of evaluation and of
# synthesis.
FIT = (
    *("ganaug/models/base.py", "ganaug/networks", "ganaug/losses", "ganaug/training/games"),
    *("ganaug/training/optimization.py", "ganaug/training/schedules.py", "ganaug/training/ema.py"),
    *("ganaug/training/discriminator_augmentation.py", "ganaug/utils/rng.py"),
    *("datamodules/augmentation.py", "datamodules/policies.py", "datamodules/batching"),
    *("datamodules/reading/images/reader.py", "datamodules/reading/images/image.py"),
    *("datamodules/reading/images/square.py", "datamodules/reading/splits/splits.py"),
    "datamodules/reading/splits/subsets.py",
)
EVALUATE = (
    *("ganaug/evaluation/metrics", "ganaug/evaluation/features", "ganaug/evaluation/memorization"),
    "ganaug/evaluation/membership",
    *("ganaug/evaluation/evaluator.py", "ganaug/evaluation/monitor.py"),
)
SYNTHESIZE = ("ganaug/synthesis",)
UTILITY = ("ganaug/evaluation/utility",)


class Timed(NamedTuple):
    """A process's wall time in seconds, and its peak memory in MiB."""

    seconds: float
    memory: float


class Workspace(NamedTuple):
    """A study's data and its folder.

    Attributes:
        home: Folder of the study.
        mnist: Folder of the full MNIST, None for the embedded sample.
        flowers: Folder with train and test folders of flower classes, if given.
        seed: Seed of the fit.
        minutes: Length of a fit with a time limit.
    """

    home: Path
    mnist: str | None
    flowers: str | None
    seed: int
    minutes: float = 60

    @property
    def run(self) -> Path:
        """Folder of the first fit."""
        return next(self.home.glob("runs/*/version_0"))

    @property
    def full_mnist(self) -> str:
        """Folder of the full MNIST, for a study that needs it."""
        return _needed(self.mnist, "the full MNIST: --mnist-root DIR")

    @property
    def photographs(self) -> str:
        """Folder of the flowers, for a study that needs them."""
        return _needed(self.flowers, "photographs: --flowers-root DIR, train and test")

    @property
    def recipes(self) -> Path:
        """Folder of this project's recipes."""
        return CONFIGS / "recipes"

    @property
    def clock(self) -> str:
        """The minutes in the format of Lightning's max_time."""
        minutes, seconds = divmod(round(60 * self.minutes), 60)
        return f"{minutes // 1440:02}:{minutes // 60 % 24:02}:{minutes % 60:02}:{seconds:02}"

    @property
    def budget(self) -> str:
        """The minutes in the format of `--budget`."""
        return f"{60 * self.minutes:.0f}s"

    def arguments(self, settings: str) -> list[str]:
        """Split settings into arguments, replacing variables such as `$photographs`."""
        templates = [Template(argument) for argument in shlex.split(settings)]
        return [
            template.substitute({name: getattr(self, name) for name in template.get_identifiers()})
            for template in templates
        ]

    def fit(
        self, settings: str | Sequence[str], program: Sequence[Any] = (TOOLS / "fit.py",)
    ) -> Path:
        """Fit in a separate process, and return the new run's folder."""
        earlier_runs = {*self.home.glob("runs/*/*")}
        arguments = self.arguments(settings) if isinstance(settings, str) else settings
        run_python(self.home, *program, *arguments, "--seed_everything", self.seed, log="fit.log")
        (run,) = {*self.home.glob("runs/*/*")} - earlier_runs
        return run


class Study(NamedTuple):
    """The fit and the measurement of a study.

    Attributes:
        measure: Measures the run.
        settings: Arguments of `tools/fit.py`, with the workspace's properties as variables such as
            `$seed`; empty if the study fits nothing first.
        full: Further settings if the full MNIST is available.
        longer: Factor of the workspace's minutes.
        files: Files and folders that affect the result, relative to the checkout, except those of
            the fit and the study's own module.
        printed: Returns the output that a user would see, called after the measurement.
    """

    measure: Callable[[Workspace], Metrics]
    settings: str = ""
    full: str = ""
    longer: float = 1
    files: tuple[str, ...] = ()
    printed: Callable[[Workspace], str] | None = None

    @property
    def measured(self) -> tuple[str, ...]:
        """All files and folders that can affect the result."""
        module = getattr(self.measure, "func", self.measure).__module__
        module_file = f"tools/{module.replace('.', '/')}.py"
        return (module_file, *self.files, *(fitted(self.settings) if self.settings else ()))

    def arguments(self, workspace: Workspace) -> list[str]:
        """Return the settings of the fit as arguments.

        Raises:
            UsageError: The workspace lacks the data.
        """
        workspace = workspace._replace(minutes=self.longer * workspace.minutes)
        return workspace.arguments(f"{self.settings} {self.full if workspace.mnist else ''}")


def fitted(settings: str) -> tuple[str, ...]:
    """Return the files that determine the result of a fit with these settings.

    Example:
        >>> fitted("--model vae")[-2:]
        ('ganaug/models/vae.py', 'configs/vae.yaml')
    """
    recipes = tuple(f"configs/recipes/{name}" for name in re.findall(r"\w+\.yaml", settings))
    models = re.findall(r"--model (\w+)", settings)
    model_files = [(f"ganaug/models/{model}.py", f"configs/{model}.yaml") for model in models]
    return (*FIT, *recipes, *chain(*model_files))


def run_python(
    home: Path,
    *arguments: Any,
    log: str = "processes.log",
    variables: Mapping[str, str | None] | None = None,
) -> Timed:
    """Run Python in a folder, with its output in a log there, and measure it.

    Args:
        home: The folder.
        arguments: Arguments of Python.
        log: File that the output is appended to.
        variables: Environment variables; None removes one.

    Raises:
        UsageError: The process failed; the message names the log.
    """
    command = [sys.executable, *map(str, arguments)]
    started = time.perf_counter()
    with (home / log).open("a", encoding="utf-8") as file:
        process = subprocess.Popen(
            command,
            cwd=home,
            env={k: v for k, v in {**environment(), **(variables or {})}.items() if v is not None},
            stdout=file,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if status:
        code = process.returncode
        raise UsageError(f"{' '.join(command[1:])} failed with {code}; see {home / log}")
    return Timed(time.perf_counter() - started, usage.ru_maxrss / 1024)


def environment() -> dict[str, str]:
    """Return an environment in which a process imports the same packages."""
    return {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{TOOLS}"}


def curve(run: Path, tag: str) -> list[tuple[int, float]]:
    """Read a curve of a run: (batch, value) pairs."""
    return [(point.step, point.value) for point in read_points(run)[tag]]


def _needed(folder: str | None, description: str) -> str:
    if folder is None:
        raise UsageError(f"this study needs {description}")
    return folder
