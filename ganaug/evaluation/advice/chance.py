"""How far chance takes the difference of two candidates, of a few repeats of cross-validation."""

import math
from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean

import numpy as np

from ganaug.evaluation.utility.significance import Spread, spread_of

# Of two differences from the same candidate: half of the variance of each comes from that one, so
# that this is how much their estimated variances have in common.
SHARED = 0.25


def spread(values: np.ndarray, labels: np.ndarray) -> Spread:
    """Return what other repeats and other images would make of a mean over classes.

    Args:
        values: `[repeats, images]`.
        labels: `[images]` classes from 0, each at least once.
    """
    # Of a single repeat, what another one would give is not known.
    return spread_of(np.repeat(values, 2, axis=0) if len(values) == 1 else values, labels)


def standard_error(values: np.ndarray, labels: np.ndarray) -> float:
    """Return the standard error of a mean over classes, by repeats and by images, as `spread`."""
    found = spread(values, labels)
    return math.hypot(found.seeds, found.images)


def pooled(spreads: Sequence[Spread]) -> list[Spread]:
    """Return spreads that share what they tell about repeats.

    Two or three repeats of one difference tell little about others: a t interval of one degree of
    freedom is 13 standard errors wide. All candidates are trained alike, so that the differences of
    several from the best have about the same variance.

    Args:
        spreads: Of the differences of several candidates from the same one.

    Example:
        >>> one = Spread(seeds=0.01, images=0.01, freedom=(1, 100))
        >>> round(one.reach(0.975), 3), round(pooled([one] * 5)[0].reach(0.975), 3)
        (0.129, 0.041)
    """
    if not spreads:
        return []
    seeds = math.sqrt(fmean(each.seeds**2 for each in spreads))
    count, (single, _) = len(spreads), spreads[0].freedom
    freedom = single * count / (1 + (count - 1) * SHARED)
    return [replace(each, seeds=seeds, freedom=(freedom, each.freedom[1])) for each in spreads]
