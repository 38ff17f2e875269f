"""Batches of two halves: labeled and unlabeled images, or source and target."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from datamodules.batching.shuffled import BatchRequest, ShuffledBatches
from datamodules.errors import DataError


class HalvedBatches(ShuffledBatches):
    """Batches whose first half is of one kind of image and whose second half is of another.

    A pass has each image of the larger kind once, as in `ShuffledBatches`, and repeats the smaller
    kind as often as needed, in a new order each time.

    Args:
        first: Positions of the first kind in the source.
        second: Positions of the second kind.
        batch_size: Images in a batch of one rank, both halves together; even.
        epoch_images: Minimum images in an epoch.
        settings: The other arguments of `ShuffledBatches`.

    Raises:
        DataError: The batch size is odd, or there are too few images for one batch on every rank.
    """

    def __init__(
        self,
        first: np.ndarray,
        second: np.ndarray,
        batch_size: int,
        *,
        epoch_images: int = 1,
        **settings: Any,
    ) -> None:
        if batch_size % 2:
            raise DataError(
                f"batch_size is {batch_size}; half of each batch is of each kind of image, so "
                f"set it to an even number such as {batch_size + 1}"
            )
        largest = 2 * (max(len(first), len(second)) // settings.get("world_size", 1))
        if batch_size > largest:
            raise DataError(
                f"batch_size is {batch_size}, half of it of each kind of image, but there are only "
                f"{len(first):,} and {len(second):,}; set batch_size to {max(largest, 2)} or less, "
                "or add images"
            )
        half_of_epoch = -(-epoch_images // 2)
        super().__init__(
            max(len(first), len(second)), batch_size // 2, epoch_images=half_of_epoch, **settings
        )
        self.first, self.second = first, second

    def requests(self) -> Iterator[BatchRequest]:
        """Yield all requests of the epoch."""
        first_is_larger = len(self.first) >= len(self.second)
        larger, smaller = sorted((self.first, self.second), key=len, reverse=True)
        random = np.random.default_rng([self.seed, self.epoch, self.rank, len(smaller)])
        queue = smaller[:0]
        for request in super().requests():
            while len(queue) < self.batch_size:
                queue = np.concatenate([queue, random.permutation(smaller)])
            smaller_half, queue = queue[: self.batch_size], queue[self.batch_size :]
            larger_half = larger[request.indices]
            halves = (larger_half, smaller_half) if first_is_larger else (smaller_half, larger_half)
            yield BatchRequest(np.concatenate(halves), request.seed)
