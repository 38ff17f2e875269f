"""Running a tool: errors that a user can put right take a line and exit code 2, no traceback."""

import signal
import sys
from collections.abc import Callable
from typing import NoReturn

from datamodules.errors import DataError
from ganaug.errors import UsageError

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
        print(f"error: {complaint}", file=sys.stderr)
        sys.exit(WRONG_USE)
    sys.exit(0)


def complaint_in(error: BaseException | None) -> UsageError | DataError | None:
    """Return what a user can put right about an error, if anything.

    jsonargparse wraps whatever a constructor raises in errors of its own, so the chain is searched.
    """
    while error is not None and not isinstance(error, UsageError | DataError):
        error = error.__cause__ or error.__context__
    return error
