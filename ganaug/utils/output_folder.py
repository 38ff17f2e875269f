"""Checking that a folder for results is writable, before any work is done."""

import os
from pathlib import Path

from ganaug.utils.errors import UsageError


def refuse_unwritable(folder: str | Path, name: str) -> None:
    """Refuse a folder if its path is a file, or it isn't writable.

    Args:
        folder: The folder, which may exist already.
        name: Parameter that the folder was given by.

    Raises:
        UsageError: The path is a file, or the folder isn't writable.
    """
    path = Path(folder)
    existing = next(ancestor for ancestor in (path, *path.parents) if os.path.lexists(ancestor))
    clause = "which" if existing == path else f"and {existing}"
    if not existing.is_dir():
        kind = "a file" if existing.exists() else "a link to nothing"
        raise UsageError(f"{name} is {folder}, {clause} is {kind}; give another folder")
    if not os.access(existing, os.W_OK):
        raise UsageError(f"{name} is {folder}, where you may not write; give another folder")
