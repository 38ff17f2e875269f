"""Atomic writing, and errors of failed writes that name the path and the reason."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ganaug.utils.errors import UsageError


@contextmanager
def naming_failures(path: Path) -> Iterator[None]:
    """Turn a failed write into a one-line error that names the path and the reason.

    Raises:
        UsageError: Replaces the OSError.
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(f"cannot write {path}: {reason}; {_advice(error.errno)}") from error


def _advice(number: int | None) -> str:
    if number in (errno.ENOSPC, errno.EDQUOT):
        return "free some space and run the same command again, or give `out` a folder elsewhere"
    if number == errno.ENAMETOOLONG:
        return "give `out` a shorter path, or the class a shorter name"
    if number in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "give `out` a folder that you can write to"
    return "correct this and run the same command again, or give `out` another folder"


def write_atomically(target: Path, content: bytes, partial: Path) -> None:
    """Write a file under a temporary name, and rename it.

    It is not synced to disk, which would take longer than generating the image; after a power cut,
    `keep_whole` finds the lost files.

    Args:
        target: The file.
        content: Content of the file.
        partial: The temporary name, on the same file system.

    Raises:
        UsageError: The file can't be written.
    """
    with naming_failures(target):
        partial.write_bytes(content)
        partial.replace(target)
