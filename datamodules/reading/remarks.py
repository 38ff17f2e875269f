"""Remarks on the classes before a fit: counts, imbalance, small classes."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

MOST_SHOWN = 10
FEW, UNEVEN = 20, 3
# A larger fraction would put a class's only image into the test split.
MAX_TEST_SHARE = 0.499
# Takes the fractions for validation and test; returns the images per class by split.
Divide = Callable[[float, float], Mapping[str, Mapping[int, int]]]


def counts_of(counts: Mapping[str, int]) -> str:
    """Return the names and counts of the first classes as text.

    Example:
        >>> counts_of({"rose": 1200, "tulip": 20})
        'rose: 1,200, tulip: 20'
    """
    text = ", ".join(f"{name}: {count:,}" for name, count in [*counts.items()][:MOST_SHOWN])
    num_more = len(counts) - MOST_SHOWN
    return text + (f" and {num_more:,} more classes" if num_more > 0 else "")


def imbalance(counts: Mapping[str, int], balance: float) -> list[str]:
    """Return a remark on imbalanced classes, unless balance already compensates for them."""
    large, small = (pick(counts, key=lambda name: counts[name]) for pick in (max, min))
    if balance or counts[large] < UNEVEN * counts[small]:
        return []
    ratio = counts[large] / counts[small]
    return [
        f"'{large}' has {ratio:.0f} times as many training images as '{small}'; "
        "set balance to 1 to draw all classes equally often"
    ]


def small_classes(
    labels: Mapping[str, Sequence[int]],
    class_names: Sequence[str],
    shares: Mapping[str, float],
    divide: Divide,
    own_test: bool = False,
) -> list[str]:
    """Return remarks on classes with few images, or without a test image.

    Args:
        labels: Class index of each image, by split.
        class_names: By class index.
        shares: Fraction of each class held out for a split; 0 if the data has its own.
        divide: Divides the images by given fractions.
        own_test: Whether the data has its own test images.
    """
    counts = {split: Counter(split_labels) for split, split_labels in labels.items()}
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
    untested = [label for label in range(len(class_names)) if not counts["test"][label]]
    if own_test and untested:
        remarks.append(
            f"no test image of {_names(untested, class_names)}: the data has its own test images, "
            "so the fraction test is not used; add test images, or leave such a class out with "
            "classes"
        )
    return remarks + (_untested(untested, class_names, shares, divide) if shares["test"] else [])


def _untested(
    untested: Sequence[int],
    class_names: Sequence[str],
    shares: Mapping[str, float],
    divide: Divide,
) -> list[str]:
    """Return remarks on classes without a test image, with the settings that give them one."""
    remarks = []
    # Validation may have taken all groups of a class except one.
    for validation in dict.fromkeys((shares["validation"], 0.0)):
        counts = divide(validation, MAX_TEST_SHARE)
        fixable = [label for label in untested if counts["test"][label] and counts["train"][label]]
        if fixable and (test := _least_share(fixable, divide, validation, shares["test"])):
            advice = f"{test} or more gives one"
            if validation != shares["validation"]:
                advice = f"set validation to 0 and test to {test} for one"
            class_list = _names(fixable, class_names)
            remarks.append(f"no test image of {class_list}: test is {shares['test']}; {advice}")
            untested = [label for label in untested if label not in fixable]
    if untested:
        remarks.append(
            f"no test image of {_names(untested, class_names)}: that takes two different images of "
            "a class, and with groups two groups; add images, or leave such a class out with "
            "classes or ignore"
        )
    return remarks


def _names(labels: Sequence[int], class_names: Sequence[str]) -> str:
    num_more = len(labels) - MOST_SHOWN
    text = ", ".join(class_names[label] for label in labels[:MOST_SHOWN])
    return text + (f" and {num_more:,} more classes" if num_more > 0 else "")


def _least_share(labels: Sequence[int], divide: Divide, validation: float, test: float) -> float:
    """Return the smallest test fraction (3 decimals) that gives each class a test image, or 0."""

    def tested(step: int) -> bool:
        test_counts = divide(validation, step / 1000)["test"]
        return all(test_counts[label] for label in labels)

    steps = range(int(test * 1000), round(MAX_TEST_SHARE * 1000) + 1)
    index = bisect_left(steps, True, key=tested)
    share = steps[index] / 1000 if index < len(steps) else 0.0
    trained = divide(validation, share)["train"]
    return share if all(trained[label] for label in divide(0.0, 0.0)["train"]) else 0.0
