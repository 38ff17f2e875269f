"""Pairs within a class: two different images, balanced classes, no classes of a single image."""

import numpy as np
import pytest

from datamodules.batching.class_pairs import ClassPairBatches
from datamodules.errors import DataError

LABELS = np.array([0] * 60 + [1] * 30 + [2] * 2 + [3])


def epoch(labels=LABELS, size=16, **settings):
    batches = ClassPairBatches(labels, size, balance=settings.pop("balance", 0.0), **settings)
    return [request.indices for request in batches]


def test_a_pair_is_two_images_of_one_class():
    batches = epoch(epoch_images=1000)
    assert len(batches) * 16 >= 984
    for indices in batches:
        first, second = np.split(indices, 2)
        assert (LABELS[first] == LABELS[second]).all()
        assert (first != second).all()
        assert 3 not in LABELS[indices]


def test_partners_are_any_others_of_the_class():
    seen = np.concatenate([np.split(i, 2)[1] for i in epoch(epoch_images=4000)])
    counts = np.bincount(seen, minlength=len(LABELS))
    assert (counts[:92] > 0).all()
    assert counts[:60].max() < 4 * counts[:60].mean()


def test_balance_reaches_the_small_class():
    firsts = np.concatenate([np.split(i, 2)[0] for i in epoch(balance=1.0, epoch_images=3000)])
    shares = np.bincount(LABELS[firsts], minlength=4) / len(firsts)
    assert shares == pytest.approx([1 / 3, 1 / 3, 1 / 3, 0], abs=0.02)


def test_the_same_seed_gives_the_same_pairs_and_ranks_differ():
    assert all((a == b).all() for a, b in zip(epoch(seed=3), epoch(seed=3), strict=True))
    ranks = [epoch(rank=rank, world_size=2) for rank in (0, 1)]
    assert not (ranks[0][0] == ranks[1][0]).all()


def test_what_is_refused():
    with pytest.raises(DataError, match=r"batch_size is 7.*even number such as 8"):
        epoch(size=7)
    labels = np.array([0] * 30 + [1] * 10 + [2])
    with pytest.raises(DataError, match=r"batch_size is 128, two .* 40 training .* to 80 or less"):
        epoch(labels, size=128)
    assert len(epoch(labels, size=80)[0]) == 80
    with pytest.raises(DataError, match="paired is true, but no class has two images"):
        epoch(np.arange(20), size=4)
