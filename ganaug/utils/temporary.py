"""Temporary files of this process, deleted when it exits."""

import atexit
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path


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
