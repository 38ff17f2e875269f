"""Digits, and a network that knows them."""

import pytest

from datamodules.mnist import MNISTDataModule
from ganaug.evaluation.features.domain import train_domain_network


@pytest.fixture(scope="module")
def digits():
    data = MNISTDataModule(per_class=60)
    train, labels = data.images("train")
    held_out, held_labels = data.images("test")
    network, _ = train_domain_network(train, labels, 10, seed=0, width=8)
    return network, train, labels, held_out, held_labels
