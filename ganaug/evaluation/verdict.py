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
        interval: Its 95% confidence interval, widened for the number of arms, and to `chance` on
            either side where it is narrower; a difference is found where it leaves zero out.
        p_value: Of the paired t-test, Holm's correction for the number of arms included.
        smallest: The smallest difference that such a study finds 4 times in 5 (with three seeds,
            whose spread tells little, 7 in 10).
    """

    word: str
    difference: float
    interval: tuple[float, float]
    p_value: float
    smallest: float


def verdicts(
    arms: Mapping[str, Sequence[float]], baseline: Sequence[float], chance: float
) -> dict[str, Verdict]:
    """Compare arms with a baseline, seed by seed.

    Seeds share the test images, so what the test set happens to hold is the same for both sides of
    a pair but not for the next test set; a difference smaller than the standard error that this
    leaves is not called one.

    Args:
        arms: By name, an arm's balanced accuracies, one a seed.
        baseline: That of the arm to compare with, in the order of the same seeds.
        chance: Standard error of a balanced accuracy that the number of test images leaves; see
            `standard_error`.

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
        name: _verdict(differences, p_values[name], len(found), chance)
        for name, differences in found.items()
    }


def standard_error(recalls: Sequence[float], counts: Sequence[int]) -> float:
    """Return what the next test set of these numbers would move a balanced accuracy by.

    Args:
        recalls: By class, the share of its test images that is named right.
        counts: By class, its test images.
    """
    # Two images added, one named right, or a class of a few would seem to leave nothing to chance.
    smooth = [(r * n + 1) / (n + 2) for r, n in zip(recalls, counts, strict=True)]
    variances = [r * (1 - r) / n for r, n in zip(smooth, counts, strict=True)]
    return math.sqrt(sum(variances)) / len(counts)


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


def _verdict(differences: np.ndarray, p_value: float, arms: int, chance: float) -> Verdict:
    count, mean = len(differences), float(differences.mean())
    error = float(differences.std(ddof=1)) / math.sqrt(count)
    reach = max(float(stats.t.ppf(1 - ALPHA / 2 / arms, count - 1)) * error, chance)
    # The word goes with the interval, so that nobody reads one against the other.
    clear = p_value < ALPHA and abs(mean) > reach
    word = NO_DIFFERENCE if not clear else HELPS if mean > 0 else HURTS
    return Verdict(
        word=word,
        difference=mean,
        interval=(mean - reach, mean + reach),
        p_value=p_value,
        # What is measured lies so far below what is there, or less far, 4 times in 5.
        smallest=reach + float(stats.t.ppf(POWER, count - 1)) * error,
    )
