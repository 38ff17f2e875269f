"""The attack's arithmetic against scikit-learn, brute force, and uninformative scores."""

import math

import numpy as np
import pytest
import torch
from scipy import stats
from sklearn.metrics import roc_auc_score

from ganaug.evaluation.membership.attack import (
    attack,
    auc_interval,
    noticeable_auc,
    true_positive_rate,
)
from ganaug.evaluation.metrics.c2st import area
from ganaug.utils.errors import UsageError


def scores(*sizes, seed=0, shift=0.0):
    random = np.random.default_rng(seed)
    a, b = (random.normal(size=size) for size in sizes)
    return torch.tensor(a + shift), torch.tensor(b)


def one_class(a, b):
    return attack(a, b, torch.zeros(len(a)), torch.zeros(len(b)))


def test_the_auc_of_one_class_is_the_area_under_the_curve():
    a, b = scores(80, 120, shift=0.7)
    found = one_class(a, b)
    expected = roc_auc_score(np.r_[np.ones(80), np.zeros(120)], torch.cat([a, b]))
    assert found.auc == pytest.approx(expected)
    assert (found.n, found.n_held_out) == (80, 120)
    assert found.interval[0] < expected < found.interval[1]


def test_the_true_positive_rate_is_at_one_percent_false_positives():
    a, b = (each.numpy() for each in scores(400, 300, shift=1.5))
    by_hand = (a > np.sort(b)[::-1][3]).mean()
    assert true_positive_rate([(a, b)]) == pytest.approx(by_hand)


def test_fewer_than_100_held_out_images_have_no_rate_of_one_in_100():
    found = one_class(*scores(400, 99, shift=1.5))
    assert (found.tpr, found.tpr_interval) == (None, None)
    assert found.tpr_missing == "needs 100 held-out images, got 99"
    found = one_class(*scores(400, 100, shift=1.5))
    assert found.tpr_interval[0] < found.tpr < found.tpr_interval[1]
    assert found.tpr_missing == ""


def test_perfect_scores_of_few_images_are_not_certain():
    low, high = one_class(*scores(10, 10, shift=9.0)).interval
    assert 0.6 < low < 0.9
    assert high == 1
    assert one_class(*scores(10, 10, shift=-9.0)).interval == pytest.approx((0, 1 - low))
    # At one half, the variance is that of the Mann-Whitney statistic: (n + m + 1) / (12 n m).
    low, high = auc_interval(0.5 + 1.959964 * (51 / (12 * 20 * 30)) ** 0.5, [(20, 30)])
    assert low == pytest.approx(0.5)


def test_intervals_of_informative_scores_cover_the_true_area():
    expected = 0.5 * (1 + math.erf(1.5 / 2))  # Phi(shift / sqrt 2)
    random = np.random.default_rng(0)
    pairs = [(random.normal(1.5, size=15), random.normal(size=25)) for _ in range(400)]
    intervals = [auc_interval(area(b, a), [(15, 25)]) for a, b in pairs]
    covered = np.mean([low <= expected <= high for low, high in intervals])
    assert covered >= 0.95 - 2 * (0.95 * 0.05 / 400) ** 0.5


def test_the_noticeable_area_is_noticed_four_times_in_five():
    """It depends on the numbers of images, not on the scores of one attack."""
    sizes = [(100, 100)]
    shift = math.sqrt(2) * stats.norm.ppf(noticeable_auc(sizes))
    random = np.random.default_rng(0)
    pairs = [(random.normal(shift, size=100), random.normal(size=100)) for _ in range(400)]
    noticed = np.mean([auc_interval(area(b, a), sizes)[0] > 0.5 for a, b in pairs])
    assert noticed == pytest.approx(0.8, abs=0.06)
    perfect, by_chance = (one_class(*scores(100, 100, shift=x)) for x in (9.0, 0.0))
    assert perfect.noticeable == by_chance.noticeable == noticeable_auc(sizes)


def test_classes_in_other_proportions_are_no_sign_of_membership():
    """Members are mostly of a class with high scores, held-out images of one with low scores."""
    random = np.random.default_rng(0)
    labels = torch.tensor([0] * 180 + [1] * 20)
    others = torch.tensor([0] * 20 + [1] * 180)
    a, b = (torch.tensor(random.normal(size=200)) - 5 * each for each in (labels, others))
    found = attack(a, b, labels, others)
    assert found.interval[0] < 0.5 < found.interval[1]
    assert found.tpr < 0.1
    assert one_class(a, b).auc > 0.8


def test_intervals_of_random_scores_cover_one_half():
    found = [one_class(*scores(100, 150, seed=seed)) for seed in range(100)]
    held = sum(each.interval[0] <= 0.5 <= each.interval[1] for each in found)
    assert held >= 90
    assert sum(each.tells for each in found) <= 7
    # At 1% false positives, 1% of the members are recognized.
    assert sum(each.tpr_interval[0] <= 0.01 <= each.tpr_interval[1] for each in found) >= 90
    assert np.mean([each.tpr for each in found]) < 0.03


def test_too_few_images_are_refused_with_their_number():
    with pytest.raises(UsageError, match=r"10 training images and 10 held-out .* got 9 and 30"):
        one_class(*scores(9, 30))
    a, b = scores(30, 30)
    with pytest.raises(UsageError, match="of the same classes, got 0 and 0"):
        attack(a, b, torch.zeros(30), torch.ones(30))
