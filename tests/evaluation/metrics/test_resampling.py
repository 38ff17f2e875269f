"""Intervals are as wide as the spread of metrics over new images."""

import dataclasses

import pytest
import torch

from ganaug.evaluation.metrics.fid import fid
from ganaug.evaluation.metrics.prdc import prdc
from ganaug.evaluation.metrics.resampling import interval, standard_errors
from ganaug.utils.rng import seeded

MEASURES = {
    "mean": lambda real, fake: [float(real.mean() - fake.mean())],
    "FID": lambda real, fake: [fid(real, fake)],
    "overlap": lambda real, fake: dataclasses.astuple(prdc(real, fake)),
}


def drawn(n=100, m=80):
    real, fake = torch.randn(n, 3).double(), torch.randn(m, 3).double()
    return real, 0.8 * fake + 0.6


@pytest.mark.parametrize(("name", "most"), [*((name, None) for name in MEASURES), ("mean", 30)])
def test_errors_are_the_spread_of_figures_of_new_images(name, most):
    measure = MEASURES[name]
    with seeded(0):
        anew = torch.tensor([measure(*drawn()) for _ in range(150)])
        estimates = []
        for _ in range(4):
            real, fake = drawn()
            estimates.append(
                standard_errors(
                    lambda r, f, real=real, fake=fake: measure(real[r], fake[f]),
                    *(100, 80),
                    max_images=most,
                    draws=30,
                )
            )
    ratios = torch.tensor(estimates).mean(dim=0) / anew.std(dim=0)
    assert all(0.7 < ratio < 1.7 for ratio in ratios.tolist())


def test_intervals_stay_within_what_a_figure_can_be():
    assert interval(0.9, 0.1, 0.0, 1.0) == (pytest.approx(0.704, abs=1e-3), 1.0)


def test_the_callers_random_state_stays():
    before = torch.get_rng_state()
    with seeded(3):
        first = torch.rand(1)
    with seeded(3):
        assert torch.equal(torch.rand(1), first)
    assert torch.equal(before, torch.get_rng_state())
