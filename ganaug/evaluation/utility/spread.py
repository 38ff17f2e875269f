"""The uncertainty of a mean difference, due to seeds and to test images or groups of them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats
from scipy.optimize import brentq

# Smaller p values would only reflect rounding errors.
LEAST_P = 1e-12
# The variance of a class is shrunk towards the pooled variance, with the weight of this many
# images or groups, which matters for classes with few of them.
BORROWED = 2


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


def spread_of(
    differences: np.ndarray, labels: np.ndarray, groups: Sequence[str] | np.ndarray = ()
) -> Spread:
    """Return the standard errors of the mean difference due to seeds and to test images.

    Seeds and images are two crossed samples, so their contributions to the variance of the mean
    add up (Owen 2007, "The pigeonhole bootstrap"). Images of a group resemble each other, so the
    sample is one of groups, if there are any.

    Args:
        differences: `[seeds, images]`, in [-1, 1].
        labels: `[images]` classes, numbered from 0, each at least once.
        groups: `[images]` groups, such as patients; empty if the images are independent.
    """
    seeds, units = len(differences), _Units(labels, groups)
    means, average = class_means(differences, labels), differences.mean(axis=0)
    by_seed = means.mean(axis=1).var(ddof=1) / seeds
    # A single unit's deviation is that from no difference, since its own mean tells nothing.
    centers = np.where(units.counts > 1, means.mean(axis=0), 0.0)
    deviations = units.values(average - centers[labels])
    by_unit = variance_of_class_mean(units.variances(deviations) / units.counts)
    # The interaction of seeds and images is part of both variances, but must count only once.
    residuals = units.values(differences - average - (means - means.mean(axis=0))[:, labels])
    squares = units.by_class((residuals**2).sum(axis=0)) / (seeds - 1)
    interaction = squares / np.maximum(units.counts - 1, 1) / seeds / units.counts
    beyond = by_unit - variance_of_class_mean(interaction) + units.covariance(deviations)
    return Spread(math.sqrt(by_seed), math.sqrt(max(0.0, beyond)), (seeds - 1, units.freedom))


def class_means(values: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the mean of each class's images, `[..., images]` to `[..., classes]`."""
    counts = np.bincount(labels)
    sums = [np.bincount(labels, row, len(counts)) for row in values.reshape(-1, len(labels))]
    return np.reshape(sums, (*values.shape[:-1], len(counts))) / counts


def variance_of_class_mean(variances: np.ndarray) -> float:
    """Return the variance of the mean over classes, from the variance of each class's mean."""
    return float(variances.sum()) / len(variances) ** 2


class _Units:
    """The independent parts of each class: its images, or those of each group.

    Args:
        labels: `[images]` classes.
        groups: `[images]` groups; empty if the images are independent.

    Attributes:
        num_images: Number of images.
        labels: `[units]` classes.
        groups: `[units]` groups, numbered from 0.
        unit_of: `[images]` unit of each image.
        counts: Number of units of each class.
        weights: `[images]` weight of each image in its unit's value.
        freedom: Degrees of freedom of a variance between units.
    """

    def __init__(self, labels: np.ndarray, groups: Sequence[str] | np.ndarray) -> None:
        names = groups if len(groups) else np.arange(len(labels))
        distinct, group_of = np.unique(names, return_inverse=True)
        parts, self.unit_of = np.unique(labels * len(distinct) + group_of, return_inverse=True)
        self.labels, self.groups = np.divmod(parts, len(distinct))
        self.num_images, self.counts = len(labels), np.bincount(self.labels)
        sizes, class_sizes = np.bincount(self.unit_of), np.bincount(labels)
        # A class mean is pulled towards its large units. Deviations are those from the mean of the
        # other units, as in a delete-one-group jackknife, which changes nothing for equal sizes.
        others = np.maximum(class_sizes[self.labels] - sizes, 1) / class_sizes[self.labels]
        num_units = self.counts[self.labels]
        pulled = np.where(num_units > 1, (1 - 1 / num_units) / others, 1.0)
        # The mean of a class's units is that of its images.
        self.weights = (self.counts / class_sizes)[labels] * pulled[self.unit_of]
        # A class with one large unit is hardly better known than one of a single unit.
        effective = class_sizes**2 / self.by_class(sizes**2)
        # Groups with images of several classes are counted once.
        effective_groups = self.num_images**2 / (np.bincount(group_of) ** 2).sum()
        self.freedom = max(1.0, float(min((effective - 1).sum(), effective_groups - 1)))

    def values(self, values: np.ndarray) -> np.ndarray:
        """Return the value of each unit, `[..., images]` to `[..., units]`."""
        rows = (values * self.weights).reshape(-1, self.num_images)
        sums = [np.bincount(self.unit_of, row, len(self.labels)) for row in rows]
        return np.reshape(sums, (*values.shape[:-1], len(self.labels)))

    def by_class(self, values: np.ndarray) -> np.ndarray:
        """Return the sum of each class's units, `[units]` to `[classes]`."""
        return np.bincount(self.labels, values)

    def variances(self, deviations: np.ndarray) -> np.ndarray:
        """Return the variance within each class, shrunk towards the pooled variance."""
        squares = self.by_class(deviations**2)
        # One disagreement is added, since agreement on few images doesn't prove a variance of zero.
        one_image = (len(self.labels) / self.num_images) ** 2
        freedom = len(self.labels) - len(self.counts)
        common = (squares.sum() + one_image) / (freedom + 1)
        return (squares + BORROWED * common) / (self.counts - 1 + BORROWED)

    def covariance(self, deviations: np.ndarray) -> float:
        """Return what groups with several classes add to the variance of the mean over classes."""
        shares = deviations / self.counts[self.labels] / len(self.counts)
        between = np.bincount(self.groups, shares) ** 2
        return max(0.0, float(between.sum() - (shares**2).sum()))
