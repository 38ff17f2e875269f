"""Cross-validation folds, given as several numbered pairs of lists, one of which is used."""

import re
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from datamodules.reading.folders.folder_names import splits_among

MOST_NAMED = 3


def fold_of(name: str, names: Collection[str]) -> dict[str, str]:
    """Return the split of each name in the fold of one name; {} if that is not part of a fold.

    The names of a fold contain the same numbers, and there must be at least two folds.

    Args:
        name: One of the names of the fold.
        names: All sibling names.

    Example:
        >>> names = ["Training_01", "Testing_01", "Training_02", "Testing_02", "notes"]
        >>> fold_of("Testing_02", names)
        {'Training_02': 'train', 'Testing_02': 'test'}
        >>> fold_of("roses_80_train", ["roses_80_train", "roses_20_test"])
        {}
    """
    folds = _folds_among(names)
    fold = next((fold for fold in folds if name in fold), {})
    return fold if len(folds) > 1 else {}


def names_of_folds(names: Collection[str]) -> set[str]:
    """Return the names that are part of a fold.

    Example:
        >>> sorted(names_of_folds(["train1", "test1", "train2", "test2", "train3"]))
        ['test1', 'test2', 'train1', 'train2']
    """
    folds = _folds_among(names)
    return {name for fold in folds for name in fold} if len(folds) > 1 else set()


def _folds_among(names: Collection[str]) -> list[dict[str, str]]:
    by_numbers: dict[tuple[str, ...], list[str]] = {}
    for name in names:
        if numbers := re.findall(r"\d+", name):
            by_numbers.setdefault(tuple(numbers), []).append(name)
    folds = [splits_among(members, of=members[0]) for members in by_numbers.values()]
    return [fold for fold in folds if "train" in fold.values() and len(fold) > 1]


def are_folds(tables: Iterable[Path]) -> bool:
    """Return whether the paths of tables differ only in their numbers.

    Example:
        >>> are_folds([Path("fold1/train.txt"), Path("fold2/train.txt")])
        True
    """
    return len({re.sub(r"\d+", "#", path.as_posix()) for path in tables}) == 1


def in_order(tables: Iterable[Path]) -> list[Path]:
    """Sort tables by the numbers in their paths.

    Example:
        >>> in_order([Path("train10.txt"), Path("train2.txt")])
        [PosixPath('train2.txt'), PosixPath('train10.txt')]
    """
    return sorted(tables, key=lambda path: ([*map(int, re.findall(r"\d+", str(path)))], path))


def remark_on_folds(
    used_lists: Sequence[str], other_lists: Sequence[str], *, given_by_labels: bool
) -> str:
    """Return the remark on which fold's lists are used, and how to choose another fold.

    Args:
        used_lists: Names of the lists that are used.
        other_lists: The first list of each other fold.
        given_by_labels: Whether the argument labels can name another list.
    """
    suffix = f" and {len(other_lists) - MOST_NAMED:,} more" if len(other_lists) > MOST_NAMED else ""
    examples = ", ".join(f"'{name}'" for name in other_lists[:MOST_NAMED])
    advice = (
        f"set labels to '{other_lists[0]}' for another"
        if given_by_labels
        else "name these in ignore for the next"
    )
    *head, last = [f"'{name}'" for name in used_lists]
    these = f"{', '.join(head)} and {last}"
    return (
        f"of {len(other_lists) + 1:,} numbered splits of the images, {these} are used; {advice} "
        f"({examples}{suffix})"
    )
