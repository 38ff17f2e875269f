"""The candidates that the final test compares."""

from dataclasses import replace

import pytest

from ganaug.evaluation.advice.final_test import roles_of
from ganaug.evaluation.advice.final_test import test_jobs as jobs_of_test
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
