"""How far chance goes, if other trainings are all that candidates differ by."""

import numpy as np
import pytest
from scipy import stats

from evaluation.advice.conftest import CENTER, expected, finish, train
from ganaug.evaluation.advice.candidates import Space
from ganaug.evaluation.advice.chance import pooled, spread, standard_error
from ganaug.evaluation.advice.plan import Plan
from ganaug.evaluation.advice.search import Job, Search

LABELS = np.repeat([0, 1], 100)


def trainings(random, repeats):
    """A candidate whose accuracy differs from one training to the next, and by nothing else."""
    hardness = np.arange(200) % 100 / 100
    return np.array([hardness < 0.85 + random.normal(0, 0.03) for _ in range(repeats)], dtype=float)


def test_two_repeats_of_several_candidates_are_enough_to_know_how_far_chance_goes():
    random, level, found = np.random.default_rng(0), 0.95, {"pooled": 0, "alone": 0, "normal": 0}
    for _ in range(300):
        base, *others = (trainings(random, 2) for _ in range(5))
        apart = [other - base for other in others]
        spreads = [spread(each, LABELS) for each in apart]
        gain = apart[0].mean()
        found["pooled"] += gain > pooled(spreads)[0].reach(level)
        found["alone"] += gain > spreads[0].reach(level)
        found["normal"] += gain > stats.norm.ppf(level) * standard_error(apart[0], LABELS)
    assert found["pooled"] <= 0.05 * 300 < found["normal"]


def test_pooling_tells_more_than_one_difference_and_keeps_what_images_leave():
    random = np.random.default_rng(1)
    base, *others = (trainings(random, 2) for _ in range(5))
    spreads = [spread(other - base, LABELS) for other in others]
    found = pooled(spreads)
    assert [each.images for each in found] == [each.images for each in spreads]
    assert len({each.seeds for each in found}) == 1
    assert found[0].freedom[0] > spreads[0].freedom[0] == 1
    assert pooled(spreads[:1]) == spreads[:1]
    assert pooled([]) == []


def test_the_interval_of_a_set_is_that_of_all_candidates_of_the_rung():
    space = Space(CENTER, ["small"], (), ["none", "light"], ["made"])

    def accuracy(candidate, repeat):
        chance = np.random.default_rng([repeat, *candidate.name.encode()]).normal(0, 0.03)
        return expected(candidate) + 0.05 * bool(candidate.synthetic) + chance

    search = Search(space, Plan(40, 3, 3, 3, 2), np.repeat([0, 1], 60))
    results = finish(
        search, lambda key: train(key, lambda each: accuracy(each, Job.of(key).repeat))
    )
    said = search.said_of_sets(results)["made"]
    right = {each: search.estimate(each, results).right for each in search.finalists(results)}
    base, best = search.best_without(results), search.best_with("made", results)
    others = [each for each in right if each != base]
    spreads = pooled([spread(right[each] - right[base], search.labels) for each in others])
    assert spreads[0].freedom[0] > 1
    reach = spreads[others.index(best)].reach(0.975)
    low, high = said["interval"]
    assert (low, high) == pytest.approx((said["gain"] - reach, said["gain"] + reach))
