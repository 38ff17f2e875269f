"""The candidates that the final test compares."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from ganaug.evaluation.advice.final_test import roles_of
from ganaug.evaluation.advice.final_test import test_jobs as jobs_of_test
from ganaug.evaluation.advice.final_test import tested as results_of_test
from ganaug.evaluation.advice.search.candidates import Candidate, Space
from ganaug.evaluation.advice.search.halving import Search
from helpers.made_up_trainings import CENTER, LABELS, PLAN, finish, train


@pytest.mark.parametrize("sets", [[], ["expanded"]])
def test_no_test_has_more_candidates_than_are_counted(sets):
    space = Space(CENTER, ["small"], (), ["light", "elastic"], sets)
    search = Search(space, PLAN, LABELS)
    results = finish(search, lambda key: train(key, lambda c: 0.5 + 0.05 * len(c.ingredients)))
    recipe = Candidate("small", "elastic", "equal", "cutmix")
    if sets:
        recipe = replace(recipe, synthetic="expanded", way="weight 0.3")
    roles = roles_of(recipe, search, results)
    jobs = jobs_of_test(search, [recipe, *roles.values(), *(step for _, step in recipe.ladder)], 10)
    assert space.tested == (11 if sets else 7)
    assert len(jobs) == 5 * space.tested


def test_images_of_a_group_are_right_and_wrong_together():
    """Twelve groups of ten images: they decide the intervals of the search and of the test."""
    space = Space(CENTER, ["small"], (), ["light", "elastic"])
    groups = [str(row // 10) for row in range(len(LABELS))]
    alone, grouped = (Search(space, PLAN, LABELS, names) for names in ([], groups))
    wrong = {space.plain: range(0, 120, 7), CENTER: range(20, 50)}

    def right(candidate):
        return {"wrong": list(wrong.get(candidate, [])), "seconds": 0.0}

    searched = {job.key: right(job.candidate) for job in alone.first()}
    first, second = (search.estimate(CENTER, searched, 0).interval for search in (alone, grouped))
    assert np.ptp(second) > np.ptp(first)
    jobs = jobs_of_test(alone, [*wrong], 10)
    results = {job.key: right(job.candidate) for job in jobs}
    labels = torch.from_numpy(LABELS)
    first, second = (
        results_of_test(space.plain, jobs, results, labels, names)[CENTER].verdict.interval
        for names in ([], groups)
    )
    assert np.ptp(second) > np.ptp(first)
