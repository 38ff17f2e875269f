"""Ranking of candidates by cross-validation: the best ones, and the simplest."""

from collections.abc import Container, Mapping, Sequence
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


def best_of(estimates: Mapping[Candidate, Estimate], sets: Container[str]) -> Candidate:
    """Return the best candidate whose set is one of these."""
    candidates = [candidate for candidate in estimates if candidate.synthetic in sets]
    return max(candidates, key=lambda candidate: rank(candidate, estimates[candidate].mean))


def simplest_of(
    estimates: Mapping[Candidate, Estimate],
    labels: np.ndarray,
    groups: Sequence[str] | np.ndarray = (),
) -> Candidate:
    """Return the simplest candidate without further images within a standard error of the best."""
    leader = best_of(estimates, {NO_SET})

    def close(candidate: Candidate) -> bool:
        difference = estimates[leader].right - estimates[candidate].right
        error = standard_error(difference, labels, groups)
        return estimates[leader].mean - estimates[candidate].mean <= error

    simpler = [
        candidate
        for candidate in estimates
        if not candidate.synthetic and len(candidate.ingredients) < len(leader.ingredients)
    ]
    contenders = [leader, *filter(close, simpler)]
    return min(
        contenders,
        key=lambda candidate: (
            len(candidate.ingredients),
            -estimates[candidate].mean,
            candidate.name,
        ),
    )


def ranked(means: Mapping[Candidate, float], count: int) -> list[Candidate]:
    """Return the best candidates, the best one first."""
    return sorted(means, key=lambda candidate: rank(candidate, means[candidate]), reverse=True)[
        :count
    ]


def ranked_with_real(means: Mapping[Candidate, float], count: int) -> list[Candidate]:
    """Return the best candidates, including the best one without further images.

    If necessary it replaces the last of several candidates, to keep their number constant.
    """
    best = ranked(means, count)
    if not all(candidate.synthetic for candidate in best):
        return best
    real = {candidate: mean for candidate, mean in means.items() if not candidate.synthetic}
    return [*best[: max(1, count - 1)], *ranked(real, 1)]
