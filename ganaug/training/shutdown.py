"""How a fit ends before its end: without room on the disk, or rolled back."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from datamodules.console import say
from ganaug.training.run import display
from ganaug.utils.errors import UsageError

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


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
            f"by resuming {display(run)}"
        ) from error


def lack_of_room(error: BaseException | None) -> OSError | None:
    """Return the lack of room that led to an error, if one did."""
    while error is not None and not (isinstance(error, OSError) and error.errno in NO_ROOM):
        error = error.__cause__ or error.__context__
    return error


def rolled_back(run: Path, settings: Any, error: UsageError) -> list[str]:
    """Return the words that go on from a run's last checkpoint with half the rates.

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
    kept = [
        "--config",
        str(run / "config.yaml"),
        "--resume",
        str(run / "checkpoints" / "last.ckpt"),
    ]
    return [*kept, *changed, "--stability.rollbacks", str(left)]
