"""Membership attacks: how well scores distinguish training images from held-out ones."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from ganaug.evaluation.metrics.c2st import area, area_error
from ganaug.evaluation.metrics.resampling import interval
from ganaug.evaluation.metrics.result import Interval
from ganaug.utils.errors import UsageError

# False positive rate of an attacker for whom mistakes are costly (Carlini et al. 2022).
FALSE_POSITIVES = 0.01
# Minimum number of members and of held-out images for a meaningful attack.
LEAST = 10
DRAWS = 500


@dataclass(frozen=True)
class Attack:
    """How well an attack distinguishes members (training images) from held-out images.

    Attributes:
        auc: Probability that a member scores above a held-out image of its class; 0.5 by chance.
        interval: Its 95% interval (DeLong et al. 1988).
        tpr: Share of members that score above all but 1% of the held-out images.
        tpr_interval: Its 95% interval, by bootstrapping members and held-out images.
        n: Number of members.
        n_held_out: Number of held-out images.
    """

    auc: float
    interval: Interval
    tpr: float
    tpr_interval: Interval
    n: int
    n_held_out: int

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
    errors = [
        s * area_error(class_held_out, class_members)
        for s, (class_members, class_held_out) in zip(shares, kinds, strict=True)
    ]
    random = np.random.default_rng(0)
    rates = [true_positive_rate([_bootstrap(kind, random) for kind in kinds]) for _ in range(DRAWS)]
    low, high = np.quantile(rates, [0.025, 0.975])
    return Attack(
        float(auc),
        interval(float(auc), float(np.linalg.norm(errors)), 0.0, 1.0),
        true_positive_rate(kinds),
        (float(low), float(high)),
        n,
        n_held_out,
    )


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
