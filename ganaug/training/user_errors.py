"""Which errors a user can fix: wrong settings, too little memory, paths that are refused."""

import errno
import re

from datamodules.errors import DataError
from ganaug.utils.errors import UsageError

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
