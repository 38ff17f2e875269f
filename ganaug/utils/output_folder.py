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
    place = Path(folder)
    there = next(each for each in (place, *place.parents) if os.path.lexists(each))
    which = "which" if there == place else f"and {there}"
    if not there.is_dir():
        what = "a file" if there.exists() else "a link to nothing"
        raise UsageError(f"{name} is {folder}, {which} is {what}; give another folder")
    if not os.access(there, os.W_OK):
        raise UsageError(f"{name} is {folder}, where you may not write; give another folder")
