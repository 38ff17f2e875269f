"""A folder for results: refused before any work is done if nothing can be written there."""

import os
from pathlib import Path

from ganaug.utils.errors import UsageError


def refuse_unwritable(folder: str | Path, name: str) -> None:
    """Refuse a folder if a file stands in its way, or nothing may be written there.

    Args:
        folder: The folder, which may exist already.
        name: The parameter that it was given by.

    Raises:
        UsageError: One of these is the case.
    """
    place = Path(folder)
    there = next(each for each in (place, *place.parents) if os.path.lexists(each))
    which = "which" if there == place else f"and {there}"
    if not there.is_dir():
        what = "a file" if there.exists() else "a link to nothing"
        raise UsageError(f"{name} is {folder}, {which} is {what}; give another folder")
    if not os.access(there, os.W_OK):
        raise UsageError(f"{name} is {folder}, where you may not write; give another folder")
