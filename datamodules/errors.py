"""Errors that the owner of the data can fix, and what their own code raised."""

import sys
from collections.abc import Collection
from pathlib import Path
from textwrap import shorten
from types import FrameType, TracebackType

OURS = tuple(Path(__file__).parents[1] / name for name in ("ganaug", "datamodules", "tools"))
# Libraries that call the code of others, and so stand between it and ours in a traceback.
CALLERS = ("albumentations", "jsonargparse", "lightning", "lightning_utilities", "torch")


class DataError(ValueError):
    """A wrong folder, file or data argument; tools print its message and exit with code 2."""


class UnreadableImageError(DataError):
    """An image file that can't be used.

    Args:
        path: The file.
        reason: Why, in a few words without the path.
    """

    def __init__(self, path: str | Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = str(path)
        self.reason = reason


def failure(error: BaseException, packages: Collection[str] | None = None) -> str:
    """Return, in a line, what a user's own code raised, and where if a traceback says it.

    Args:
        error: The error.
        packages: The user's packages; see `own_traceback`.

    Example:
        >>> failure(KeyError("labels"))
        "KeyError: 'labels'"
    """
    said = shorten(str(error), 200, placeholder=" …")
    found = own_traceback(error, packages)
    where = ""
    if found is not None:
        where = f" ({Path(found.tb_frame.f_code.co_filename).name}, line {found.tb_lineno})"
    return f"{type(error).__name__}{': ' * bool(said)}{said}{where}"


def own_traceback(
    error: BaseException, packages: Collection[str] | None = None
) -> TracebackType | None:
    """Return an error's traceback from the first frame in a user's code; None if there is none.

    Args:
        error: The error.
        packages: Names of the user's packages and modules; by default all that are neither of this
            project nor of the libraries that call others' code.
    """
    found = error.__traceback__
    while found is not None and not _is_own(found.tb_frame, packages):
        found = found.tb_next
    return found


def _is_own(frame: FrameType, packages: Collection[str] | None) -> bool:
    package = str(frame.f_globals.get("__name__")).partition(".")[0]
    if packages is not None:
        return package in packages
    ours = any(Path(frame.f_code.co_filename).is_relative_to(folder) for folder in OURS)
    return not ours and package not in CALLERS and package not in sys.stdlib_module_names


def described(value: object) -> str:
    """Return what a value is, in a few words: its type, or for arrays what they hold and how much.

    Example:
        >>> described(None), described([1.0])
        ('None', 'list')
    """
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        return f"{value.dtype} {list(value.shape)}"
    return "None" if value is None else type(value).__name__
