"""Failing writes, as errors that name the path and the reason."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ganaug.utils.errors import UsageError


@contextmanager
def naming_failures(path: Path) -> Iterator[None]:
    """Turn a failing write into an error of one line that names the path and the reason.

    Raises:
        UsageError: In place of the OSError.
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(
            f"cannot write {path}: {reason}. Make room and give the same command again, or give "
            "`out` a folder that you may write to."
        ) from error
