"""Missing and rare modes are detected, and random deviations are not."""

import math

import numpy as np
import pytest
import torch

from ganaug.evaluation.metrics.modes import LEAST, Modes, effective_number


def blobs(counts, seed=0):
    generator = torch.Generator().manual_seed(seed)
    parts = []
    for place, count in enumerate(counts):
        center = torch.zeros(8, dtype=torch.float64)
        center[place] = 20
        parts.append(center + torch.randn(count, 8, generator=generator, dtype=torch.float64))
    return torch.cat(parts)


def judged(real, fake):
    modes = Modes(real)
    return modes.shares(modes.of_real, modes.clusters_of(fake))


def test_the_same_distribution_covers_all_and_is_off_by_chance_alone():
    covered, off = judged(blobs([200] * 5), blobs([200] * 5, seed=1))
    assert covered > 0.95
    assert off < 0.2


def test_one_cluster_in_twenty_is_off_by_chance():
    """Of synthetic images that are fewer than real ones, too."""
    random, modes = np.random.default_rng(0), Modes(blobs([LEAST]))
    modes.centers, modes.filled = np.zeros((5, 1)), np.ones(5, dtype=bool)
    off = [modes.shares(*(random.integers(5, size=n) for n in (1000, 200)))[1] for _ in range(800)]
    assert np.mean(off) == pytest.approx(0.05, abs=0.015)


def test_missing_and_rare_modes_are_seen():
    covered, off = judged(blobs([200] * 5), blobs([333, 333, 333, 1, 0], seed=1))
    assert covered == pytest.approx(0.6, abs=0.1)
    assert off > 0.4


def test_the_fewest_images_make_two_modes():
    assert len(Modes(blobs([LEAST])).centers) == 2


def test_effective_number_of_classes():
    assert effective_number({"a": 5, "b": 5, "c": 0}) == pytest.approx(2)
    assert effective_number({"a": 5, "b": 0}) == pytest.approx(1)
    mixed = -(0.9 * math.log(0.9) + 0.1 * math.log(0.1))
    assert effective_number({"a": 9, "b": 1}) == pytest.approx(math.exp(mixed))


def test_features_that_are_all_the_same_are_one_mode():
    ones = torch.ones(100, 4, dtype=torch.float64)
    assert judged(ones, ones) == (1.0, 0.0)
    assert judged(torch.cat([ones, -ones]), ones) == (0.5, 1.0)
