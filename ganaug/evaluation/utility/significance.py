"""Verdicts on the arms of a study, from confidence intervals of paired differences."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ganaug.evaluation.metrics.result import as_interval
from ganaug.evaluation.utility.spread import (
    Spread,
    class_means,
    spread_of,
    variance_of_class_mean,
)
from ganaug.utils.errors import UsageError

HELPS, HURTS, NO_DIFFERENCE = "helps", "hurts", "no difference found"
ALPHA, POWER = 0.05, 0.8
LEAST_SEEDS = 3
# Disagreement between similar arms, on the digits and flowers of the documented studies.
DISAGREEMENT = 0.1


@dataclass(frozen=True)
class Verdict:
    """The comparison of an arm with another, over the same seeds and test images.

    Attributes:
        word: helps, hurts, or no difference found.
        difference: Mean difference in balanced accuracy.
        interval: Its 95% confidence interval, with a Bonferroni correction for the number of arms.
            A difference is found if the interval excludes zero.
        p_value: p value of the same test, with the same correction.
        smallest: The smallest difference that this study can detect with a power of 80%.
    """

    word: str
    difference: float
    interval: tuple[float, float]
    p_value: float
    smallest: float

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> "Verdict":
        """Read the output of `dataclasses.asdict`."""
        return cls(**{**record, "interval": as_interval(record["interval"])})


def verdicts(
    arms: Mapping[str, np.ndarray],
    baseline: np.ndarray,
    labels: np.ndarray,
    groups: Sequence[str] | np.ndarray = (),
) -> dict[str, Verdict]:
    """Compare arms with a baseline, paired by seed and test image.

    Args:
        arms: For each arm, whether each test image is classified correctly, `[seeds, images]`.
        baseline: The same for the arm to compare with, with the same seeds and images.
        labels: `[images]` true classes, numbered from 0, each at least once.
        groups: `[images]` groups, such as patients; empty if the images are independent.

    Raises:
        UsageError: There are fewer than three seeds.
    """
    if len(baseline) < LEAST_SEEDS:
        raise UsageError(
            f"seeds is {len(baseline)}, too few to estimate chance; use {LEAST_SEEDS} or more"
        )
    return {
        name: _verdict(correct.astype(float) - baseline, labels, len(arms), groups)
        for name, correct in arms.items()
    }


def verdict_on(
    mask: np.ndarray,
    correct: np.ndarray,
    baseline: np.ndarray,
    labels: np.ndarray,
    comparisons: int,
    groups: Sequence[str] | np.ndarray = (),
) -> Verdict:
    """Compare an arm with another on a part of the test images.

    Args:
        mask: `[images]`, whether an image belongs to the part.
        correct: `[seeds, images]`, whether the arm classifies each image correctly.
        baseline: The same for the other arm.
        labels: `[images]` true classes.
        comparisons: Number of comparisons to correct for.
        groups: `[images]` groups; empty if the images are independent.
    """
    part_labels = np.unique(labels[mask], return_inverse=True)[1]
    part_groups = np.asarray(groups)[mask] if len(groups) else ()
    differences = correct[:, mask].astype(float) - baseline[:, mask]
    return _verdict(differences, part_labels, comparisons, part_groups)


def _verdict(
    differences: np.ndarray, labels: np.ndarray, arms: int, groups: Sequence[str] | np.ndarray
) -> Verdict:
    mean = float(class_means(differences, labels).mean())
    spread = spread_of(differences, labels, groups)
    reach = spread.reach(1 - ALPHA / 2 / arms)
    word = NO_DIFFERENCE if abs(mean) <= reach else HELPS if mean > 0 else HURTS
    return Verdict(
        word=word,
        difference=mean,
        # A difference of accuracies lies between -1 and 1.
        interval=(max(-1.0, mean - reach), min(1.0, mean + reach)),
        p_value=min(1.0, arms * spread.p_value(mean)),
        # With 80% probability, the measured difference is at most this far below the true one.
        smallest=reach + spread.reach(POWER),
    )


def power_in_words(smallest: float) -> str:
    """Return a sentence on the smallest difference that a study detects with a power of 80%.

    Example:
        >>> power_in_words(0.012)
        'Four of five such studies would detect a true difference of 1.2 points.'
        >>> power_in_words(3.084)
        "A study this small can't detect any difference; add test images, groups or seeds."
    """
    if smallest > 1:
        return "A study this small can't detect any difference; add test images, groups or seeds."
    return (
        f"Four of five such studies would detect a true difference of {100 * smallest:.1f} points."
    )


def remark(best: Verdict, arms: int) -> str:
    """Return a sentence on what to keep in mind about a verdict; empty if nothing.

    Args:
        best: The verdict on the best arm.
        arms: Number of arms that it was chosen from.
    """
    if best.word == NO_DIFFERENCE:
        return power_in_words(best.smallest)
    if best.word == HELPS and arms > 1:
        return f"It is the best of {arms} arms, so expect a little less."
    return ""


def detectable(
    counts: np.ndarray, arms: int, seeds: int, disagreement: float = DISAGREEMENT
) -> float:
    """Estimate the smallest difference that a study can detect with a power of 80%.

    Half of the disagreement between two arms is assumed to come from the images, and half from the
    seeds.

    Args:
        counts: Number of test images of each class, or of groups of them.
        arms: Number of arms with synthetic images.
        seeds: Number of trainings of each arm.
        disagreement: Share of these that only one of two arms classifies correctly.

    Example:
        >>> round(detectable(np.array([500, 500]), arms=1, seeds=5), 3)
        0.023
    """
    half = variance_of_class_mean(disagreement / 2 / counts)
    freedom = (seeds - 1, max(int(counts.sum()) - len(counts), 1))
    spread = Spread(math.sqrt(half / seeds), math.sqrt(half), freedom)
    return spread.reach(1 - ALPHA / 2 / arms) + spread.reach(POWER)
