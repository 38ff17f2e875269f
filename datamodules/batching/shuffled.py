"""Batches from an image source, in an order that depends only on seed and epoch."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset
from torch.utils.data.distributed import DistributedSampler

from datamodules.augmentation import Augmentation
from datamodules.errors import DataError
from datamodules.reading.splits.in_memory import ImageSource


class BatchRequest(NamedTuple):
    """A training batch to prepare.

    Attributes:
        indices: `[B]` positions in the source.
        seed: Seed of all random draws within the batch.
    """

    indices: np.ndarray
    seed: int


# A DistributedSampler, because Lightning replaces any other under DDP. It also sets the epoch.
class ShuffledBatches(DistributedSampler):
    """One rank's batch requests for an epoch.

    Order and seeds are a pure function of (seed, epoch, rank), so a resumed run continues with the
    batches it would have seen. Within a pass, ranks share no image and get the same number of full
    batches; the leftover images that don't fill a batch differ between epochs.

    Args:
        count: Number of images.
        batch_size: Images in a batch of one rank.
        seed: Seed of the order, 0 or more.
        rank: Rank of this process.
        world_size: Number of processes that share the images.
        epoch_images: Minimum images in an epoch; a smaller set is repeated, in a new order each
            time.

    Attributes:
        done: Batches of this epoch to skip, because a stopped run has already used them.

    Raises:
        DataError: There are too few images for one batch on every rank.
    """

    def __init__(
        self,
        count: int,
        batch_size: int,
        seed: int = 0,
        rank: int = 0,
        world_size: int = 1,
        epoch_images: int = 1,
    ) -> None:
        if count < batch_size * world_size:
            per_device = f" on each of {world_size} devices" if world_size > 1 else ""
            raise DataError(
                f"batch_size is {batch_size}{per_device}, but there are {count:,} training images; "
                f"set batch_size to {max(1, count // world_size)} or less, or add images"
            )
        positions: Any = range(count)  # torch only uses its length
        super().__init__(positions, world_size, rank, seed=seed, drop_last=True)
        self.count = count
        self.passes = -(-epoch_images // count)
        self.batch_size = batch_size
        self.done = 0

    def __len__(self) -> int:
        return self.passes * self.count // (self.batch_size * self.num_replicas)

    def order(self, random: np.random.Generator) -> np.ndarray:
        """Return the positions of an epoch's images."""
        return np.concatenate([random.permutation(self.count) for _ in range(self.passes)])

    def __iter__(self) -> Iterator[BatchRequest]:
        return islice(self.requests(), self.done, None)

    def requests(self) -> Iterator[BatchRequest]:
        """Yield all requests of the epoch."""
        order = self.order(np.random.default_rng([self.seed, self.epoch]))
        for number in range(len(self)):
            # All ranks' batches of a step form one slice of the order, as with a single process.
            start = (number * self.num_replicas + self.rank) * self.batch_size
            entropy = np.random.SeedSequence([self.seed, self.epoch, self.rank, number])
            seed = int(entropy.generate_state(1)[0])
            yield BatchRequest(order[start : start + self.batch_size], seed)


class ImageBatches(Dataset[tuple[Tensor, Tensor]]):
    """Batches of images in [-1, 1] with labels; used with `DataLoader(batch_size=None)`.

    An integer selects the i-th batch in the source's order, unchanged (validation, test); a
    `BatchRequest` selects its images, augmented (training).

    Args:
        source: The images.
        labels: `[N]` int64 class index of each.
        batch_size: Size of batches selected by an integer; the last may be smaller.
        augmentation: Random changes for requested batches.
    """

    def __init__(
        self,
        source: ImageSource,
        labels: Tensor,
        batch_size: int,
        augmentation: Augmentation | None = None,
    ) -> None:
        self.source = source
        self.labels = labels
        self.batch_size = batch_size
        self.augmentation = augmentation

    def __len__(self) -> int:
        return -(-len(self.source) // self.batch_size)

    def __getitem__(self, item: int | BatchRequest) -> tuple[Tensor, Tensor]:
        if isinstance(item, BatchRequest):
            pixels = self._changed(self.source.take(item.indices), item.seed)
            return to_unit_range(pixels), self.labels[torch.from_numpy(item.indices)]
        if not 0 <= item < len(self):
            raise IndexError(f"batch {item} of {len(self)}")
        start = item * self.batch_size
        indices = range(start, min(start + self.batch_size, len(self.source)))
        return to_unit_range(self.source.take(indices)), self.labels[indices.start : indices.stop]

    def _changed(self, pixels: Tensor, seed: int) -> Tensor:
        if self.augmentation is None:
            return pixels
        self.augmentation.seed(seed)
        images = np.ascontiguousarray(pixels.permute(0, 2, 3, 1).numpy())
        changed = np.stack([self.augmentation(image) for image in images])
        return torch.from_numpy(changed).permute(0, 3, 1, 2)


def to_unit_range(pixels: Tensor) -> Tensor:
    """Scale uint8 [0, 255] to float32 [-1, 1] of the same shape."""
    return pixels.to(torch.float32, memory_format=torch.contiguous_format).div_(127.5).sub_(1)
