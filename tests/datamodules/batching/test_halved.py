"""Batches of two kinds: half of each, the larger kind once per pass, the smaller repeated."""

import numpy as np
import pytest

from datamodules.batching.halved import HalvedBatches
from datamodules.errors import DataError


def halved(first, second, **settings):
    positions = np.arange(first + second)
    return HalvedBatches(positions[:first], positions[first:], 8, seed=1, **settings)


def test_the_smaller_kind_comes_evenly_and_in_new_orders():
    batches = [request.indices for request in halved(4, 40)]
    assert len(batches) == 10
    counts = np.bincount(np.concatenate([indices[:4] for indices in batches]))
    assert counts.tolist() == [10] * 4
    assert len({tuple(indices[:4]) for indices in batches}) > 1
    assert sorted(np.concatenate([indices[4:] for indices in batches])) == list(range(4, 44))


def test_the_larger_kind_may_stand_first():
    batches = [request.indices for request in halved(40, 4)]
    assert all((indices[:4] < 40).all() and (indices[4:] >= 40).all() for indices in batches)
    assert sorted(np.concatenate([indices[:4] for indices in batches])) == list(range(40))


def test_ranks_draw_the_smaller_kind_differently():
    first, second = (
        [request.indices for request in halved(50, 80, rank=rank, world_size=2)] for rank in (0, 1)
    )
    larger = [set(np.concatenate([indices[4:] for indices in one])) for one in (first, second)]
    assert not larger[0] & larger[1]
    assert [tuple(i[:4]) for i in first] != [tuple(i[:4]) for i in second]


def test_an_epoch_counts_both_kinds():
    assert len(halved(4, 40)) == 10
    assert len(halved(4, 40, epoch_images=81)) == 20


@pytest.mark.parametrize(("world", "largest"), [(1, 6), (2, 2)])
def test_batches_larger_than_there_are_images(world, largest):
    with pytest.raises(DataError, match=rf"batch_size is 8.*3 and 2; set batch_size to {largest}"):
        halved(3, 2, world_size=world, rank=0)
