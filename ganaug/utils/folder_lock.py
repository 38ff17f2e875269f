"""Locks on folders of results: one process writes at a time, and others are refused or wait."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ganaug.utils.errors import UsageError
from ganaug.utils.output_folder import refuse_unwritable

LOCK = ".ganaug.lock"
# Folders locked by this process; functions that it calls may lock them again.
_locked_folders: set[Path] = set()


@contextmanager
def only_writer(
    folder: str | Path, name: str = "out", remedy: str = ", or give another folder"
) -> Iterator[None]:
    """Lock a folder against other processes; refuse it if another process has locked it.

    The system releases the lock of a killed process. On file systems without locks, nothing is
    refused.

    Args:
        folder: The folder; created if missing.
        name: Parameter that the folder was given by.
        remedy: Advice for the message, as an alternative to waiting.

    Raises:
        UsageError: Another process is writing to the folder, or it isn't writable.
    """

    def refuse() -> None:
        raise UsageError(
            f"{name} is {folder}, and another process is writing there; wait until it has ended, "
            f"or stop it{remedy}"
        )

    resolved = Path(folder).resolve()
    if resolved in _locked_folders:
        yield
        return
    refuse_unwritable(folder, name)
    with _locked(resolved / LOCK, refuse):
        _locked_folders.add(resolved)
        try:
            yield
        finally:
            _locked_folders.discard(resolved)


@contextmanager
def in_turn(lock: Path, waits: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Let one process at a time run the block; others wait.

    Args:
        lock: File to lock; its folder is created if missing.
        waits: Called if this process has to wait.
    """
    with _locked(lock, waits):
        yield


def besides_lock(folder: Path) -> list[Path]:
    """Return the contents of a folder without the lock file, which a killed process leaves."""
    return [path for path in folder.iterdir() if path.name != LOCK]


@contextmanager
def _locked(file: Path, on_wait: Callable[[], None]) -> Iterator[None]:
    """Hold a lock; if another process holds it, call `on_wait`, and wait."""
    from filelock import FileLock, Timeout

    folder, lock = file.parent, FileLock(file)
    created = not folder.exists()
    # If the folder can't be locked or written to, the code that writes to it raises the error.
    with suppress(OSError, NotImplementedError):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            on_wait()
            lock.acquire()
    try:
        yield
    finally:
        if lock.is_locked:
            with suppress(OSError):
                file.unlink()
            lock.release()
        if created:
            with suppress(OSError):  # it holds what was written
                folder.rmdir()
