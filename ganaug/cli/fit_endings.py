"""How a fit ends when it does not come to its end: stopped, without room, or rolled back."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from datamodules.console import say
from ganaug.callbacks.run import is_first_rank
from ganaug.cli.fit_arguments import display, expand, run_of
from ganaug.cli.machine import leave_together
from ganaug.training.stop_signals import RunStoppedError
from ganaug.utils.errors import UsageError

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def told_to_the_user() -> Iterator[None]:
    """Say in a line how a run that was stopped goes on, and exit as the signal asks for.

    Raises:
        KeyboardInterrupt: The user did not wait for the batch.
    """
    try:
        yield
    except RunStoppedError as stop:
        run = display(run_of(stop.checkpoint))
        say(f"{stop}, and saved; go on with: python tools/fit.py --resume {run}")
        leave_together()
        # Another exit code would have the launcher end the process that speaks for all.
        sys.exit(stop.exit_code if is_first_rank() else 0)
    except SystemExit as exit_:
        # How Lightning passes on that a second Ctrl-C came.
        if isinstance(exit_.__context__, KeyboardInterrupt):
            raise KeyboardInterrupt from None
        raise


@contextmanager
def naming_full_disks(run: Path) -> Iterator[None]:
    """Turn any failing write for lack of room into a line that says what stands and what to do.

    Args:
        run: The run's folder.

    Raises:
        UsageError: In place of whatever came of it.
    """
    try:
        yield
    except Exception as error:
        if (cause := lack_of_room(error)) is None:
            raise
        where = f" for {cause.filename}" if cause.filename else ""
        raise UsageError(
            f"no room on the disk{where} ({os.strerror(cause.errno or errno.ENOSPC)}): the run "
            f"stops, and its last good checkpoint stands. Make room and go on "
            f"with --resume {display(run)}"
        ) from error


def lack_of_room(error: BaseException | None) -> OSError | None:
    """Return the lack of room that led to an error, if one did."""
    while error is not None and not (isinstance(error, OSError) and error.errno in NO_ROOM):
        error = error.__cause__ or error.__context__
    return error


def rolled_back(run: Path, settings: Any, error: UsageError) -> list[str]:
    """Return the command line that goes on from a run's last checkpoint with half the rates.

    Args:
        run: The run's folder.
        settings: As the run had them.
        error: Why it stopped.
    """
    left = settings.stability.rollbacks - 1
    rates = {k: v / 2 for k, v in settings.model.init_args.items() if k.endswith("lr")}
    changed = [word for name, rate in rates.items() for word in (f"--model.{name}", repr(rate))]
    reason = str(error).partition(":")[0]
    say(f"rollback: {reason}; on from the last checkpoint with {' '.join(changed)}, {left} left")
    return expand(["--resume", str(run), *changed, "--stability.rollbacks", str(left)])
