"""Folders whose names suggest that they are not classes: copies, leftovers, phone albums."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from datamodules.errors import DataError
from datamodules.reading.folders.class_names import one_class

# `cat - Copy`, `cat (2)`, `Copy of cat`, `cat_backup`.
COPY = re.compile(
    r"(?:copy of|kopie von|copia de) (?P<after>.+)"
    r"|(?P<before>.+?)[ _-]+(?:\(\d\)|copy|kopie|copia|copie|backup|bak|old|augmented|aug)"
    r"(?: ?\(\d+\))?",
    re.IGNORECASE,
)
LEFTOVERS = frozenset(
    (
        *("unsorted", "unlabeled", "unlabelled", "tosort", "todo", "trash", "bin", "deleted"),
        *("discarded", "tmp", "temp", "old", "backup", "bak", "duplicates", "misc"),
        *("backgroundgoogle", "257clutter"),  # of Caltech's sets
    )
)
# Folders of a memory card, of Google Takeout and of a phone.
ALBUM = re.compile(
    r"dcim|[1-9]\d\d(?-i:[A-Z_][A-Z0-9_]{4})|\d{3}_\d{4}|(?:19|20)\d{4}_[_a-z]"
    r"|photos from (?:19|20)\d\d|camera roll|whatsapp (?:images|animated gifs)",
    re.IGNORECASE,
)
# These may also be classes, such as of screenshots and others.
PHONE = re.compile(
    r"camera|screenshots?|downloads?|whatsapp|telegram(?: images)?|instagram|snapseed",
    re.IGNORECASE,
)
# `Images1`, `images_part_2`
PART = re.compile(
    r"(?:.*[\W\d_])?(?:images?|imgs?|photos?|pictures?)(?:[\W_]*(?:part|batch|set))?[\W_]*\d+",
    re.IGNORECASE,
)


def refuse_sets_within(
    root: Path, folders: Sequence[Path], inside: Callable[[Path], dict[str, Path]]
) -> None:
    """Refuse a folder next to class folders that has a subfolder for each of these classes.

    Args:
        root: The folder that holds them.
        folders: The sibling folders.
        inside: Returns the folders of images in a folder, by name.

    Raises:
        DataError: Names it, and how to choose.
    """
    for folder in folders:
        siblings = {sibling.name for sibling in folders if sibling != folder}
        if len(siblings) > 1 and siblings <= {*inside(folder)}:
            names = ", ".join(f"'{name}'" for name in sorted(siblings)[:5])
            raise DataError(
                f"'{root}' holds {names}, and '{folder.name}' next to them, which holds folders of "
                f"the same names; name '{folder.name}' in ignore to leave it out, or move its "
                "images into the folders of their classes; if it is a class, name all in classes"
            )


def unlikely(folders: Sequence[Path], top: Path) -> list[str]:
    """Return remarks on class folders that are probably not classes, or not separate ones.

    Args:
        folders: The class folders, of all splits.
        top: The folder of the data set, as the user named it.

    Example:
        >>> unlikely([Path("pets/cat"), Path("pets/dog"), Path("pets/cat - Copy")], Path("pets"))
        ["'cat - Copy' is a class next to 'cat'; if it is a copy, name it in ignore"]
    """
    names = sorted({folder.name for folder in folders})
    if len(names) < 2:
        return []
    remarks = []
    for name in names:
        match = COPY.fullmatch(name)
        if match and (original := match["after"] or match["before"]) in names:
            remarks.append(
                f"'{name}' is a class next to '{original}'; if it is a copy, name it in ignore"
            )
    leftovers = [name for name in names if re.sub(r"[\W_]+", "", name.lower()) in LEFTOVERS]
    if leftovers and len(leftovers) < len(names):
        examples = ", ".join(f"'{name}'" for name in leftovers[:5])
        remarks.append(f"{examples} are read as classes; name them in ignore if they are not")
    remarks += _several_labels(names)
    return remarks + _albums(names, top) + _parts(names, top)


def _albums(names: Sequence[str], top: Path) -> list[str]:
    """Return a remark on albums, if at least half of the folders certainly are, or all may be."""
    albums = [name for name in names if ALBUM.fullmatch(name)]
    others = [name for name in names if PHONE.fullmatch(name)]
    is_card = any(name.lower() == "dcim" for name in names)
    if not (is_card or 2 * len(albums) >= len(names) or len(albums) + len(others) == len(names)):
        return []
    examples = ", ".join(f"'{name}'" for name in [*albums, *others][:3])
    return [
        f"folders such as {examples} look like those of a camera or phone, and each is a class; if "
        f"all images are of one class, set classes to {one_class(top)}"
    ]


def _parts(names: Sequence[str], top: Path) -> list[str]:
    """Return a remark on folders that only number parts of the images."""
    if len({re.sub(r"\d+", "", n) for n in names}) > 1 or not all(map(PART.fullmatch, names)):
        return []
    return [
        f"the folders {', '.join(f'{name!r}' for name in names[:3])} look like parts of a set, and "
        f"each is a class; if all images are of one class, set classes to {one_class(top)}"
    ]


def _several_labels(names: Sequence[str]) -> list[str]:
    """Return a remark on names that combine labels, each of which is also in another name."""
    parts = {name: [p for p in re.split(r"\s*[,;|]\s*", name) if p] for name in names}
    count = Counter(part for labels in parts.values() for part in {*labels})
    combined = [
        n for n, labels in parts.items() if len(labels) > 1 and all(count[p] > 1 for p in labels)
    ]
    combined = [name for name in combined if not all(map(str.isdecimal, parts[name]))]
    if not combined:
        return []
    text = ", ".join(f"'{name}'" for name in combined[:3])
    suffix = f" and {len(combined) - 3:,} more" if len(combined) > 3 else ""
    if len(combined) == 1:
        return [
            f"{text} combines the names of other class folders and is read as a class of its own; "
            "if it isn't one, move its images to the right folder or name it in ignore"
        ]
    return [
        f"{text}{suffix} combine the names of other class folders and are read as classes of their "
        "own; if they aren't, move their images to the right folders or name them in ignore"
    ]
