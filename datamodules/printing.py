"""Text that is safe to print, and file names that are valid on other machines."""

from collections.abc import Iterable
from pathlib import Path


def printable(text: str) -> str:
    """Escape characters that move the cursor or break the line, which file names may contain."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "surrogatepass").decode()
        for char in text
    )


def name_below(path: str, folders: Iterable[str]) -> str:
    """Return a file's path relative to the folder that contains it.

    Example:
        >>> name_below("/home/me/photos/cat/1.png", ["/home/me/photos"])
        'cat/1.png'
    """
    for folder in folders:
        if Path(path).is_relative_to(folder):
            return Path(path).relative_to(folder).as_posix()
    return Path(path).name if Path(path).is_absolute() else path
