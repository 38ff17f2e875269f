"""Running a tool: errors that a user can put right take a line and exit code 2, no traceback."""

import io
import re
import signal
import sys
import traceback
from collections.abc import Callable
from typing import NoReturn

from datamodules.errors import failure, own_traceback
from datamodules.printing import printable
from ganaug.training.user_errors import error_of_user
from ganaug.utils.plugins import OWN_PACKAGES

LONG = re.compile(r"(\S{100})\S{200,}")
FAILED, WRONG_USE, INTERRUPTED = 1, 2, 128 + signal.SIGINT


def run_tool(main: Callable[[], None]) -> NoReturn:
    """Run a tool's main function and exit with its code."""
    escape_what_the_terminal_lacks()
    try:
        main()
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(INTERRUPTED)
    except Exception as error:
        message = error_of_user(error)
        if message is None:
            show_own(error)
            raise
        print(f"error: {_shown(str(message))}", file=sys.stderr)
        sys.exit(WRONG_USE)
    sys.exit(0)


def show_own(error: Exception) -> None:
    """Exit with the user's part of a traceback and a line, where code of a plugin raised an error.

    Any other error of ours keeps its whole traceback.
    """
    if (own := own_traceback(error, OWN_PACKAGES)) is None:
        return
    shown = traceback.format_exception(type(error), error, own, chain=False)
    print(_shown("".join(shown[:-1])), file=sys.stderr)
    remedy = "correct it, and run this again: what is finished is kept"
    print(
        f"error: a plugin raised {_shown(failure(error, OWN_PACKAGES))}; {remedy}", file=sys.stderr
    )
    sys.exit(FAILED)


def escape_what_the_terminal_lacks() -> None:
    """Print characters outside the terminal's encoding as escapes, rather than end the run."""
    for stream in (sys.stdout, sys.stderr):
        # A notebook's or a test's own stream takes all characters, and can't be reconfigured.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _shown(message: str) -> str:
    """Write out what would move the cursor, and cut what was given at great length."""
    lines = message.splitlines() or [""]
    return "\n".join(LONG.sub(r"\1...", printable(line)) for line in lines)
