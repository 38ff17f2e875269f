"""The classifier two-sample test against counting pairs, and against scikit-learn."""

import math

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from ganaug.evaluation.metrics.c2st import area, area_error, c2st, regression
from ganaug.utils.rng import seeded


def two(n=60, m=45, seed=0):
    random = np.random.default_rng(seed)
    return random.normal(size=n).round(1), random.normal(0.5, size=m).round(1)


def above(real, fake):
    return np.array([[float(f > r) + 0.5 * (f == r) for r in real] for f in fake])


def test_area_is_the_share_of_pairs_in_order():
    real, fake = two()
    assert area(real, fake) == pytest.approx(above(real, fake).mean())


def test_error_is_that_of_delong():
    real, fake = two()
    pairs = above(real, fake)
    variance = pairs.mean(1).var(ddof=1) / len(fake) + pairs.mean(0).var(ddof=1) / len(real)
    assert area_error(real, fake) == pytest.approx(math.sqrt(variance))


def test_regression_is_that_of_scikit_learn():
    random = np.random.default_rng(0)
    points = random.normal(size=(200, 5)) * [1, 2, 3, 4, 0] + 7
    labels = (points[:, 0] + random.normal(size=200) > 7).astype(float)
    scaled = (points - points.mean(0)) / np.where(points.std(0) == 0, 1, points.std(0))
    theirs = LogisticRegression(C=1.0, tol=1e-8).fit(scaled, labels).decision_function(scaled)
    assert regression(points, labels, points) == pytest.approx(theirs, abs=1e-2)


def test_area_of_gaussians_is_what_the_formula_says():
    with seeded(0):
        real, fake = torch.randn(2, 1500, 4, dtype=torch.float64)
        found, error = c2st(real, fake + torch.tensor([1.0, 0, 0, 0]))
    expected = 0.5 * (1 + math.erf(1 / 2))  # of a distance of 1: Phi(1 / sqrt 2)
    assert found == pytest.approx(expected, abs=0.03)
    # The error of DeLong, 0.009, times the square root of (1/5 + 1/4) / (1/5).
    assert error == pytest.approx(0.0135, abs=0.003)


def test_intervals_of_equal_distributions_hold_one_half():
    draws = 120
    with seeded(0):
        found = [c2st(*torch.randn(2, 20, 2, dtype=torch.float64)) for _ in range(draws)]
    areas, errors = torch.tensor(found).T
    assert float(areas.mean()) == pytest.approx(0.5, abs=3 * float(areas.std()) / draws**0.5)
    covered = ((areas - 0.5).abs() <= 1.96 * errors).double().mean()
    assert covered >= 0.95 - 2 * (0.95 * 0.05 / draws) ** 0.5
