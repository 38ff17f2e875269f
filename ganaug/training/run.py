"""Run: the folder that a fit writes, with its checkpoints, settings and curves."""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from datamodules.reading.folders.class_names import expanded
from ganaug.training.setting_files import read_settings
from ganaug.utils.errors import UsageError, did_you_mean
from ganaug.utils.notebook import Printed

if TYPE_CHECKING:
    import pandas

    from ganaug.utils.tensorboard import Point

RUNS = Path("runs")
NO_RUN = "{} holds no config.yaml, so it isn't the folder of a run; give one that a fit printed"
# Names of checkpoints. Lightning's own callback numbers them (best-v1.ckpt); the newest counts.
# A ModelCheckpoint of the user may write others, such as best-epoch=0.ckpt.
FILES = {"best": re.compile(r"best(-v\d+)?\.ckpt"), "last": re.compile(r"last\.ckpt")}


@dataclass(frozen=True)
class Run(Printed):
    """A run, as returned by `fit`, or opened from its folder.

    Args:
        folder: The run's folder, such as `runs/dcgan/version_0`.

    Raises:
        UsageError: The folder has no `config.yaml`, so no fit wrote it.

    Example:
        >>> run = Run("runs/dcgan/version_0")
        >>> run.checkpoint
        PosixPath('runs/dcgan/version_0/checkpoints/best.ckpt')
        >>> run.curves["fidelity/domain_fid"][-1].value > 0
        True
    """

    folder: Path

    def __post_init__(self) -> None:
        object.__setattr__(self, "folder", Path(expanded(self.folder)))
        if not (self.folder / "config.yaml").is_file():
            raise UsageError(NO_RUN.format(self.folder))

    @classmethod
    def open(cls, folder: "str | Path | Run") -> "Run":
        """Open a run's folder, or a run."""
        return cls(folder.folder if isinstance(folder, Run) else Path(folder))

    @property
    def best(self) -> Path | None:
        """The newest `best.ckpt` (or `best-v1.ckpt` …), selected on validation images, or None."""
        return checkpoint_of(self.folder, "best")

    @property
    def last(self) -> Path | None:
        """`last.ckpt`, from which the run resumes; None before it is first written."""
        return checkpoint_of(self.folder, "last")

    @property
    def checkpoint(self) -> Path:
        """The best checkpoint, or the last if there is no best.

        Raises:
            UsageError: There is no checkpoint.
        """
        if checkpoint := checkpoint_of(self.folder, "best", "last"):
            return checkpoint
        raise UsageError(f"{self.folder} holds no checkpoint yet")

    @cached_property
    def settings(self) -> dict[str, Any]:
        """All settings of the fit: the content of `config.yaml`, as nested dictionaries."""
        return read_settings(self.folder / "config.yaml")

    @property
    def curves(self) -> "dict[str, Sequence[Point]]":
        """By the name of each curve, its points: `.step` (the batch), `.value` and `.wall_time`."""
        from ganaug.utils.tensorboard import read_points

        return dict(read_points(self.folder))

    def to_frame(self) -> "pandas.DataFrame":
        """Return the curves as a pandas table: one row per batch, one column per curve.

        Raises:
            UsageError: pandas is not installed.
        """
        from ganaug.utils.notebook import frame

        curves = {name: {p.step: p.value for p in points} for name, points in self.curves.items()}
        return frame(curves).sort_index()

    def __str__(self) -> str:
        model = str(self.settings["model"]["class_path"]).rpartition(".")[2]
        fields = {"run": self.folder, "model": model, "best": self.best, "last": self.last}
        return "\n".join(f"{name:<8}{value or 'none'}" for name, value in fields.items())


def run_of(checkpoint: Path) -> Path:
    """Return the folder of the run that wrote a checkpoint: the parent of `checkpoints/`."""
    return checkpoint.parent.parent


def checkpoint_of(folder: Path, *kinds: Literal["best", "last"]) -> Path | None:
    """Return a run's checkpoint of the first of these kinds that it has; None if it has none.

    Args:
        folder: The run's folder, or its folder `checkpoints`.
        kinds: Kinds of checkpoints, in order of preference.
    """
    for kind in kinds:
        paths = [
            path
            for path in _checkpoints(folder).glob("*.ckpt")
            if FILES[kind].fullmatch(path.name) and path.is_file()
        ]
        if paths:
            return max(paths, key=lambda path: path.stat().st_mtime)
    return None


def _checkpoints(folder: Path) -> Path:
    """Return the folder of a run's checkpoints, which may be given in place of the run."""
    inside = folder / "checkpoints"
    return folder if folder.name == "checkpoints" and not inside.is_dir() else inside


def find_run(path: Path | None) -> tuple[Path, Path]:
    """Return a run's folder and the checkpoint to resume from.

    Args:
        path: The run's folder, its folder `checkpoints`, or one of its checkpoints; None for the
            latest run.

    Raises:
        UsageError: There is no run there, or it has no checkpoint yet.
    """
    if path is None:
        lasts = sorted(RUNS.glob("*/*/checkpoints/last.ckpt"), key=lambda p: p.stat().st_mtime)
        if not lasts:
            raise UsageError(f"there is no run to resume in {RUNS.resolve()}")
        path = lasts[-1]
    if path.is_dir():
        path = checkpoint_of(path, "last") or _checkpoints(path) / "last.ckpt"
    run = run_of(path)
    if not path.is_file():
        siblings = [p.name for p in run.parent.glob("*/")] if run.parent.is_dir() else []
        hint = did_you_mean(run.name, siblings)
        raise UsageError(f"there is no checkpoint {path} to resume from{hint}")
    if not (run / "config.yaml").is_file():
        raise UsageError(NO_RUN.format(run))
    return run, path


def display(path: Path) -> str:
    """Return the path relative to the current folder, if it is inside."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def quoted(path: Path) -> str:
    """Return the path quoted for a shell, for commands that users paste.

    Example:
        >>> quoted(Path("my runs/gan"))
        "'my runs/gan'"
    """
    return shlex.quote(display(path))
