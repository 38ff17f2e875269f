"""The search finds exactly the nearest vectors, and compares few of them in full."""

import pytest
import torch

from ganaug.evaluation.memorization import search
from ganaug.evaluation.memorization.search import NearestSearch


@pytest.fixture
def small(monkeypatch):
    """Let 300 vectors of 40 dimensions be many long ones."""
    sizes = {"DIMENSIONS": 6, "CANDIDATES": 12, "MANY": 300, "LONG": 40, "_ROWS": 50}
    for name, value in sizes.items():
        monkeypatch.setattr(search, name, value)


@pytest.fixture
def compared_with_all(monkeypatch):
    """Numbers of vectors that were compared with all known ones, by batches."""
    numbers, among_all = [], NearestSearch._among_all

    def counted(self, vectors, count):
        numbers.append(len(vectors))
        return among_all(self, vectors, count)

    monkeypatch.setattr(NearestSearch, "_among_all", counted)
    return numbers


def vectors(count, noise, seed):
    """Points close to a plane of six dimensions in 40, or anywhere if noise is large."""
    random = torch.Generator().manual_seed(seed)
    plane = torch.randn(6, 40, generator=torch.Generator().manual_seed(0))
    points = torch.randn(count, 6, generator=random) @ plane
    return points + noise * torch.randn(count, 40, generator=random) + 5


def check(known, asked, count=6):
    found = NearestSearch(known).nearest(asked, count)
    # Difference by difference, and in double precision.
    distances = torch.cdist(
        asked.double(), known.double(), compute_mode="donot_use_mm_for_euclid_dist"
    )
    nearest = distances.topk(count, largest=False)
    assert torch.equal(found.positions, nearest.indices)
    torch.testing.assert_close(found.distances, nearest.values.float())


def test_few_vectors_are_compared_if_the_projection_rules_out_most(small, compared_with_all):
    check(vectors(300, 0.1, 1), vectors(120, 0.1, 2))
    assert sum(compared_with_all) <= 6


def test_all_vectors_are_compared_if_the_projection_rules_out_few(small, compared_with_all):
    check(vectors(300, 5.0, 1), vectors(120, 5.0, 2))
    # After the first batch it is not tried again.
    assert compared_with_all[0] > 25
    assert compared_with_all[1:] == [50, 20]


def test_few_known_vectors_are_all_compared(small, compared_with_all):
    check(vectors(299, 0.1, 1), vectors(120, 0.1, 2))
    assert compared_with_all == [50, 50, 20]


def test_copies_have_no_distance(small):
    known = vectors(300, 0.1, 1)
    known[7] = known[8]
    found = NearestSearch(known).nearest(known[5:10], 2)
    assert found.positions[[0, 1, 4], 0].tolist() == [5, 6, 9]
    assert found.distances[:, 0].tolist() == [0] * 5
    assert found.distances[2:4].tolist() == [[0, 0]] * 2
    assert NearestSearch(torch.zeros(300, 40)).nearest(torch.zeros(1, 40), 3).distances.sum() == 0


def test_the_callers_random_state_stays(small):
    before = torch.get_rng_state()
    NearestSearch(vectors(300, 0.1, 1))
    assert torch.equal(before, torch.get_rng_state())
