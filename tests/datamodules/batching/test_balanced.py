"""Oversampling of rare classes: exact shares, equal use of images, reproducible from the seed."""

import numpy as np
import pytest
import torch

from datamodules.batching.balanced import BalancedBatches
from datamodules.errors import DataError
from datamodules.mnist import MNISTDataModule

LABELS = np.array([0] * 90 + [1] * 10)


def epoch(balance, labels=LABELS, epoch=0, **settings):
    batches = BalancedBatches(labels, 10, balance=balance, seed=1, **settings)
    batches.set_epoch(epoch)
    return np.concatenate([request.indices for request in batches])


@pytest.mark.parametrize(("balance", "rare"), [(0.0, 10), (0.5, 25), (1.0, 50)])
def test_shares(balance, rare):
    positions = epoch(balance)
    assert len(positions) == 100
    assert (LABELS[positions] == 1).sum() == rare


def test_images_of_a_class_come_evenly():
    counts = np.bincount(epoch(1.0), minlength=100)
    assert set(counts[90:]) == {5}
    assert set(counts[:90]) == {0, 1}


def test_order_is_a_function_of_seed_and_epoch_and_ranks_share_it():
    assert np.array_equal(epoch(0.7), epoch(0.7))
    assert not np.array_equal(epoch(0.7), epoch(0.7, epoch=1))
    ranks = [epoch(0.7, rank=rank, world_size=2) for rank in (0, 1)]
    together = np.concatenate([np.stack([r.reshape(-1, 10) for r in ranks], axis=1).reshape(-1)])
    assert np.array_equal(together, epoch(0.7))


def test_the_data_module_draws_so():
    settings = {"classes": [3, 8], "per_class": {"3": 180, "8": 20}, "epoch_images": 1}
    data = MNISTDataModule(balance=1.0, batch_size=20, **settings)
    labels = torch.cat([labels for _, labels in data.train_dataloader()])
    assert torch.bincount(labels).tolist() == [100, 100]


def test_what_is_refused():
    with pytest.raises(DataError, match="balance is 2; it must be from 0 to 1"):
        MNISTDataModule(balance=2)
    with pytest.raises(
        DataError, match=r"balance is 0\.5 and paired is False, but half of each batch"
    ):
        MNISTDataModule(balance=0.5, labels_per_class=10).train_dataloader()
