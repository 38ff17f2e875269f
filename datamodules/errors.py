"""Errors that users can fix in their data or in their own code."""

import sys
from collections.abc import Collection
from pathlib import Path
from textwrap import shorten
from types import FrameType, TracebackType

OURS = tuple(Path(__file__).parents[1] / name for name in ("ganaug", "datamodules", "tools"))
# Libraries that call user code, so their frames are between it and ours in a traceback.
CALLERS = ("albumentations", "jsonargparse", "lightning", "lightning_utilities", "torch")


class UsageError(ValueError):
    """An error that a user can fix; tools print its message and exit with code 2.

    Example:
        >>> try:
        ...     raise DataError("photos: there is no such folder")
        ... except UsageError as error:
        ...     print(error)
        photos: there is no such folder
    """


class DataError(UsageError):
    """A wrong folder, file or data argument.

    Example:
        >>> issubclass(DataError, UsageError)
        True
    """


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
    """Return in one line which error a user's own code raised, and where if that is known.

    Args:
        error: The error.
        packages: The user's packages; see `own_traceback`.

    Example:
        >>> failure(KeyError("labels"))
        "KeyError: 'labels'"
    """
    message = shorten(str(error), 200, placeholder=" …")
    traceback = own_traceback(error, packages)
    location = ""
    if traceback is not None:
        location = (
            f" ({Path(traceback.tb_frame.f_code.co_filename).name}, line {traceback.tb_lineno})"
        )
    return f"{type(error).__name__}{': ' * bool(message)}{message}{location}"


def own_traceback(
    error: BaseException, packages: Collection[str] | None = None
) -> TracebackType | None:
    """Return an error's traceback, starting at the first frame in user code, or None.

    Args:
        error: The error.
        packages: Names of the user's packages and modules; by default all except this project, the
            standard library and the libraries that call user code.
    """
    traceback = error.__traceback__
    while traceback is not None and not _is_own(traceback.tb_frame, packages):
        traceback = traceback.tb_next
    return traceback


def _is_own(frame: FrameType, packages: Collection[str] | None) -> bool:
    package = str(frame.f_globals.get("__name__")).partition(".")[0]
    if packages is not None:
        return package in packages
    is_ours = any(Path(frame.f_code.co_filename).is_relative_to(folder) for folder in OURS)
    return not is_ours and package not in CALLERS and package not in sys.stdlib_module_names


def described(value: object) -> str:
    """Return a short description of a value: its type, or the dtype and shape of an array.

    Example:
        >>> described(None), described([1.0])
        ('None', 'list')
    """
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        return f"{value.dtype} {list(value.shape)}"
    return "None" if value is None else type(value).__name__
