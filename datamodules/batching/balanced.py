"""Batches that oversample rare classes."""

from typing import Any

import numpy as np

from datamodules.batching.shuffled import ShuffledBatches


class BalancedBatches(ShuffledBatches):
    """Draws each class in proportion to its number of images to the power of `1 - balance`.

    An epoch has its usual length and an exact share of each class; the images of a class are
    drawn equally often, in a new order each time.

    Args:
        labels: `[N]` class index of each image.
        batch_size: Images in a batch of one rank.
        balance: 0 draws classes as often as they occur, 1 all equally often.
        settings: The other arguments of `ShuffledBatches`.

    Attributes:
        least: Minimum number of images of a class; smaller classes are not drawn.
    """

    least = 1

    def __init__(
        self, labels: np.ndarray, batch_size: int, *, balance: float, **settings: Any
    ) -> None:
        super().__init__(len(labels), batch_size, **settings)
        positions_by_class = [np.flatnonzero(labels == label) for label in np.unique(labels)]
        self.members = [members for members in positions_by_class if len(members) >= self.least]
        weights = np.array([len(members) for members in self.members]) ** (1.0 - balance)
        self.shares = weights / weights.sum()

    def order(self, random: np.random.Generator) -> np.ndarray:
        """Return the positions of an epoch's images."""
        total = self.passes * self.count
        # The largest remainders are rounded up, so that the counts sum to the epoch's length.
        counts = np.floor(self.shares * total).astype(int)
        rounded_up = np.argsort(counts - self.shares * total, kind="stable")[: total - counts.sum()]
        counts[rounded_up] += 1
        positions = [
            _cycled(members, count, random)
            for members, count in zip(self.members, counts, strict=True)
        ]
        return random.permutation(np.concatenate(positions))


def _cycled(members: np.ndarray, count: int, random: np.random.Generator) -> np.ndarray:
    passes = -(-count // len(members))
    cycles = np.concatenate([random.permutation(members) for _ in range(max(passes, 1))])
    return cycles[:count]
