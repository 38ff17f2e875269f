"""The verdict on an arm of a study: helps, hurts, or no difference found, by paired tests."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from ganaug.errors import UsageError

HELPS, HURTS, NO_DIFFERENCE = "helps", "hurts", "no difference found"
ALPHA, POWER = 0.05, 0.8
LEAST_SEEDS = 3


@dataclass(frozen=True)
class Verdict:
    """How an arm compares with another one, over the same seeds.

    Attributes:
        word: helps, hurts, or no difference found.
        difference: Mean difference in balanced accuracy.
        interval: Its 95% confidence interval, widened for the number of arms.
        p_value: Of the paired t-test, Holm's correction for the number of arms included.
        smallest: The smallest difference that the study would have found 4 times in 5.
    """

    word: str
    difference: float
    interval: tuple[float, float]
    p_value: float
    smallest: float


def verdicts(
    arms: Mapping[str, Sequence[float]], baseline: Sequence[float], test_images: int
) -> dict[str, Verdict]:
    """Compare arms with a baseline, seed by seed.

    Seeds share the test images, so what the test set happens to hold is the same for both sides of
    a pair but not for the next test set; a difference smaller than the standard error that this
    leaves is not called one.

    Args:
        arms: By name, an arm's balanced accuracies, one a seed.
        baseline: That of the arm to compare with, in the order of the same seeds.
        test_images: Images that the accuracies are of.

    Raises:
        UsageError: There are fewer than three seeds.
    """
    if len(baseline) < LEAST_SEEDS:
        raise UsageError(
            f"{len(baseline)} seed(s) tell nothing about chance; take --seeds {LEAST_SEEDS} or more"
        )
    base = np.asarray(baseline, dtype=float)
    found = {name: np.asarray(values, dtype=float) - base for name, values in arms.items()}
    p_values = holm({name: _p_value(differences) for name, differences in found.items()})
    return {
        name: _verdict(differences, p_values[name], len(found), base.mean(), test_images)
        for name, differences in found.items()
    }


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Correct p values for their number (Holm 1979)."""
    corrected, before = {}, 0.0
    ordered = sorted(p_values, key=lambda name: p_values[name])
    for rank, name in enumerate(ordered):
        before = max(before, min(1.0, (len(ordered) - rank) * p_values[name]))
        corrected[name] = before
    return {name: corrected[name] for name in p_values}


def _p_value(differences: np.ndarray) -> float:
    if np.allclose(differences, differences[0]):
        # No spread at all: the same answers every time, or a difference beyond doubt.
        return 1.0 if np.allclose(differences, 0) else 0.0
    return float(stats.ttest_1samp(differences, 0).pvalue)


def _verdict(
    differences: np.ndarray, p_value: float, arms: int, accuracy: float, test_images: int
) -> Verdict:
    count, mean = len(differences), float(differences.mean())
    error = float(differences.std(ddof=1)) / math.sqrt(count)
    # What another test set of this size would move a paired difference by: disagreements are at
    # most the errors of one side.
    sampling = math.sqrt(max(accuracy * (1 - accuracy), 1e-9) / test_images)
    reach = float(stats.t.ppf(1 - ALPHA / 2 / arms, count - 1)) * error
    clear = p_value < ALPHA and abs(mean) > sampling
    word = NO_DIFFERENCE if not clear else HELPS if mean > 0 else HURTS
    return Verdict(
        word=word,
        difference=mean,
        interval=(mean - reach, mean + reach),
        p_value=p_value,
        smallest=max(_smallest(error, count, arms), sampling),
    )


def _smallest(error: float, count: int, arms: int) -> float:
    """Return the difference that is found with a power of 80% at this spread."""
    degrees = count - 1
    return error * float(stats.t.ppf(1 - ALPHA / 2 / arms, degrees) + stats.t.ppf(POWER, degrees))
