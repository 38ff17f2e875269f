"""Batches of image pairs from the same class, for models of the variation within a class."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from datamodules.batching.balanced import BalancedBatches
from datamodules.batching.shuffled import BatchRequest
from datamodules.errors import DataError


class ClassPairBatches(BalancedBatches):
    """Batches that pair each image of the first half with another image of its class.

    The first half is drawn by `BalancedBatches`; the partner of each image, at the same position of
    the second half, is any other image of its class. Classes with a single image are left out.

    Args:
        labels: `[N]` class index of each image.
        batch_size: Images in a batch of one rank, two for each pair; even.
        epoch_images: Minimum images in an epoch.
        settings: The other arguments of `BalancedBatches`.

    Raises:
        DataError: The batch size is odd, no class has two images, or there are too few images for
            one batch on every rank.
    """

    least = 2

    def __init__(
        self, labels: np.ndarray, batch_size: int, *, epoch_images: int = 1, **settings: Any
    ) -> None:
        if batch_size % 2:
            raise DataError(
                f"batch_size is {batch_size}, but batches are of pairs; set it to an even number "
                f"such as {batch_size + 1}"
            )
        counts = np.unique(labels, return_counts=True)[1]
        usable = int(counts[counts >= self.least].sum())
        if not usable:
            raise DataError(
                "paired is true, but no class has two images; add images, or set paired to false"
            )
        largest = 2 * (usable // settings.get("world_size", 1))
        if batch_size > largest:
            raise DataError(
                f"batch_size is {batch_size}, two images for each pair, but only {usable:,} "
                f"training images have another one of their class; set batch_size to "
                f"{max(largest, 2)} or less, or add images"
            )
        super().__init__(labels, batch_size // 2, epoch_images=-(-epoch_images // 2), **settings)
        self.class_of = labels
        self.position_in_class = np.zeros(len(labels), dtype=np.int64)
        for members in self.members:
            self.position_in_class[members] = np.arange(len(members))

    def requests(self) -> Iterator[BatchRequest]:
        """Yield all requests of the epoch."""
        members_by_class = {int(self.class_of[members[0]]): members for members in self.members}
        random = np.random.default_rng([self.seed, self.epoch, self.rank, len(self.class_of)])
        for request in super().requests():
            partners = [
                self._partner(members_by_class[int(self.class_of[first])], first, random)
                for first in request.indices
            ]
            yield BatchRequest(np.concatenate([request.indices, partners]), request.seed)

    def _partner(self, members: np.ndarray, first: int, random: np.random.Generator) -> int:
        step = random.integers(1, len(members))
        return int(members[(self.position_in_class[first] + step) % len(members)])
