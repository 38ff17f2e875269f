"""Locks on folders of results: one process at a time writes, and others are refused or wait."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ganaug.utils.errors import UsageError
from ganaug.utils.output_folder import refuse_unwritable

LOCK = ".ganaug.lock"
# Folders that this process writes into: what it calls for a part of the work writes there, too.
_held: set[Path] = set()


@contextmanager
def only_writer(
    folder: str | Path, name: str = "out", remedy: str = ", or give another folder"
) -> Iterator[None]:
    """Refuse a folder that another process writes into, and keep others out until the end.

    The system frees the lock of a process that is killed. Where a file system has no locks, nothing
    is refused.

    Args:
        folder: It is made if it is missing.
        name: The parameter that it was given by.
        remedy: What to do instead of waiting.

    Raises:
        UsageError: Another process writes into it, or nothing may be written there.
    """

    def refuse() -> None:
        raise UsageError(
            f"{name} is {folder}, and another process is writing there; wait until it has ended, "
            f"or stop it{remedy}"
        )

    place = Path(folder).resolve()
    if place in _held:
        yield
        return
    refuse_unwritable(folder, name)
    with _locked(place / LOCK, refuse):
        _held.add(place)
        try:
            yield
        finally:
            _held.discard(place)


@contextmanager
def in_turn(lock: Path, waits: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Let one process at a time go on; the others wait.

    Args:
        lock: The file that they lock, in an existing folder or a new one.
        waits: Called by a process that has to wait.
    """
    with _locked(lock, waits):
        yield


def besides_lock(folder: Path) -> list[Path]:
    """Return what a folder holds besides the lock, which a process that is killed leaves there."""
    return [path for path in folder.iterdir() if path.name != LOCK]


@contextmanager
def _locked(file: Path, taken: Callable[[], None]) -> Iterator[None]:
    """Hold a lock; call `taken` if another process holds it, and then wait."""
    from filelock import FileLock, Timeout

    folder, lock = file.parent, FileLock(file)
    made = not folder.exists()
    # Where nothing can be locked, or written at all, whoever writes there says what is wrong.
    with suppress(OSError, NotImplementedError):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            taken()
            lock.acquire()
    try:
        yield
    finally:
        if lock.is_locked:
            with suppress(OSError):
                file.unlink()
            lock.release()
        if made:
            with suppress(OSError):  # it holds what was written
                folder.rmdir()
