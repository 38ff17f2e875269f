"""Which files of a synthetic folder to evaluate."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

import numpy as np

from ganaug.utils.errors import UsageError, did_you_mean

# What the reader of images takes (a test says that they are the same).
EXTENSIONS = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".bmp", ".tif", ".tiff", ".gif"}
    | {".ppm", ".pgm", ".pbm", ".pnm", ".avif", ".heic", ".heif", ".jp2", ".jxl"}
)


class Listed(NamedTuple):
    """An image file and the class that it was made for."""

    path: Path
    label: int


def images_folder(folder: Path) -> Path:
    """The folder of class folders: the one given, or `images/` in what synthesize.py wrote.

    Raises:
        UsageError: There is no such folder.
    """
    if not folder.is_dir():
        raise UsageError(f"--synthetic {folder}: there is no such folder.")
    inner = folder / "images"
    return inner if inner.is_dir() and (folder / "metadata.csv").exists() else folder


def list_synthetic(
    folder: Path, class_names: Sequence[str], limit: int | None = None, seed: int = 0
) -> list[Listed]:
    """List the images of a folder of class folders, without the real ones laid beside them.

    Args:
        folder: As `images_folder` gives it. Where `metadata.csv` stands next to it, files of the
            origin `real` are left out.
        class_names: Names of the real classes, in the order of their labels.
        limit: At most so many images, evenly over the classes.
        seed: Of the choice.

    Returns:
        The files, class by class, by name.

    Raises:
        UsageError: A class is unknown, there are no images, or the limit is below 1.
    """
    if limit is not None and limit < 1:
        raise UsageError(f"--n is {limit}; use 1 or more.")
    real = _real_files(folder)
    by_class: dict[int, list[Path]] = {}
    for place in sorted(folder.iterdir()):
        if not place.is_dir() or place.name.startswith("."):
            continue
        files = [f for f in sorted(place.iterdir()) if f.suffix.lower() in EXTENSIONS]
        files = [f for f in files if (place.name, f.name) not in real and f.name[0] != "."]
        if files:
            by_class[_label(place.name, class_names)] = files
    if not by_class:
        raise UsageError(
            f"{folder} holds no synthetic images; give a folder with a folder for each class."
        )
    quotas = evenly({label: len(files) for label, files in by_class.items()}, limit)
    random = np.random.default_rng(seed)
    return [
        Listed(by_class[label][i], label)
        for label in sorted(by_class)
        for i in np.sort(random.permutation(len(by_class[label]))[: quotas[label]])
    ]


def evenly(counts: Mapping[int, int], limit: int | None) -> dict[int, int]:
    """Cut counts down to a total, taking from the large ones first."""
    if limit is None or limit >= sum(counts.values()):
        return dict(counts)
    quotas: dict[int, int] = {}
    left = limit
    for done, label in enumerate(sorted(counts, key=lambda label: counts[label])):
        quotas[label] = min(counts[label], left // (len(counts) - done))
        left -= quotas[label]
    return quotas


def _label(folder: str, class_names: Sequence[str]) -> int:
    # synthesize.py writes what no folder may be called as %XX.
    for name in (folder, unquote(folder)):
        if name in class_names:
            return class_names.index(name)
    hint = did_you_mean(folder, class_names)
    raise UsageError(
        f"the synthetic folder has the class {folder!r}, which the real images do not "
        f"have{hint or '.'} "
        f"Their classes are {', '.join(class_names)}."
    )


def _real_files(folder: Path) -> set[tuple[str, str]]:
    table = folder.parent / "metadata.csv"
    if not table.exists():
        return set()
    with table.open(newline="", encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row.get("origin") == "real"]
    return {(Path(row["file_name"]).parent.name, Path(row["file_name"]).name) for row in rows}
