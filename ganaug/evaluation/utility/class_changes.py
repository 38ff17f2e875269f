"""Changes in the recall of single classes, and which of them are more than chance."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ganaug.evaluation.utility.significance import NO_DIFFERENCE, Verdict, verdict_on

# Maximum number of classes to name that gain, and that lose.
MOST_NAMED = 3


@dataclass(frozen=True)
class ClassChange:
    """The change in a class's recall, compared with the baseline.

    Attributes:
        verdict: The change, as a difference that is corrected for the number of arms and classes.
        n: Number of test images of the class.
    """

    verdict: Verdict
    n: int

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> "ClassChange":
        """Read the output of `dataclasses.asdict`."""
        return cls(Verdict.from_dict(record["verdict"]), record["n"])


def class_changes(
    correct: np.ndarray,
    baseline: np.ndarray,
    labels: np.ndarray,
    arms: int,
    groups: Sequence[str] = (),
) -> list[ClassChange]:
    """Compare the recall of each class.

    Args:
        correct: Whether each test image is classified correctly, `[seeds, images]`.
        baseline: The same for the arm to compare with.
        labels: `[images]` true classes, numbered from 0, each at least once.
        arms: Number of arms that the arm was chosen from by these results.
        groups: `[images]` groups; empty if the images are independent.
    """
    masks = [labels == label for label in range(int(labels.max()) + 1)]
    return [
        ClassChange(
            verdict_on(mask, correct, baseline, labels, arms * len(masks), groups), int(mask.sum())
        )
        for mask in masks
    ]


def changes_in_words(changes: Sequence[ClassChange], names: Sequence[str]) -> str:
    """Return a sentence on the classes that gain or lose most, of those that change beyond chance.

    Args:
        changes: The change of each class; empty if unknown, as in studies of earlier versions.
        names: Names of the classes.
    """
    if not changes:
        return ""
    found = [
        (change.verdict.difference, name, change.n)
        for name, change in zip(names, changes, strict=True)
        if change.verdict.word != NO_DIFFERENCE
    ]
    gains = sorted((each for each in found if each[0] > 0), reverse=True)[:MOST_NAMED]
    losses = sorted(each for each in found if each[0] < 0)[:MOST_NAMED]
    if not found:
        return "No change in the recall of a single class can be told from chance."
    parts = [
        f"{verb} most in {_listed(part)}"
        for verb, part in (("rises", gains), ("falls", losses))
        if part
    ]
    return f"Beyond chance, recall {' and '.join(parts)}."


def _listed(changes: Iterable[tuple[float, str, int]]) -> str:
    return ", ".join(
        f"{name} ({100 * difference:+.1f} points, {n:,} test images)"
        for difference, name, n in changes
    )
