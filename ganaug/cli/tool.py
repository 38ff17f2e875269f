"""Running a tool: errors that a user can fix are printed in one line, with exit code 2."""

import io
import re
import signal
import sys
import warnings
from collections.abc import Callable
from typing import NoReturn

from datamodules.printing import printable
from ganaug.training.stop_signals import RunStoppedError
from ganaug.utils.user_errors import error_of_user, own_report, show_warning

LONG = re.compile(r"(\S{100})\S{200,}")
FAILED, WRONG_USE, INTERRUPTED = 1, 2, 128 + signal.SIGINT


def run_tool(main: Callable[[], None]) -> NoReturn:
    """Run a tool's main function and exit with its code."""
    escape_what_the_terminal_lacks()
    warnings.showwarning = show_warning
    try:
        main()
    except RunStoppedError as stop:
        print(stop, flush=True)
        sys.exit(stop.exit_code)
    except KeyboardInterrupt as stop:
        print(f"interrupted; {stop}".removesuffix("; "), file=sys.stderr)
        sys.exit(INTERRUPTED)
    except Exception as error:
        message = error_of_user(error)
        if message is None:
            if (report := own_report(error)) is None:
                raise
            print(_shortened(report), file=sys.stderr)
            sys.exit(FAILED)
        print(f"error: {_shortened(str(message))}", file=sys.stderr)
        sys.exit(WRONG_USE)
    sys.exit(0)


def escape_what_the_terminal_lacks() -> None:
    """Print characters that the terminal can't encode as escapes instead of raising an error."""
    for stream in (sys.stdout, sys.stderr):
        # The streams of notebooks and tests accept all characters, and can't be reconfigured.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _shortened(message: str) -> str:
    """Escape control characters in a message, and shorten very long words."""
    return "\n".join(LONG.sub(r"\1...", printable(line)) for line in message.splitlines())
