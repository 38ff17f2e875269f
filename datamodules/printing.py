"""Text that is safe to print, and names of files that mean something elsewhere, too."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path


def printable(text: str) -> str:
    """Escape characters that move the cursor or break the line; file names may hold them."""
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape", "surrogatepass").decode()
        for each in text
    )


def name_below(path: str, folders: Iterable[str]) -> str:
    """Return a file's path below the one of these folders that holds it.

    Example:
        >>> name_below("/home/me/photos/cat/1.png", ["/home/me/photos"])
        'cat/1.png'
    """
    for folder in folders:
        if Path(path).is_relative_to(folder):
            return Path(path).relative_to(folder).as_posix()
    return Path(path).name if Path(path).is_absolute() else path


def names_below(paths: Sequence[str], folders: Sequence[str]) -> list[str]:
    """Return files' paths below their folders, with the folder's name where two are the same.

    Example:
        >>> names_below(["a/1.png", "b/1.png", "b/2.png"], ["a", "b"])
        ['a/1.png', 'b/1.png', '2.png']
    """
    short = {path: name_below(path, folders) for path in paths}
    above = [str(Path(folder).parent) for folder in folders]
    counts = Counter(short.values())
    return [short[p] if counts[short[p]] == 1 else name_below(p, above) for p in paths]
