"""Training images of which only some have a label: which ones, and batches half of each kind."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch

from datamodules.batches import BatchRequest, ShuffledBatches
from datamodules.errors import DataError
from datamodules.gathered import UNLABELLED, ImageSplit
from datamodules.subsets import choose_per_class


def keep_labels(
    train: ImageSplit, class_names: tuple[str, ...], settings: Mapping[str, Any]
) -> tuple[ImageSplit, ImageSplit]:
    """Choose the training images, and which of them keep their label.

    Args:
        train: All that was found for training; the label -1 stands for none.
        class_names: By class index.
        settings: `per_class`, images to keep of each class; `labelled`, how many of those keep
            their label (None: all); `subset_seed`, of both choices.

    Returns:
        The images that have a label, and all chosen images: those first, the unlabelled after
        them.

    Raises:
        DataError: A number is out of range, or more than there are.
    """
    labels, seed = train.labels.tolist(), settings["subset_seed"]
    chosen = choose_per_class(train.hashes, labels, class_names, settings["per_class"], seed)
    found_without = [i for i, label in enumerate(labels) if label == UNLABELLED]
    pool = train.chosen(chosen)
    kept = choose_per_class(
        pool.hashes,
        pool.labels.tolist(),
        class_names,
        settings["labelled"],
        # Another ranking than that of per_class, or the fewer labels would be of its first images.
        seed + 1,
        argument="labelled",
    )
    known = [chosen[i] for i in kept]
    hidden = sorted({*chosen, *found_without} - set(known))
    every = train.chosen(known + hidden)
    blank = torch.full((len(hidden),), UNLABELLED, dtype=torch.long)
    every = every._replace(labels=torch.cat([every.labels[: len(known)], blank]))
    return train.chosen(known), every


class HalvedBatches(ShuffledBatches):
    """Batches whose first half comes from one kind of image and whose second half from another.

    The larger kind is gone through once in a pass, as `ShuffledBatches` does; the smaller one as
    often as it takes, each time in another order.

    Args:
        first: How many images stand first in the source, the first kind.
        second: How many follow, the second kind.
        batch_size: Images in a batch of one rank, both halves together; even.
        epoch_images: At least so many images make an epoch.
        settings: The others of `ShuffledBatches`.

    Raises:
        DataError: The batch size is odd, or there are too few images for one batch on every rank.
    """

    def __init__(
        self, first: int, second: int, batch_size: int, *, epoch_images: int = 1, **settings: Any
    ) -> None:
        if batch_size % 2:
            raise DataError(
                f"batch_size is {batch_size}; half of each batch is of either kind of image, so "
                f"set it to an even number such as {batch_size + 1}"
            )
        half_of_epoch = -(-epoch_images // 2)
        super().__init__(
            max(first, second), batch_size // 2, epoch_images=half_of_epoch, **settings
        )
        self.first, self.second = first, second

    def __iter__(self) -> Iterator[BatchRequest]:
        smaller = min(self.first, self.second)
        random = np.random.default_rng([self.seed, self.epoch, self.rank, smaller])
        waiting = np.empty(0, dtype=np.int64)
        for request in super().__iter__():
            while len(waiting) < self.batch_size:
                waiting = np.concatenate([waiting, random.permutation(smaller)])
            others, waiting = waiting[: self.batch_size], waiting[self.batch_size :]
            halves = (others, request.indices)
            if self.first > self.second:
                halves = (request.indices, others)
            yield BatchRequest(np.concatenate([halves[0], self.first + halves[1]]), request.seed)
