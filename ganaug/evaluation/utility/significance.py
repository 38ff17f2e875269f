"""The verdict on an arm of a study: helps, hurts, or no difference found, by paired intervals."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats
from scipy.optimize import brentq

from ganaug.utils.errors import UsageError

HELPS, HURTS, NO_DIFFERENCE = "helps", "hurts", "no difference found"
ALPHA, POWER = 0.05, 0.8
LEAST_SEEDS = 3
# Below this a p value is a matter of rounding.
LEAST_P = 1e-12
# The variance of a class with few test images is drawn towards that of all, as if this many more
# images had been measured.
BORROWED = 2
# Disagreement of arms that differ little, on the digits and flowers of the documented studies.
DISAGREEMENT = 0.1


@dataclass(frozen=True)
class Verdict:
    """How an arm compares with another, over the same seeds and test images.

    Attributes:
        word: helps, hurts, or no difference found.
        difference: Mean difference in balanced accuracy.
        interval: Its 95% confidence interval, widened for the number of arms (Bonferroni). A
            difference is found if the interval excludes zero.
        p_value: p value of the same test, corrected in the same way.
        smallest: The smallest difference that such a study detects with a power of 80%.
    """

    word: str
    difference: float
    interval: tuple[float, float]
    p_value: float
    smallest: float

    @classmethod
    def from_dict(cls, found: Mapping[str, Any]) -> "Verdict":
        """Read what `dataclasses.asdict` returned."""
        return cls(**{**found, "interval": tuple(found["interval"])})


@dataclass(frozen=True)
class Spread:
    """The uncertainty of a mean difference.

    Attributes:
        seeds: Standard error due to the number of seeds.
        images: Further standard error due to the number of test images.
        freedom: Degrees of freedom of both.
    """

    seeds: float
    images: float
    freedom: tuple[float, float]

    def reach(self, probability: float) -> float:
        """Return the largest distance of the mean above its true value, with this probability."""
        errors = zip((self.seeds, self.images), self.freedom, strict=True)
        return math.hypot(*(error * stats.t.ppf(probability, free) for error, free in errors))

    def p_value(self, mean: float) -> float:
        """Return how often chance alone moves a mean at least this far from zero."""

        def beyond(p: float) -> float:
            return self.reach(1 - p / 2) - abs(mean)

        if not mean:
            return 1.0
        return LEAST_P if beyond(LEAST_P) < 0 else brentq(beyond, LEAST_P, 1.0)


def verdicts(
    arms: Mapping[str, np.ndarray],
    baseline: np.ndarray,
    labels: np.ndarray,
    comparisons: int | None = None,
) -> dict[str, Verdict]:
    """Compare arms with a baseline, seed by seed and test image by test image.

    Args:
        arms: By name, `[seeds, images]`: whether a test image is classified correctly.
        baseline: The same for the arm to compare with, on the same seeds and images.
        labels: `[images]` true classes, from 0 and each at least once.
        comparisons: Number of comparisons to correct for; by default the number of arms.

    Raises:
        UsageError: There are fewer than three seeds.
    """
    if len(baseline) < LEAST_SEEDS:
        raise UsageError(
            f"seeds is {len(baseline)}, which tells nothing about chance; use {LEAST_SEEDS} or more"
        )
    return {
        name: _verdict(right.astype(float) - baseline, labels, comparisons or len(arms))
        for name, right in arms.items()
    }


def _verdict(differences: np.ndarray, labels: np.ndarray, arms: int) -> Verdict:
    mean = float(class_means(differences, labels).mean())
    spread = spread_of(differences, labels)
    reach = spread.reach(1 - ALPHA / 2 / arms)
    word = NO_DIFFERENCE if abs(mean) <= reach else HELPS if mean > 0 else HURTS
    return Verdict(
        word=word,
        difference=mean,
        # A difference of shares lies between -1 and 1, however few images there are.
        interval=(max(-1.0, mean - reach), min(1.0, mean + reach)),
        p_value=min(1.0, arms * spread.p_value(mean)),
        # In 80% of studies the measured difference falls short of the true one by less than this.
        smallest=reach + spread.reach(POWER),
    )


def detectable(
    counts: np.ndarray, arms: int, seeds: int, disagreement: float = DISAGREEMENT
) -> float:
    """Estimate the smallest difference that a study will detect with a power of 80%.

    Half of the disagreement between two arms is assumed to come from the images, and half from the
    seeds.

    Args:
        counts: Test images of each class.
        arms: Arms with synthetic images.
        seeds: Trainings of each arm.
        disagreement: Share of the test images that only one of two arms classifies correctly.

    Example:
        >>> round(detectable(np.array([500, 500]), arms=1, seeds=5), 3)
        0.023
    """
    half = _of_classes(disagreement / 2 / counts)
    freedom = (seeds - 1, max(int(counts.sum()) - len(counts), 1))
    spread = Spread(math.sqrt(half / seeds), math.sqrt(half), freedom)
    return spread.reach(1 - ALPHA / 2 / arms) + spread.reach(POWER)


def class_means(values: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the mean of each class's images, `[..., images]` to `[..., classes]`."""
    return values @ np.eye(labels.max() + 1)[labels] / np.bincount(labels)


def spread_of(differences: np.ndarray, labels: np.ndarray) -> Spread:
    """Return how much the mean difference varies with the seeds and with the test images.

    Seeds and images are two crossed samples, so their contributions to the variance of the mean
    add up (Owen 2007, "The pigeonhole bootstrap").

    Args:
        differences: `[seeds, images]`, each -1, 0 or 1.
        labels: `[images]` classes.
    """
    seeds, images = differences.shape
    counts = np.bincount(labels)
    freedom = max(images - len(counts), 1)
    means = class_means(differences, labels)
    by_seed = means.mean(axis=1).var(ddof=1) / seeds
    by_image = _of_classes(_variances(differences.mean(axis=0), labels) / counts)
    # The interaction of seeds and images is part of both, and must count once.
    rest = differences - differences.mean(axis=0) - (means - means.mean(axis=0))[:, labels]
    both = _of_classes((rest**2).sum() / ((seeds - 1) * freedom) / seeds / counts)
    beyond = math.sqrt(max(0.0, by_image - both))
    return Spread(math.sqrt(by_seed), beyond, (seeds - 1, freedom))


def _of_classes(variances: np.ndarray) -> float:
    """Return the variance of the mean over classes, from the variance of each."""
    return float(variances.sum()) / len(variances) ** 2


def _variances(values: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the variance within each class, drawn towards that of all if images are few."""
    counts = np.bincount(labels)
    squares = np.bincount(labels, (values - class_means(values, labels)[labels]) ** 2)
    # As if arms disagreed on one more image: that they agree on a few does not make this certain.
    common = (squares.sum() + 1) / (counts.sum() - len(counts) + 1)
    return (squares + BORROWED * common) / (counts - 1 + BORROWED)
