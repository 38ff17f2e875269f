"""Temporary files and folders of this process, deleted when it exits or before."""

import atexit
import os
import shutil
import tempfile
import weakref
from functools import cache
from pathlib import Path
from typing import Any

from ganaug.utils.errors import UsageError


def temporary_file(name: str) -> Path:
    """Return the path of a new temporary file, in a folder of its own.

    Args:
        name: Name of the file.

    Example:
        >>> temporary_file("config.yaml").name
        'config.yaml'
    """
    folder = _folder_of(os.getpid())
    # In a long session, the system may have deleted it.
    folder.mkdir(mode=0o700, exist_ok=True)
    return Path(tempfile.mkdtemp(dir=folder)) / name


@cache
def _folder_of(process: int) -> Path:
    """Return the folder of a process; a forked one has its own."""
    folder = Path(tempfile.mkdtemp(prefix="ganaug-"))
    atexit.register(_delete, folder, process)
    return folder


def _delete(folder: Path, process: int) -> None:
    # A forked process inherits the registration.
    if os.getpid() == process:
        shutil.rmtree(folder, ignore_errors=True)


_folders: "weakref.WeakValueDictionary[Path, TemporaryFolder]" = weakref.WeakValueDictionary()


class TemporaryFolder:
    """A temporary folder, deleted along with the last object that holds it.

    Copies and pickles refer to the same folder. In another process, they don't keep it alive: it is
    deleted when the owner is.

    Example:
        >>> scratch = TemporaryFolder()
        >>> scratch.folder.is_dir()
        True
    """

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="ganaug-"))
        _folders[self.folder] = self
        weakref.finalize(self, _delete, self.folder, os.getpid())

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickle, (self.folder,)


def _unpickle(folder: Path) -> TemporaryFolder:
    """Return the object of a temporary folder, or a new one in another process."""
    if (owner := _folders.get(folder)) is not None:
        return owner
    if not folder.is_dir():
        raise UsageError(
            f"{folder}, the temporary copy of a set, is gone; open the set again from its shards "
            "or address"
        )
    borrowed = TemporaryFolder.__new__(TemporaryFolder)
    borrowed.folder = folder
    return borrowed
