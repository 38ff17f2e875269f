"""Standard errors of differences between equal candidates with other trainings."""

import numpy as np
import pytest
from scipy import stats

from ganaug.evaluation.advice.search.candidates import Space
from ganaug.evaluation.advice.search.chance import pooled, spread, standard_error
from ganaug.evaluation.advice.search.halving import Search
from ganaug.evaluation.advice.search.job import Job
from ganaug.evaluation.advice.search.plan import Plan
from helpers.made_up_trainings import CENTER, expected, finish, train

LABELS = np.repeat([0, 1], 100)


def trainings(random, repeats):
    """A candidate whose accuracy differs from one training to the next, and by nothing else."""
    hardness = np.arange(200) % 100 / 100
    return np.array([hardness < 0.85 + random.normal(0, 0.03) for _ in range(repeats)], dtype=float)


@pytest.mark.parametrize("repeats", [2, 3])
def test_useless_sets_seldom_seem_to_help(repeats):
    random, level = np.random.default_rng(0), 1 - 0.05 / 7
    found = {"pooled": 0, "alone": 0}
    for _ in range(300):
        one, other, *sets = (trainings(random, repeats) for _ in range(5))
        base, rest = (one, other) if one.mean() > other.mean() else (other, one)
        apart = [each - base for each in (rest, *sets)]
        spreads = [spread(each, LABELS) for each in apart]
        helping = [
            [diff.mean() > reach for diff, reach in zip(apart, reaches, strict=True)][1:]
            for reaches in (
                [each.reach(level) for each in pooled(spreads)],
                [stats.norm.ppf(level) * standard_error(each, LABELS) for each in apart],
            )
        ]
        found["pooled"] += any(helping[0])
        found["alone"] += any(helping[1])
    assert found["pooled"] <= 0.05 * 300
    assert found["pooled"] < found["alone"]


def test_pooling_keeps_the_error_due_to_images():
    random = np.random.default_rng(1)
    base, *others = (trainings(random, 2) for _ in range(5))
    spreads = [spread(other - base, LABELS) for other in others]
    found = pooled(spreads)
    assert [each.images for each in found] == [each.images for each in spreads]
    assert len({each.seeds for each in found}) == 1
    assert found[0].seeds ** 2 == pytest.approx(np.mean([each.seeds**2 for each in spreads]))
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
    said = search.set_comparisons(results)["made"]
    right = {each: search.estimate(each, results).right for each in search.finalists(results)}
    base, best = search.best_without(results), search.best_with("made", results)
    others = [each for each in right if each != base]
    spreads = pooled([spread(right[each] - right[base], search.labels) for each in others])
    reach = spreads[others.index(best)].reach(0.975)
    low, high = said["interval"]
    assert (low, high) == pytest.approx((said["gain"] - reach, said["gain"] + reach))
