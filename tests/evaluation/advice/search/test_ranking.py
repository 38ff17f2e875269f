"""The candidates of a rung that advance to the next."""

from dataclasses import replace

import numpy as np

from ganaug.evaluation.advice.search.candidates import Candidate, Space
from ganaug.evaluation.advice.search.chance import standard_error
from ganaug.evaluation.advice.search.halving import Search
from ganaug.evaluation.advice.search.job import Job
from ganaug.evaluation.advice.search.plan import PLANS
from ganaug.evaluation.utility.selection import FOLDS
from helpers.made_up_trainings import CENTER, LABELS, PLAN, expected, finish


def alike_but_for_chance(key):
    """Stand for a training in which augmentation of any kind makes no difference beyond chance.

    Of 120 images, each names another dozen wrong, one or two fewer than none does. Any other
    balance or mixing is worse, and further images are better.
    """
    job = Job.of(key)
    number, fewer = {"none": (0, 0), "light": (1, 1), "elastic": (2, 2)}[job.candidate.augmentation]
    wrong = 20 * number + np.arange(12 - fewer)
    if job.candidate.balance != "equal" or job.candidate.blend:
        wrong = np.arange(40)
    elif job.candidate.synthetic:
        wrong = wrong[:4]
    return {"wrong": wrong[wrong % FOLDS == job.fold].tolist()}


def test_a_simpler_candidate_that_is_as_good_but_for_chance_gets_to_the_last_rung(space):
    search = Search(space, PLAN, LABELS)
    results = finish(search, alike_but_for_chance)
    simple = Candidate("small", balance="equal")
    assert simple in search.finalists(results)
    assert search.recommended(results) == simple


def test_candidates_with_sets_leave_the_simplest_its_place():
    space = Space(CENTER, ["small"], (), ["none", "light", "elastic"], ["made"])
    search = Search(space, replace(PLAN, finalists=3), LABELS)
    results = finish(search, alike_but_for_chance)
    with_set, *real = search.finalists(results)
    assert with_set.synthetic == "made"
    simple, best = (Candidate("small", each, "equal") for each in ("none", "elastic"))
    assert real == [simple, best, space.plain]
    assert search.best_without(results) == best


def test_no_simpler_candidate_takes_the_place_of_the_best(space):
    for plan in PLANS[:6]:
        search = Search(space, plan, LABELS)
        results = finish(search)
        tried = [candidates for candidates, _ in search.rungs(results)]
        assert max(tried[1], key=expected) in tried[2]


def test_the_standard_error_is_that_of_the_paired_difference():
    random = np.random.default_rng(0)
    hard = random.random((1, 120)) < 0.3
    first, second = (hard ^ (random.random((3, 120)) < 0.02) for _ in range(2))
    apart = np.hypot(*(standard_error(each.astype(float), LABELS) for each in (first, second)))
    assert standard_error(first.astype(float) - second, LABELS) < apart / 2
