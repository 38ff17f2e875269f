"""Patterns for `labels` and `groups` that read the name of an image's folder from its path."""

import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from datamodules.errors import DataError
from datamodules.reading.folders.patterns import read_pattern

OWN_FOLDER = "([^/]+)/[^/]+$"
MOST_PARENTS = 6


def pattern_of(
    folders: Collection[Path], files: Sequence[Path], root: Path, *, strict: bool = True
) -> str | None:
    """Return a pattern that reads the name of each image's folder.

    Args:
        folders: The folders.
        files: All images that the pattern must match.
        root: The folder of the data set, as the user named it.
        strict: Whether all images must be in one of the folders. If not, the pattern may read
            anything from the path of an image outside them, such as its own name.

    Returns:
        The pattern; None if there is no short one.

    Example:
        >>> folders = [Path("photos/cat/p1"), Path("photos/cat/p2")]
        >>> pattern_of(folders, [Path("photos/cat/p1/left/1.png")], Path("photos"))
        '^[^/]+/([^/]+)/'
    """
    names = {folder: folder.name for folder in folders}
    expected = {
        file: next((names[parent] for parent in file.parents if parent in names), None)
        for file in files
    }
    if strict and None in expected.values():
        return None
    for pattern in _candidates(folders, root):
        try:
            values = read_pattern(pattern, "groups", files, root)
        except DataError:
            continue
        if all(name in (None, values[file]) for file, name in expected.items()):
            return pattern
    return None


def _candidates(folders: Collection[Path], root: Path) -> Iterator[str]:
    yield OWN_FOLDER
    below = [folder.relative_to(root) for folder in folders if folder.is_relative_to(root)]
    for depth in sorted({len(folder.parts) for folder in below}):
        start = "^" + "[^/]+/" * (depth - 1) + "([^/]+)"
        yield f"{start}/"
        yield start  # an image next to the folders gets its own name
    parents = sorted({re.escape(folder.parent.as_posix()) for folder in below})
    if len(parents) <= MOST_PARENTS and not any("'" in parent for parent in parents):
        yield f"^(?:{'|'.join(parents)})/([^/]+)/"
