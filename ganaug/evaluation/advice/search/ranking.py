"""Ranking of candidates by cross-validation: the best ones, and the simplest."""

from collections.abc import Container, Mapping
from dataclasses import dataclass

import numpy as np

from ganaug.evaluation.advice.search.candidates import NO_SET, Candidate
from ganaug.evaluation.advice.search.chance import standard_error


@dataclass(frozen=True)
class Estimate:
    """The cross-validation estimate of a candidate's accuracy.

    Attributes:
        mean: Balanced accuracy.
        interval: Its 95% interval.
        right: `[repeats, images]`, whether each scored image was classified correctly.
    """

    mean: float
    interval: tuple[float, float]
    right: np.ndarray


def rank(candidate: Candidate, mean: float) -> tuple[float, int, str]:
    """Return the sort key of a candidate: by mean accuracy, and for ties by simplicity."""
    return mean, -len(candidate.ingredients), candidate.name


def best_of(found: Mapping[Candidate, Estimate], sets: Container[str]) -> Candidate:
    """Return the best candidate whose set is one of these."""
    own = [each for each in found if each.synthetic in sets]
    return max(own, key=lambda each: rank(each, found[each].mean))


def simplest_of(found: Mapping[Candidate, Estimate], labels: np.ndarray) -> Candidate:
    """Return the simplest candidate without further images within a standard error of the best."""
    leader = best_of(found, {NO_SET})

    def close(each: Candidate) -> bool:
        error = standard_error(found[leader].right - found[each].right, labels)
        return found[leader].mean - found[each].mean <= error

    simpler = [e for e in found if not e.synthetic and len(e.ingredients) < len(leader.ingredients)]
    near = [leader, *filter(close, simpler)]
    return min(near, key=lambda each: (len(each.ingredients), -found[each].mean, each.name))


def ranked(means: Mapping[Candidate, float], count: int) -> list[Candidate]:
    """Return the best candidates, the best one first."""
    return sorted(means, key=lambda each: rank(each, means[each]), reverse=True)[:count]


def ranked_with_real(means: Mapping[Candidate, float], count: int) -> list[Candidate]:
    """Return the best candidates, including the best one without further images.

    If necessary it replaces the last of several candidates, to keep their number constant.
    """
    found = ranked(means, count)
    if not all(each.synthetic for each in found):
        return found
    real = {each: mean for each, mean in means.items() if not each.synthetic}
    return [*found[: max(1, count - 1)], *ranked(real, 1)]
