"""What a person should know of the classes before a fit: counts, imbalance, small classes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import ceil

MOST_SHOWN = 10
FEW, UNEVEN = 20, 3


def counts_of(counts: Mapping[str, int]) -> str:
    """Return names and counts of the first classes.

    Example:
        >>> counts_of({"rose": 1200, "tulip": 20})
        'rose: 1,200, tulip: 20'
    """
    shown = ", ".join(f"{name}: {count:,}" for name, count in [*counts.items()][:MOST_SHOWN])
    more = len(counts) - MOST_SHOWN
    return shown + (f" and {more:,} more classes" if more > 0 else "")


def imbalance(counts: Mapping[str, int], balance: float) -> list[str]:
    """Return a remark on unequal classes, if balance does not even them out already."""
    large, small = (find(counts, key=lambda name: counts[name]) for find in (max, min))
    if balance or counts[large] < UNEVEN * counts[small]:
        return []
    times = counts[large] / counts[small]
    return [
        f"'{large}' has {times:.0f} times as many training images as '{small}'; "
        "set balance to 1 to draw all classes equally often"
    ]


def small_classes(
    labels: Mapping[str, Sequence[int]],
    hashes: Mapping[str, Sequence[str]],
    class_names: Sequence[str],
    shares: Mapping[str, float],
) -> list[str]:
    """Return remarks on classes with few images, or without a test image.

    Args:
        labels: Class index of each image, by split.
        hashes: Content hash of each image, by split.
        class_names: By class index.
        shares: Fraction of each class that is held out by split, 0 where the data has its own.
    """
    counts = {split: Counter(each) for split, each in labels.items()}
    few = [
        f"{name}: {counts['train'][label]:,}"
        for label, name in enumerate(class_names)
        if counts["train"][label] < FEW
    ]
    remarks = []
    if few:
        remarks.append(
            f"fewer than {FEW} training images: {', '.join(few[:MOST_SHOWN])}; a model repeats "
            "what it sees of such a class, its test rests on single images, and copies are hard "
            "to find"
        )
    lacking = [name for label, name in enumerate(class_names) if not counts["test"][label]]
    if lacking and shares["test"]:
        least = min(_distinct(class_names.index(name), labels, hashes) for name in lacking)
        remarks.append(
            f"no test image of {', '.join(lacking[:MOST_SHOWN])}: test is {shares['test']}; "
            f"{_share_of_one(least)} or more gives one"
        )
    return remarks


def _distinct(
    label: int, labels: Mapping[str, Sequence[int]], hashes: Mapping[str, Sequence[str]]
) -> int:
    found = {
        digest
        for split in labels
        for digest, own in zip(hashes[split], labels[split], strict=True)
        if own == label
    }
    return len(found)


def _share_of_one(images: int) -> float:
    """Return the smallest share of three digits that holds out one image."""
    return ceil(500 / images) / 1000
