"""The final test: compares the recommended candidate with others on the test images."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from torch import Tensor

from ganaug.evaluation.advice.result import ALONE, CALLED, DEFAULT, WITHOUT_SETS, Tested
from ganaug.evaluation.advice.search.candidates import Candidate
from ganaug.evaluation.advice.search.halving import Search
from ganaug.evaluation.advice.search.job import Job, Results
from ganaug.evaluation.advice.search.plan import TEST_SEEDS
from ganaug.evaluation.utility.significance import class_means, verdicts


def roles_of(
    recommended: Candidate, search: Search, results: Results, compared: Sequence[str] = ()
) -> dict[str, Candidate]:
    """Return the candidates to compare the recommended one with, by role.

    Args:
        recommended: The recommended candidate.
        search: The finished search.
        results: Results of its jobs.
        compared: Names of sets whose best candidates are also compared.
    """
    found = {ALONE: search.space.plain, DEFAULT: search.space.center}
    if recommended.synthetic:
        found[WITHOUT_SETS] = search.best_without(results)
    found |= {f"the best with {name}": search.best_with(name, results) for name in compared}
    rest = recommended.ingredients
    if len(rest) > 1:
        found |= {f"the same without {CALLED[own]}": recommended.without(own) for own in rest}
    return found


def test_jobs(search: Search, candidates: Sequence[Candidate], steps: int) -> list[Job]:
    """Return the trainings of the test, seed by seed."""
    return [
        Job("test", each, search.steps(each, steps), seed)
        for seed in range(TEST_SEEDS)
        for each in dict.fromkeys(candidates)
    ]


def tested(
    recommended: Candidate, jobs: Sequence[Job], results: Results, labels: Tensor
) -> dict[Candidate, Tested]:
    """Return the results of the test, starting with the recommended candidate.

    Args:
        recommended: The candidate to compare the others with.
        jobs: The jobs of the test.
        results: Their results.
        labels: `[N]` classes of the test images.
    """
    truth = labels.numpy()
    wrong: dict[Candidate, np.ndarray] = {}
    for job in jobs:
        own = wrong.setdefault(job.candidate, np.zeros((TEST_SEEDS, len(truth))))
        own[job.repeat, list(results[job.key]["wrong"])] = 1
    others = {each.name: own for each, own in wrong.items() if each != recommended}
    # Wrong answers take the place of right ones, so positive differences favor the recommended one.
    verdict_of = verdicts(others, wrong[recommended], truth) if others else {}
    found: Mapping[Candidate, Tested] = {
        each: Tested(
            each,
            tuple((1 - class_means(own, truth)).mean(axis=1).tolist()),
            tuple((1 - class_means(own, truth)).mean(axis=0).tolist()),
            verdict_of.get(each.name),
        )
        for each, own in wrong.items()
    }
    return {recommended: replace(found[recommended], verdict=None), **found}
