"""Verdicts on the arms of a study, from confidence intervals of paired differences."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats
from scipy.optimize import brentq

from ganaug.evaluation.metrics.result import as_interval
from ganaug.utils.errors import UsageError

HELPS, HURTS, NO_DIFFERENCE = "helps", "hurts", "no difference found"
ALPHA, POWER = 0.05, 0.8
LEAST_SEEDS = 3
# Smaller p values would only reflect rounding errors.
LEAST_P = 1e-12
# The variance of a class is shrunk towards the pooled variance, with the weight of this many
# images, which matters for classes with few test images.
BORROWED = 2
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


@dataclass(frozen=True)
class Spread:
    """The uncertainty of a mean difference.

    Attributes:
        seeds: Standard error due to the number of seeds.
        images: Additional standard error due to the number of test images.
        freedom: Degrees of freedom of both standard errors.
    """

    seeds: float
    images: float
    freedom: tuple[float, float]

    def reach(self, probability: float) -> float:
        """Return the quantile of the mean's error at this probability."""
        errors = zip((self.seeds, self.images), self.freedom, strict=True)
        return math.hypot(*(error * stats.t.ppf(probability, dof) for error, dof in errors))

    def p_value(self, mean: float) -> float:
        """Return the two-sided p value of a mean under the hypothesis that it is zero."""

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
    """Compare arms with a baseline, paired by seed and test image.

    Args:
        arms: For each arm, whether each test image is classified correctly, `[seeds, images]`.
        baseline: The same for the arm to compare with, with the same seeds and images.
        labels: `[images]` true classes, numbered from 0, each at least once.
        comparisons: Number of comparisons to correct for; by default the number of arms.

    Raises:
        UsageError: There are fewer than three seeds.
    """
    if len(baseline) < LEAST_SEEDS:
        raise UsageError(
            f"seeds is {len(baseline)}, too few to estimate chance; use {LEAST_SEEDS} or more"
        )
    return {
        name: _verdict(correct.astype(float) - baseline, labels, comparisons or len(arms))
        for name, correct in arms.items()
    }


def _verdict(differences: np.ndarray, labels: np.ndarray, arms: int) -> Verdict:
    mean = float(class_means(differences, labels).mean())
    spread = spread_of(differences, labels)
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


def detectable(
    counts: np.ndarray, arms: int, seeds: int, disagreement: float = DISAGREEMENT
) -> float:
    """Estimate the smallest difference that a study can detect with a power of 80%.

    Half of the disagreement between two arms is assumed to come from the images, and half from the
    seeds.

    Args:
        counts: Number of test images of each class.
        arms: Number of arms with synthetic images.
        seeds: Number of trainings of each arm.
        disagreement: Share of the test images that only one of two arms classifies correctly.

    Example:
        >>> round(detectable(np.array([500, 500]), arms=1, seeds=5), 3)
        0.023
    """
    half = _variance_of_class_mean(disagreement / 2 / counts)
    freedom = (seeds - 1, max(int(counts.sum()) - len(counts), 1))
    spread = Spread(math.sqrt(half / seeds), math.sqrt(half), freedom)
    return spread.reach(1 - ALPHA / 2 / arms) + spread.reach(POWER)


def class_means(values: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the mean of each class's images, `[..., images]` to `[..., classes]`."""
    counts = np.bincount(labels)
    sums = [np.bincount(labels, row, len(counts)) for row in values.reshape(-1, len(labels))]
    return np.reshape(sums, (*values.shape[:-1], len(counts))) / counts


def spread_of(differences: np.ndarray, labels: np.ndarray) -> Spread:
    """Return the standard errors of the mean difference due to seeds and to test images.

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
    by_image = _variance_of_class_mean(_variances(differences.mean(axis=0), labels) / counts)
    # The interaction of seeds and images is part of both variances, but must count only once.
    residuals = differences - differences.mean(axis=0) - (means - means.mean(axis=0))[:, labels]
    # It is measured by class, or a noisy class would cancel the image variance of a quiet one.
    squares = np.bincount(labels, (residuals**2).sum(axis=0)) / (seeds - 1)
    interaction = _variance_of_class_mean(squares / np.maximum(counts - 1, 1) / seeds / counts)
    beyond = math.sqrt(max(0.0, by_image - interaction))
    return Spread(math.sqrt(by_seed), beyond, (seeds - 1, freedom))


def _variance_of_class_mean(variances: np.ndarray) -> float:
    """Return the variance of the mean over classes, from the variance of each class."""
    return float(variances.sum()) / len(variances) ** 2


def _variances(values: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the variance within each class, shrunk towards the pooled variance."""
    counts = np.bincount(labels)
    squares = np.bincount(labels, (values - class_means(values, labels)[labels]) ** 2)
    # One disagreement is added, since agreement on a few images doesn't prove a variance of zero.
    common = (squares.sum() + 1) / (counts.sum() - len(counts) + 1)
    return (squares + BORROWED * common) / (counts - 1 + BORROWED)
