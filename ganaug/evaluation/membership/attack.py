"""Membership attacks: how well scores distinguish training images from held-out ones."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from torch import Tensor

from ganaug.evaluation.metrics.c2st import area
from ganaug.evaluation.metrics.resampling import Z
from ganaug.evaluation.metrics.result import Interval
from ganaug.utils.errors import UsageError

# False positive rate of an attacker for whom mistakes are costly (Carlini et al. 2022).
FALSE_POSITIVES = 0.01
# Minimum number of members and of held-out images for a meaningful attack, and of held-out images
# for that false positive rate.
LEAST, LEAST_FOR_TPR = 10, 100
DRAWS = 500
POWER = 0.841621  # the 80% quantile of the normal distribution


@dataclass(frozen=True)
class Attack:
    """How well an attack distinguishes members (training images) from held-out images.

    Attributes:
        auc: Probability that a member scores above a held-out image of its class; 0.5 by chance.
        interval: Its 95% interval; see `auc_interval`.
        tpr: Share of members that score above all but 1% of the held-out images; None with fewer
            than 100 of these.
        tpr_interval: Its 95% interval, by bootstrapping members and held-out images.
        n: Number of members.
        n_held_out: Number of held-out images.
        noticeable: The AUC that an attack on as many images finds to be above chance four times in
            five; None in files of earlier versions.
    """

    auc: float
    interval: Interval
    tpr: float | None
    tpr_interval: Interval | None
    n: int
    n_held_out: int
    noticeable: float | None = None

    @property
    def tpr_missing(self) -> str:
        """Why there is no true positive rate; empty if there is."""
        if self.tpr is not None:
            return ""
        return f"needs {LEAST_FOR_TPR} held-out images, got {self.n_held_out}"

    @property
    def tells(self) -> bool:
        """Whether the attack recognizes members significantly better than chance."""
        return self.interval[0] > 0.5


def attack(members: Tensor, held_out: Tensor, labels: Tensor, held_out_labels: Tensor) -> Attack:
    """Measure how well a score distinguishes members from held-out images of the same class.

    Classes are weighted by their number of members, so different class proportions among the
    held-out images don't count as a sign of membership. Classes with fewer than two members or
    held-out images are left out.

    Args:
        members: `[N]` scores, high for likely members.
        held_out: `[M]` scores.
        labels: `[N]` classes.
        held_out_labels: `[M]` classes.

    Raises:
        UsageError: Fewer than 10 members or held-out images are left.

    Example:
        >>> import torch
        >>> scores, labels = torch.arange(40.0), torch.zeros(20)
        >>> attack(scores[20:], scores[:20], labels, labels).auc
        1.0
    """
    pairs = [
        (members[labels == label].double().numpy(), held_out[held_out_labels == label])
        for label in labels.unique().tolist()
    ]
    kinds = [(a, b.double().numpy()) for a, b in pairs if min(len(a), len(b)) > 1]
    n, n_held_out = (sum(len(scores[side]) for scores in kinds) for side in (0, 1))
    if min(n, n_held_out) < LEAST:
        raise UsageError(
            f"a membership attack takes {LEAST} training images and {LEAST} held-out ones of the "
            f"same classes, got {n} and {n_held_out}"
        )
    shares = [len(class_members) / n for class_members, _ in kinds]
    auc = sum(
        s * area(class_held_out, class_members)
        for s, (class_members, class_held_out) in zip(shares, kinds, strict=True)
    )
    sizes = [(len(class_members), len(class_held_out)) for class_members, class_held_out in kinds]
    enough = n_held_out >= LEAST_FOR_TPR
    return Attack(
        float(auc),
        auc_interval(float(auc), sizes),
        true_positive_rate(kinds) if enough else None,
        _rate_interval(kinds) if enough else None,
        n,
        n_held_out,
        noticeable_auc(sizes),
    )


def noticeable_auc(sizes: Sequence[tuple[int, int]]) -> float:
    """Return the AUC that an attack finds to be above chance four times in five.

    Args:
        sizes: Numbers of members and of held-out images of each class.

    Example:
        >>> round(noticeable_auc([(100, 100)]), 2)
        0.61
    """
    _, high = auc_interval(0.5, sizes)
    return min(1.0, 0.5 + (1 + POWER / Z) * (high - 0.5))


def auc_interval(auc: float, sizes: Sequence[tuple[int, int]]) -> Interval:
    """Return the 95% score interval of a mean AUC over classes (Newcombe 2006, method 5).

    Unlike DeLong's, it has a length for an AUC of 0 or 1. It excludes one half if and only if the
    (stratified) Mann-Whitney test is significant.

    Args:
        auc: The mean, weighted by the number of members.
        sizes: Numbers of members and of held-out images of each class.

    Example:
        >>> [round(bound, 2) for bound in auc_interval(1.0, [(10, 10)])]
        [0.8, 1.0]
    """
    n = sum(members for members, _ in sizes)

    def variance(area: float) -> float:
        odd, even = area / (1 + area), (1 - area) / (2 - area)
        return sum(
            (a / n) ** 2 * area * (1 - area) * (1 + ((a + b) / 2 - 1) * (odd + even)) / (a * b)
            for a, b in sizes
        )

    def low(auc: float) -> float:
        # At an AUC of 1, the variance is 0, which is no lower bound.
        top = min(auc, 1 - 1e-9)
        if top <= 0:
            return 0.0
        return float(brentq(lambda x: auc - x - Z * variance(x) ** 0.5, 0, top))

    return low(auc), 1 - low(1 - auc)


def _rate_interval(kinds: Sequence[tuple[np.ndarray, np.ndarray]]) -> Interval:
    random = np.random.default_rng(0)
    rates = [true_positive_rate([_bootstrap(kind, random) for kind in kinds]) for _ in range(DRAWS)]
    low, high = np.quantile(rates, [0.025, 0.975])
    return float(low), float(high)


def true_positive_rate(kinds: Sequence[tuple[np.ndarray, np.ndarray]]) -> float:
    """Return the share of members that score above all but 1% of the held-out images.

    Args:
        kinds: Scores of members and of held-out images, for each class. Held-out images are
            weighted to give classes the same proportions as among members.
    """
    members, held_out = (np.concatenate(side) for side in zip(*kinds, strict=True))
    weights = np.concatenate([np.full(len(b), len(a) / len(b)) for a, b in kinds])
    order = np.argsort(-held_out)
    above = np.cumsum(weights[order]) / weights.sum()
    # The threshold is the score of the first held-out image that must not pass for a member.
    threshold_index = min(int((above <= FALSE_POSITIVES + 1e-9).sum()), len(order) - 1)
    return float((members > held_out[order[threshold_index]]).mean())


def _bootstrap(
    kind: tuple[np.ndarray, np.ndarray], random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    a, b = (scores[random.integers(len(scores), size=len(scores))] for scores in kind)
    return a, b
