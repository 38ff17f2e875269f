"""Chooses the sampler of training batches by the labels and the settings."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from datamodules.batching.balanced import BalancedBatches
from datamodules.batching.class_pairs import ClassPairBatches
from datamodules.batching.halved import HalvedBatches
from datamodules.batching.largest import fitting_batch_size
from datamodules.batching.shuffled import ShuffledBatches
from datamodules.errors import DataError
from datamodules.reading.splits.splits import UNLABELED


def sampler_of(
    labels: np.ndarray,
    settings: Mapping[str, Any],
    *,
    half_by_class: bool = False,
    pairs: bool = False,
    rank: int = 0,
    world_size: int = 1,
) -> tuple[ShuffledBatches, int]:
    """Return the sampler of one rank's batches, and their size.

    Args:
        labels: Class of each image; -1 for unlabeled ones.
        settings: batch_size, which is reduced with a message if there are too few images; seed,
            epoch_images and optionally balance (0 to 1).
        half_by_class: Whether half of each batch is of class 0 and half of class 1.
        pairs: Whether batches consist of pairs within classes.
        rank: Rank of this process.
        world_size: Number of processes that share the images.

    Raises:
        DataError: Settings contradict each other, or there are too few images for a batch.

    Example:
        >>> settings = {"batch_size": 2, "epoch_images": 4, "seed": 0}
        >>> sampler, size = sampler_of(np.array([0, 0, 1, 1]), settings)
        >>> len(sampler), size
        (2, 2)
    """
    balance = settings.get("balance", 0.0)
    options = {"seed": settings["seed"], "epoch_images": settings["epoch_images"]}
    options |= {"rank": rank, "world_size": world_size}
    # The halves of a batch are the two classes, or labeled and unlabeled images. If all images
    # are labeled, the second half is empty, and batches are drawn from all images.
    is_second = labels == (1 if half_by_class else UNLABELED)
    first, second = np.flatnonzero(~is_second), np.flatnonzero(is_second)
    pair_labels = labels if pairs else None
    size = fitting_batch_size(settings["batch_size"], first, second, pair_labels, world_size)
    if len(second) and (balance or pairs):
        raise DataError(
            f"balance is {balance} and paired is {pairs}, but half of each batch is "
            "unlabeled; leave out balance and paired, or the unlabeled images"
        )
    if len(second):
        return HalvedBatches(first, second, size, **options), size
    if pairs:
        return ClassPairBatches(labels, size, balance=balance, **options), size
    if balance:
        return BalancedBatches(labels, size, balance=balance, **options), size
    return ShuffledBatches(len(first), size, **options), size
