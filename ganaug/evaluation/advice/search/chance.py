"""Standard errors of paired differences between candidates in repeated cross-validation."""

import math
from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean

import numpy as np

from ganaug.evaluation.utility.spread import Spread, spread_of


def spread(
    values: np.ndarray, labels: np.ndarray, groups: Sequence[str] | np.ndarray = ()
) -> Spread:
    """Return the standard errors of a mean over classes, due to repeats and to images.

    Args:
        values: `[repeats, images]`.
        labels: `[images]` classes, numbered from 0, each at least once.
        groups: `[images]` groups, such as patients; empty if the images are independent.
    """
    # The variance between repeats can't be estimated from a single one, and counts as 0.
    return spread_of(np.repeat(values, 2, axis=0) if len(values) == 1 else values, labels, groups)


def standard_error(
    values: np.ndarray, labels: np.ndarray, groups: Sequence[str] | np.ndarray = ()
) -> float:
    """Return the total standard error of a mean over classes, from the parts in `spread`."""
    errors = spread(values, labels, groups)
    return math.hypot(errors.seeds, errors.images)


def pooled(spreads: Sequence[Spread]) -> list[Spread]:
    """Return spreads with a pooled standard error due to repeats, treated as known exactly.

    With two or three repeats, a single difference can have almost no variance by chance, and then
    seems certain. All candidates are trained in the same way, so their differences from the best
    have about the same variance, which is pooled here. It is still estimated from few trainings,
    but this is offset by comparing with the best of several candidates, whose accuracy is
    overestimated: in simulations with two to four repeats, useless sets seemed to help in less than
    5% of searches.

    Args:
        spreads: Spreads of the differences between several candidates and the same one.

    Example:
        >>> alike, apart = (Spread(seeds, images=0.01, freedom=(1, 100)) for seeds in (0.0, 0.02))
        >>> [round(spread.seeds, 3) for spread in pooled([alike, apart])]
        [0.014, 0.014]
    """
    if not spreads:
        return []
    seeds = math.sqrt(fmean(spread.seeds**2 for spread in spreads))
    return [
        replace(spread, seeds=seeds, freedom=(math.inf, spread.freedom[1])) for spread in spreads
    ]
