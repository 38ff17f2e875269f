from dataclasses import replace

import numpy as np
import pytest

from ganaug.evaluation.advice.search.candidates import Candidate, Space
from ganaug.evaluation.advice.search.halving import Search
from ganaug.evaluation.advice.search.job import Job
from ganaug.evaluation.advice.search.plan import PLANS, plan_of
from ganaug.evaluation.utility.selection import FOLDS
from ganaug.utils.errors import UsageError
from helpers.made_up_trainings import CENTER, LABELS, PLAN, expected, finish, train


def test_the_first_rung_has_every_single_choice_and_no_product(space):
    names = {each.name for each in space.singles()}
    assert len(names) == 8
    assert {
        "small, real images alone",
        "small, light, classes equally often",
        "small, elastic, classes equally often",
        "small, light, classes equally often, MixUp",
        "small, light",
    } <= names


def test_a_frozen_classifier_has_no_cutmix():
    space = Space(Candidate("imagenet", "light", "equal"), ["imagenet", "small"], ["imagenet"])
    assert not any(each.blend == "cutmix" for each in space.singles())
    assert Candidate("small", blend="cutmix") not in space.singles()
    assert space.allows(Candidate("small", blend="cutmix"))


def test_what_wins_alone_is_combined_and_recommended(search):
    found = search.recommended(finish(search))
    assert found == Candidate("small", "elastic", "equal", "mixup")


@pytest.mark.parametrize("plan", PLANS[:6])
def test_sets_are_compared_though_only_one_of_them_gets_far(plan):
    space = Space(CENTER, ["small"], (), ["none", "light"], ["good", "bad", "worse"])
    worth = {"good": 13, "bad": 12, "worse": 11}

    def with_sets(candidate):
        drawn = not candidate.way and candidate.synthetic
        return expected(candidate) + worth.get(drawn, 0) / 100

    search = Search(space, plan, LABELS)
    results = finish(search, lambda key: train(key, with_sets))
    said = search.set_comparisons(results)
    assert [each["recommended"] for each in said.values()] == [True, False, False]
    assert said["good"]["gain"] > said["worse"]["gain"]
    assert search.best_with("worse", results).synthetic == "worse"


@pytest.mark.parametrize("plan", PLANS[:6])
@pytest.mark.parametrize("gain", [0.25, 0.04, 0.0, -0.1])
def test_a_set_is_compared_with_the_best_without_it_however_good_it_is(plan, gain):
    space = Space(CENTER, ["small"], (), ["none", "light", "elastic"], ["made"])

    def with_set(candidate):
        return expected(candidate) - 0.3 + gain * bool(candidate.synthetic)

    search = Search(space, plan, LABELS)
    results = finish(search, lambda key: train(key, with_set))
    second, last = [tried for tried, _ in search.rungs(results)][1:]
    best = Candidate("small", "elastic", "equal")
    for tried in (second, last):
        real = [each for each in tried if not each.synthetic]
        assert max(map(with_set, real)) >= with_set(best)
    assert with_set(search.best_without(results)) >= with_set(best)
    assert len(results) <= plan.trials(space.size, sets=True)
    if gain > 0:
        assert search.best_with("made", results) in last
    # Even the smallest search compares the set in trainings of the last round's length.
    if plan == PLANS[0]:
        assert any(each.synthetic for each in second)


def test_only_the_smallest_search_is_larger_with_a_set():
    for number, plan in enumerate(PLANS):
        assert plan.trials(20, sets=True) - plan.trials(20) == (0 if number else FOLDS)


def test_each_rung_has_fewer_candidates_and_more_training(search):
    rungs = list(search.rungs(finish(search)))
    assert [len(candidates) for candidates, _ in rungs] == [8, 5, 3]
    assert [jobs[0].steps for _, jobs in rungs] == [10, 20, 20]
    assert [len(jobs) for _, jobs in rungs] == [24, 15, 18]


def test_a_plan_counts_its_trainings(search, space):
    assert len(finish(search)) == PLAN.trials(len(space.singles()))


def test_the_simplest_candidate_within_a_standard_error_is_recommended(space):
    def nearly_alike(candidate):
        return 0.8 + 0.004 * len(candidate.ingredients)

    search = Search(space, PLAN, LABELS)
    results = finish(search, lambda key: train(key, nearly_alike))
    assert search.recommended(results) == space.plain
    far = finish(search, lambda key: train(key, lambda c: 0.7 + 0.08 * len(c.ingredients)))
    assert len(search.recommended(far).ingredients) == 3


def test_candidates_of_a_fold_are_paired_by_seed_and_images(search):
    jobs = search.left({})
    by_fold = {(job.repeat, job.fold) for job in jobs}
    for repeat, fold in by_fold:
        own = [job for job in jobs if (job.repeat, job.fold) == (repeat, fold)]
        assert {job.candidate for job in own} == set(search.space.singles())


def with_set(space, gain):
    space = replace(space, sets=["expanded"])
    search = Search(space, PLAN, LABELS)

    def accuracy(candidate):
        return expected(candidate) - 0.3 + gain * bool(candidate.synthetic)

    results = finish(search, lambda key: train(key, accuracy))
    return search.recommended(results)


def test_a_set_is_recommended_where_it_helps_by_more_than_chance(space):
    assert with_set(space, 0.3).synthetic == "expanded"


@pytest.mark.parametrize("gain", [-0.1, 0.0, 0.01])
def test_a_set_is_not_recommended_for_what_chance_could_give(space, gain):
    assert not with_set(space, gain).synthetic


def test_the_order_in_which_jobs_finish_changes_nothing(search):
    ordered, results = search.recommended(finish(search)), {}
    while jobs := search.left(results):
        job = jobs[np.random.default_rng(len(results)).integers(len(jobs))]
        results[job.key] = train(job.key)
    assert search.recommended(results) == ordered


def test_a_frozen_classifier_is_always_trained_with_all_draws(space):
    search = Search(replace(space, frozen=["small"]), PLAN, LABELS)
    assert {job.steps for job in finish_jobs(search)} == {1000}
    # A fold of the first rung is then the same training in the second.
    assert len(finish(search)) < PLAN.trials(len(space.singles()))


def finish_jobs(search):
    return [Job.of(key) for key in finish(search)]


def test_the_number_of_trainings_settles_the_plan():
    singles = [8] * len(PLANS)
    sizes = [plan.trials(8) for plan in PLANS]
    assert sizes == sorted(set(sizes))
    assert [plan_of(size, singles) for size in sizes] == list(PLANS)
    assert plan_of(sizes[3] + 1, singles) == PLANS[3]
    with pytest.raises(UsageError, match=rf"trials is 5, .* has {sizes[0]}; give {sizes[0]} or"):
        plan_of(5, singles)


def test_the_ladder_goes_from_real_images_alone_to_the_candidate():
    recipe = replace(CENTER, blend="mixup", synthetic="expanded", way="weight 0.3")
    steps = [each.name for _, each in recipe.ladder]
    assert steps == [
        "small, real images alone",
        "small, light",
        "small, light, classes equally often",
        "small, light, classes equally often, MixUp",
        "small, light, classes equally often, MixUp, with expanded (50%)",
        "small, light, classes equally often, MixUp, with expanded (50%, weight 0.3)",
    ]


def refined(space, accuracy):
    search = Search(replace(space, sets=["expanded"], refined=True), PLAN, LABELS)
    return search, finish(search, lambda key: train(key, accuracy))


def test_the_best_candidates_are_tried_with_other_shares_and_half_of_the_images_augmented(space):
    def accuracy(candidate):
        return expected(candidate) - 0.3 + 0.2 * bool(candidate.synthetic)

    search, results = refined(space, accuracy)
    first, second = [set(tried) for tried, _ in list(search.rungs(results))[:2]]
    further = {each for each in second if each.share != 0.5 or each.strength != 1}
    best = max(second - further, key=lambda each: (accuracy(each), -len(each.ingredients)))
    changes = [{"share": 0.25}, {"share": 0.75}, {"strength": 0.5}]
    assert further == {replace(best, **change) for change in changes}
    assert len(second) == PLAN.combinations + PLAN.finalists + 3
    assert not any(each.share != 0.5 or each.strength != 1 for each in first)
    assert len(results) == PLAN.trials(search.space.size)
    assert search.space.size == len(first) + 3


def test_a_share_and_a_strength_are_recommended_where_they_are_best(space):
    search, results = refined(
        space, lambda c: expected(c) - 0.3 + (0.3 - 0.8 * abs(c.share - 0.25)) * bool(c.synthetic)
    )
    assert search.recommended(results).share == 0.25
    search, results = refined(space, lambda c: expected(c) - 0.1 + 0.1 * (c.strength < 1))
    found = search.recommended(results)
    assert (found.strength, found.synthetic) == (0.5, "")
    assert "elastic on half of the images" in found.name


def test_a_set_that_hurts_is_tried_with_other_shares_too(space):
    """A quarter of the draws may help where half of them hurt."""
    gain = {0.25: 0.25, 0.5: -0.05, 0.75: -0.2}
    search, results = refined(
        space, lambda c: expected(c) - 0.3 + gain[c.share] * bool(c.synthetic)
    )
    assert search.recommended(results).share == 0.25


def test_pre_training_has_no_share():
    space = Space(CENTER, ["small"], sets=["expanded"], refined=True)
    recipe = replace(CENTER, synthetic="expanded", way="pre-training")
    assert space.refinements([recipe]) == [replace(recipe, strength=0.5)]
    assert space.refinements([Candidate("small")]) == []
    assert replace(space, refined=False).refinements([recipe]) == []


def test_a_training_of_an_earlier_version_is_known_by_its_key():
    key = (
        '{"candidate": {"augmentation": "light", "balance": "equal", "blend": null, "classifier": '
        '"small", "share": 0.5, "synthetic": "", "way": ""}, "fold": 1, "kind": "search", '
        '"repeat": 0, "steps": 10}'
    )
    assert Job("search", CENTER, 10, 0, 1).key == key
    half = Job("search", replace(CENTER, strength=0.5), 10, 0, 1)
    assert half.key != key
    assert Job.of(Job("search", replace(CENTER, decay=3.0), 10, 0).key).candidate.decay == 3
    assert Job.of(half.key) == half
    assert Job.of(key).candidate == CENTER


def test_without_augmentation_nothing_is_left_of_its_strength():
    recipe = replace(CENTER, strength=0.5)
    assert recipe.without("augmentation") == Candidate("small", balance="equal")
    assert recipe.ladder[0][1] == Candidate("small")


def test_long_searches_also_try_other_regularization_of_a_linear_head(space):
    """An ingredient is kept only if it helps by more than chance."""
    space = replace(space, frozen=["small"], refined=True, decays=(0.3, 3.0))
    search = Search(space, PLAN, LABELS)
    results = finish(search, lambda key: train(key, lambda c: expected(c) - 0.03 * (c.decay - 1)))
    second = list(search.rungs(results))[1][0]
    assert {each.decay for each in second} == {1.0, 0.3, 3.0}
    assert search.space.size == len(search.space.singles()) + 3
    weak = search.recommended(results)
    assert (weak.decay, weak.without("decay").decay) == (0.3, 1.0)
    assert "head regularized 0.3 times as strongly" in weak.name
    results = finish(search, lambda key: train(key, lambda c: expected(c) + 0.001 * (c.decay < 1)))
    assert search.recommended(results).decay == 1
