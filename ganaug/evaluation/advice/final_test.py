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
from ganaug.evaluation.utility.significance import verdicts
from ganaug.evaluation.utility.spread import class_means


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
    roles = {ALONE: search.space.plain, DEFAULT: search.space.center}
    if recommended.synthetic:
        roles[WITHOUT_SETS] = search.best_without(results)
    roles |= {f"the best with {name}": search.best_with(name, results) for name in compared}
    ingredients = recommended.ingredients
    if len(ingredients) > 1:
        roles |= {
            f"the same without {CALLED[ingredient]}": recommended.without(ingredient)
            for ingredient in ingredients
        }
    return roles


def test_jobs(search: Search, candidates: Sequence[Candidate], steps: int) -> list[Job]:
    """Return the trainings of the test, seed by seed."""
    return [
        Job("test", candidate, search.steps(candidate, steps), seed)
        for seed in range(TEST_SEEDS)
        for candidate in dict.fromkeys(candidates)
    ]


def tested(
    recommended: Candidate,
    jobs: Sequence[Job],
    results: Results,
    labels: Tensor,
    groups: Sequence[str],
) -> dict[Candidate, Tested]:
    """Return the results of the test, starting with the recommended candidate.

    Args:
        recommended: The candidate to compare the others with.
        jobs: The jobs of the test.
        results: Their results.
        labels: `[N]` classes of the test images.
        groups: Their groups; empty if the images are independent.
    """
    truth = labels.numpy()
    wrong: dict[Candidate, np.ndarray] = {}
    for job in jobs:
        mistakes = wrong.setdefault(job.candidate, np.zeros((TEST_SEEDS, len(truth))))
        mistakes[job.repeat, list(results[job.key]["wrong"])] = 1
    other_mistakes = {
        candidate.name: mistakes
        for candidate, mistakes in wrong.items()
        if candidate != recommended
    }
    # Wrong answers take the place of right ones, so positive differences favor the recommended one.
    verdict_of = (
        verdicts(other_mistakes, wrong[recommended], truth, groups=groups) if other_mistakes else {}
    )
    test_results: Mapping[Candidate, Tested] = {
        candidate: Tested(
            candidate,
            tuple((1 - class_means(mistakes, truth)).mean(axis=1).tolist()),
            tuple((1 - class_means(mistakes, truth)).mean(axis=0).tolist()),
            verdict_of.get(candidate.name),
        )
        for candidate, mistakes in wrong.items()
    }
    return {recommended: replace(test_results[recommended], verdict=None), **test_results}
