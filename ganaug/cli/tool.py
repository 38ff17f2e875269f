"""Running a tool: errors that a user can put right take a line and exit code 2, no traceback."""

import errno
import re
import signal
import sys
from collections.abc import Callable
from typing import NoReturn

from datamodules.errors import DataError
from datamodules.printing import printable
from ganaug.utils.errors import UsageError

# How torch says so, on processors and on GPUs.
NO_MEMORY = re.compile(r"can't allocate memory|not enough memory|out of memory")
REFUSED_PATHS = (errno.ENAMETOOLONG, errno.EACCES, errno.EPERM, errno.EROFS, errno.ELOOP)
LONG = re.compile(r"(\S{100})\S{200,}")
WRONG_USE, INTERRUPTED = 2, 128 + signal.SIGINT


def run_tool(main: Callable[[], None]) -> NoReturn:
    """Run a tool's main function and exit with its code."""
    try:
        main()
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(INTERRUPTED)
    except Exception as error:
        complaint = complaint_in(error)
        if complaint is None:
            raise
        print(f"error: {_shown(str(complaint))}", file=sys.stderr)
        sys.exit(WRONG_USE)
    sys.exit(0)


def complaint_in(error: BaseException | None) -> UsageError | DataError | None:
    """Return what a user can put right about an error, if anything.

    jsonargparse wraps whatever a constructor raises in errors of its own, so the chain is searched.
    """
    first = error
    while error is not None and not isinstance(error, UsageError | DataError):
        error = error.__cause__ or error.__context__
    return error or _too_much(first) or _no_such_path(first)


def _shown(complaint: str) -> str:
    """Write out what would move the cursor, and cut what was given at great length."""
    lines = complaint.splitlines() or [""]
    return "\n".join(LONG.sub(r"\1...", printable(line)) for line in lines)


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
