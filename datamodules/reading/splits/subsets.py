"""Assigns images to splits and subsets by their content alone."""

import hashlib
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from numbers import Integral

import numpy as np

from datamodules.arguments import nearest
from datamodules.errors import DataError
from datamodules.reading.folders.class_names import find_name


def content_hash(content: bytes) -> str:
    """Return a hash of bytes, as 32 hexadecimal digits."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def split_by_content(
    hashes: Sequence[str], labels: Sequence[int], validation: float, test: float
) -> list[str]:
    """Assign each image to a split by its content, with the same fractions of every class.

    The images of a class are ranked by hash; the first go to validation and the next to the test
    split, so that a class of 20 always has its two test images. Copies share a split, even across
    classes. Adding or removing a file only moves images next to a boundary.

    Args:
        hashes: Content hash of each image.
        labels: Class index of each image.
        validation: Fraction of each class for validation, in [0, 1).
        test: Fraction of each class for the test split, in [0, 1).

    Returns:
        "train", "validation" or "test" for each image.
    """
    label_of: dict[str, int] = {}
    for digest, label in zip(hashes, labels, strict=True):
        label_of[digest] = min(label, label_of.get(digest, label))
    split: dict[str, str] = {}
    for label in set(label_of.values()):
        ranked = sorted(digest for digest, home_label in label_of.items() if home_label == label)
        to_validation = _rounded(len(ranked) * validation)
        held_out = to_validation + _rounded(len(ranked) * test)
        for rank, digest in enumerate(ranked):
            kind = "validation" if rank < to_validation else "test"
            split[digest] = kind if rank < held_out else "train"
    return [split[digest] for digest in hashes]


def choose_per_class(
    hashes: Sequence[str],
    labels: Sequence[int],
    class_names: Sequence[str],
    per_class: int | Mapping[str, int] | None,
    seed: int = 0,
    *,
    argument: str = "per_class",
) -> list[int]:
    """Choose training images to simulate scarcity or imbalance.

    The choice depends only on `seed` and contents, and choices are nested: the 40 images of a class
    are among its 100.

    Args:
        hashes: Content hash of each image.
        labels: Index of each image's class in `class_names`.
        class_names: Names of the classes.
        per_class: How many of every class, or a number for each class by name; a class that is not
            named keeps all its images. None keeps every image.
        seed: Seed of the choice.
        argument: The parameter's name in messages.

    Returns:
        Positions of the chosen images, ascending.

    Raises:
        DataError: A class is unknown, or a number is below 1 or above the images of a class.
    """
    counts = _counts(class_names, per_class, argument)
    positions: list[int] = []
    for label, members in enumerate(_members(labels, len(class_names))):
        name, count = class_names[label], counts.get(class_names[label], len(members))
        if count > len(members):
            raise DataError(
                f"{argument} asks for {count:,} training images of class '{name}', which has "
                f"{len(members):,}; set it to at most {len(members):,}"
            )
        positions += _by_rank(members, hashes, seed)[:count]
    return sorted(positions)


def in_turn(hashes: Sequence[str], labels: Sequence[int]) -> list[int]:
    """Order images so that any number of first ones is spread evenly over the classes.

    Returns:
        Positions of the images, by content alone; unlabeled ones (label below 0) come last.
    """
    classes = max(labels, default=-1) + 1
    ranked = [_by_rank(members, hashes, 0) for members in _members(labels, classes)]
    spread = [
        position for turn in zip_longest(*ranked) for position in turn if position is not None
    ]
    unlabeled = [position for position, label in enumerate(labels) if label < 0]
    return spread + _by_rank(unlabeled, hashes, 0)


def _counts(
    class_names: Sequence[str], per_class: int | Mapping[str, int] | None, argument: str
) -> dict[str, int]:
    if per_class is None:
        return {}
    if isinstance(per_class, Integral):
        per_class = dict.fromkeys(class_names, int(per_class))
    if not isinstance(per_class, Mapping):
        raise DataError(
            f"{argument} is {per_class!r}; it must be a number, or a mapping of classes to numbers"
        )
    per_class = {find_name(n, class_names) or str(n): count for n, count in per_class.items()}
    for name, count in per_class.items():
        if name not in class_names:
            raise DataError(f"{argument} names {nearest(name, class_names, 'class')}")
        if count < 1:
            raise DataError(f"{argument} is {count} for class '{name}'; it must be 1 or more")
    return per_class


def _members(labels: Sequence[int], classes: int) -> list[list[int]]:
    column = np.asarray(labels)
    return [np.flatnonzero(column == label).tolist() for label in range(classes)]


def _rounded(number: float) -> int:
    return int(number + 0.5)


def _by_rank(members: Sequence[int], hashes: Sequence[str], seed: int) -> list[int]:
    # Hashed again with the seed: the plain hash determines the split, so ranking by it would make
    # the subset depend on the split's boundary.
    return sorted(members, key=lambda i: content_hash(f"{seed}:{hashes[i]}".encode()))
