"""Listing the images in a folder of class folders, and selecting some of each class."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from statistics import median_low
from typing import Literal, NamedTuple

import numpy as np

from datamodules.printing import printable
from ganaug.utils.errors import UsageError, one_line

# The formats that the image reader supports; a test compares both lists.
EXTENSIONS = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".bmp", ".tif", ".tiff", ".gif"}
    | {".ppm", ".pgm", ".pbm", ".pnm", ".pfm", ".dib"}
    | {".avif", ".heic", ".heif", ".jp2", ".j2k", ".jpx", ".jpf", ".jxl"}
)


class Listed(NamedTuple):
    """An image file and the class it was made for."""

    path: Path
    label: int


def files_by_class(folder: Path, real: Collection[tuple[str, ...]] = ()) -> dict[str, list[Path]]:
    """Return the images of each class folder that has any, by name, without hidden files.

    Args:
        folder: Folder of class folders.
        real: Class folder and name of the files to leave out.

    Raises:
        UsageError: There are no images.
    """
    by_class: dict[str, list[Path]] = {}
    for class_folder in sorted(folder.iterdir()):
        if not class_folder.is_dir() or class_folder.name.startswith("."):
            continue
        files = [f for f in sorted(class_folder.iterdir()) if f.suffix.lower() in EXTENSIONS]
        files = [f for f in files if (class_folder.name, f.name) not in real and f.name[0] != "."]
        if files:
            by_class[class_folder.name] = files
    if not by_class:
        raise UsageError(
            f"{folder} holds no synthetic images; give a folder with a folder for each class"
        )
    return by_class


def size_of(files: Sequence[Path]) -> tuple[int, Literal[1, 3]]:
    """Return the median of the shorter sides, and 1 channel if every file is gray, 3 otherwise.

    For 8-bit files, only the headers are read. Unreadable files are ignored.

    Raises:
        UsageError: No file can be read.
    """
    from datamodules.errors import UnreadableImageError
    from datamodules.reading.scan import run_in_threads
    from datamodules.reading.survey import shape_of

    sides, channels, reasons = list[int](), set[int](), dict[int, str]()

    def look(positions: range) -> int:
        for position in positions:
            try:
                height, width, count = shape_of(files[position])
            except UnreadableImageError as error:
                reasons[position] = error.reason
            else:
                sides.append(min(height, width))
                channels.add(count)
        return len(positions)

    run_in_threads(look, len(files), "looking over images")
    if not sides:
        raise UsageError(
            f"{files[0]} can't be read as an image ({reasons[0]}), nor any other; replace them"
        )
    return median_low(sides), 1 if channels == {1} else 3


def evenly(counts: Mapping[str, int], limit: int) -> dict[str, int]:
    """Reduce counts to a total, starting with the largest."""
    if limit >= sum(counts.values()):
        return dict(counts)
    per_class: dict[str, int] = {}
    remaining = limit
    for done, label in enumerate(sorted(counts, key=lambda label: counts[label])):
        per_class[label] = min(counts[label], remaining // (len(counts) - done))
        remaining -= per_class[label]
    return per_class


def some_of(files: Mapping[str, list[Path]], n: int, seed: int) -> dict[str, list[Path]]:
    """Return at most `n` files, drawn evenly from all classes.

    Example:
        >>> files = {"3": [Path("3/a.png"), Path("3/b.png")], "8": [Path("8/a.png")]}
        >>> [len(paths) for paths in some_of(files, 2, seed=0).values()]
        [1, 1]
    """
    random = np.random.default_rng(seed)
    per_class = evenly({name: len(paths) for name, paths in files.items()}, n)
    chosen_rows = {
        name: random.permutation(len(paths))[: per_class[name]] for name, paths in files.items()
    }
    return {name: [files[name][i] for i in np.sort(rows)] for name, rows in chosen_rows.items()}


def described(folder: Path, classes: Callable[[], Sequence[str]]) -> str:
    """Return the repr of a set, without reading its images.

    Args:
        folder: The set's folder.
        classes: Returns the class of each file; if it fails, the repr has the reason.
    """
    try:
        counts = Counter(classes())
    except (UsageError, OSError) as error:
        return f"SyntheticDataset({str(folder)!r}, {one_line(error)})"
    counts_text = ", ".join(f"{printable(name)}: {count:,}" for name, count in counts.items())
    return f"SyntheticDataset({str(folder)!r}, {counts.total():,} images; {counts_text})"
