"""Which errors a user can fix: wrong settings, too little memory, paths, code of their own."""

import errno
import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from datamodules.errors import DataError, failure, own_traceback
from ganaug.utils.errors import UsageError
from ganaug.utils.plugins import OWN_PACKAGES
from ganaug.utils.registry import is_built_in

# How torch says so, on processors and on GPUs.
NO_MEMORY = re.compile(r"can't allocate memory|not enough memory|out of memory")
REFUSED_PATHS = (errno.ENAMETOOLONG, errno.EACCES, errno.EPERM, errno.EROFS, errno.ELOOP)


def error_of_user(error: BaseException | None) -> UsageError | DataError | None:
    """Return what a user can put right about an error, if anything.

    jsonargparse wraps whatever a constructor raises in errors of its own, so the chain is searched.
    """
    first = error
    while error is not None and not isinstance(error, UsageError | DataError):
        error = error.__cause__ or error.__context__
    return error or _too_much(first) or _no_such_path(first)


def own_report(error: Exception) -> str | None:
    """Return the part of a traceback in a plugin's code, and a line; None if it is of our code."""
    if (own := own_traceback(error, OWN_PACKAGES)) is None:
        return None
    shown = traceback.format_exception(type(error), error, own, chain=False)[:-1]
    return (
        f"{''.join(shown)}error: a plugin raised {failure(error, OWN_PACKAGES)}; correct it, and "
        "run this again: what is finished is kept"
    )


def _no_such_path(error: BaseException | None) -> UsageError | None:
    """Say what is wrong with a path, where the system itself refuses it."""
    if isinstance(error, OSError) and error.filename and error.errno in REFUSED_PATHS:
        return UsageError(f"{error.filename}: {error.strerror}; give another path")
    return None


def _too_much(error: BaseException | None) -> UsageError | None:
    """Say that the machine has too little memory for what was asked, where that is the reason."""
    if isinstance(error, RecursionError):
        return UsageError("a value or file that was given is nested too deeply to be read")
    if isinstance(error, MemoryError) or NO_MEMORY.search(str(error)):
        return UsageError(
            "there is not enough memory for these settings; take smaller batches, images or "
            "networks"
        )
    return None


@contextmanager
def attribute_errors(
    what: str, part: Any, then: str = "correct it, and run this again"
) -> Iterator[None]:
    """Report an error in the user's code in one line that names the part; pass on our own errors.

    Args:
        what: The part, in the message.
        part: Its function, class or object.
        then: What to do.

    Raises:
        UsageError: The part raised anything but an error that says what to do.
    """
    try:
        yield
    except Exception as error:
        if is_built_in(part) or error_of_user(error):
            raise
        raise UsageError(f"{what} raised {failure(error)}; {then}") from error
