"""The verdict says helps only where there is help, and says what it could have seen."""

import numpy as np
import pytest
import torch
from scipy import stats
from sklearn import metrics

from ganaug.errors import UsageError
from ganaug.evaluation.scores import scores
from ganaug.evaluation.verdict import HELPS, HURTS, NO_DIFFERENCE, holm, standard_error, verdicts


def one(differences, chance=0.001, base=0.9):
    baseline = [base + 0.001 * i for i in range(len(differences))]
    arm = [b + d for b, d in zip(baseline, differences, strict=True)]
    return verdicts({"arm": arm}, baseline, chance)["arm"]


def test_clear_differences():
    assert one([0.02, 0.021, 0.019, 0.02, 0.022]).word == HELPS
    assert one([-0.02, -0.021, -0.019, -0.02, -0.022]).word == HURTS


def test_gained_with_one_seed_and_lost_with_the_next():
    found = one([0.006, -0.006, 0.004, -0.002, 0.001])
    assert found.word == NO_DIFFERENCE
    assert found.smallest > 0.005
    assert found.interval[0] < 0 < found.interval[1]


def test_identical_answers_are_no_difference():
    found = one([0.0] * 5)
    assert (found.word, found.p_value, found.difference) == (NO_DIFFERENCE, 1.0, 0.0)


def test_a_difference_that_few_test_images_could_make_is_none():
    steady = [0.004, 0.0041, 0.0039, 0.004, 0.0042]
    assert one(steady).word == HELPS
    found = one(steady, chance=0.03)
    assert found.word == NO_DIFFERENCE
    # The interval says so as well.
    assert found.interval == pytest.approx((0.00404 - 0.03, 0.00404 + 0.03))


@pytest.mark.parametrize("chance", [0.0, 0.02])
def test_the_smallest_difference_is_found_four_times_in_five(chance):
    rng = np.random.default_rng(0)
    smallest = np.mean([one(rng.normal(0, 0.01, 8), chance).smallest for _ in range(300)])
    words = [one(rng.normal(smallest, 0.01, 8), chance).word for _ in range(600)]
    assert words.count(HELPS) / 600 == pytest.approx(0.8, abs=0.06)


def test_what_the_number_of_test_images_leaves_to_chance():
    plain = (0.8 * 0.2 / 1000) ** 0.5
    assert standard_error([0.8], [1000]) == pytest.approx(plain, rel=0.01)
    # Five classes of 1,000 and five of 2: an image of a small class moves 5 points.
    assert standard_error([0.97] * 5 + [1.0] * 5, [1000] * 5 + [2] * 5) > 0.05


def test_p_values_and_intervals_are_those_of_scipy():
    rng = np.random.default_rng(0)
    differences = rng.normal(0.01, 0.01, 6)
    found = one(differences)
    test = stats.ttest_1samp(differences, 0)
    assert found.p_value == pytest.approx(test.pvalue)
    assert found.interval == pytest.approx(tuple(test.confidence_interval(0.95)))


def test_many_arms_make_a_verdict_harder():
    rng = np.random.default_rng(1)
    base = [0.9] * 5
    arms = {str(i): [0.9 + x for x in rng.normal(0, 0.005, 5)] for i in range(200)}
    words = [verdict.word for verdict in verdicts(arms, base, 0.0).values()]
    assert words.count(NO_DIFFERENCE) >= 199
    assert holm({"a": 0.01, "b": 0.02, "c": 0.9}) == pytest.approx({"a": 0.03, "b": 0.04, "c": 0.9})


def test_too_few_seeds():
    with pytest.raises(UsageError, match="2 seed"):
        one([0.1, 0.1])


def test_scores_are_those_of_scikit_learn():
    torch.manual_seed(0)
    logits, labels = torch.randn(500, 4), torch.randint(0, 4, (500,))
    found, said = scores(logits, labels, 4), logits.argmax(1)
    assert found.balanced_accuracy == pytest.approx(metrics.balanced_accuracy_score(labels, said))
    assert found.macro_f1 == pytest.approx(metrics.f1_score(labels, said, average="macro"))
    recalls = metrics.recall_score(labels, said, average=None)
    assert found.recalls == pytest.approx(tuple(recalls))


def test_calibration_by_hand():
    sure = torch.tensor([[10.0, -10.0]] * 4)
    assert scores(sure, torch.tensor([0, 0, 1, 1]), 2).calibration_error == pytest.approx(0.5)
    assert scores(sure, torch.tensor([0, 0, 0, 1]), 2).calibration_error == pytest.approx(0.25)
