"""Exact nearest-neighbor search among many long vectors, pruned by a projection."""

from typing import NamedTuple

import torch
from torch import Tensor

from ganaug.utils.rng import seeded

# Dimensions of the projection, and number of vectors to compare in full. With maps of 18,000
# digits in 2,048 dimensions, these candidates include the nearest six of all but 17 of 2,000
# generated images.
DIMENSIONS, CANDIDATES = 256, 96
# With fewer vectors or dimensions, comparing all of them in full is as fast.
MANY, LONG = 8_000, 1_024
_SAMPLE = 2_000
_ROWS = 500
# Relative rounding error of squared lengths in float32.
_ROUNDING = 1e-5


class Neighbors(NamedTuple):
    """The nearest known vectors of each vector, nearest first.

    Attributes:
        positions: `[N, count]` indices of the known vectors.
        distances: `[N, count]` Euclidean distances.
    """

    positions: Tensor
    distances: Tensor


class NearestSearch:
    """Finds the nearest of many vectors by Euclidean distance.

    A sketch of each vector holds its projection on the directions in which a sample varies most,
    and the length of the remainder. Distances between sketches are lower bounds of the distances
    between vectors, so only the vectors with the nearest sketches are compared in full, and all
    vectors if another one could still be nearer. The result is exact for any projection.

    Args:
        known: `[T, D]` float32 vectors.

    Example:
        >>> search = NearestSearch(torch.tensor([[0.0], [3.0], [10.0]]))
        >>> search.nearest(torch.tensor([[4.0]]), 2).positions.tolist()
        [[1, 0]]
    """

    def __init__(self, known: Tensor) -> None:
        self.known, self.squares = known, known.square().sum(dim=1)
        self.pruned = len(known) >= MANY and known.shape[1] >= LONG
        if self.pruned:
            sample = known[:: -(-len(known) // _SAMPLE)]
            self.mean = sample.mean(dim=0)
            with seeded(0):
                basis = torch.svd_lowrank(sample - self.mean, DIMENSIONS)[2]
            self.basis = torch.linalg.qr(basis).Q
            self.sketches = torch.cat([self._sketch(rows) for rows in known.split(_ROWS)])
            self.sketch_squares = self.sketches.square().sum(dim=1)

    def nearest(self, vectors: Tensor, count: int) -> Neighbors:
        """Return the nearest known vectors of each vector.

        Args:
            vectors: `[N, D]` float32.
            count: Number of neighbors, far fewer than 96.
        """
        blocks = [self._nearest(rows, count) for rows in vectors.split(_ROWS)]
        return Neighbors(*(torch.cat(tensors) for tensors in zip(*blocks, strict=True)))

    def _nearest(self, vectors: Tensor, count: int) -> Neighbors:
        if not self.pruned:
            return self._among_all(vectors, count)
        sketches = self._sketch(vectors)
        # The squares of `vectors` are left out, since they don't affect the order.
        bounds = torch.addmm(self.sketch_squares, sketches, self.sketches.T, alpha=-2)
        candidates = bounds.topk(CANDIDATES, largest=False)
        neighbors = self._compare(vectors, candidates.indices, count)
        vector_squares = sketches.square().sum(dim=1)
        rounding = _ROUNDING * (vector_squares + self.sketch_squares.max())
        unproven = (
            neighbors.distances[:, -1].square() + rounding
            > candidates.values[:, -1] + vector_squares
        )
        if unproven.any():
            exact_neighbors = self._among_all(vectors[unproven], count)
            for values, exact in zip(neighbors, exact_neighbors, strict=True):
                values[unproven] = exact
        # Pruning is wasted work if most vectors have to be compared with all anyway.
        self.pruned = bool(unproven.double().mean() < 0.5)
        return neighbors

    def _among_all(self, vectors: Tensor, count: int) -> Neighbors:
        """Compare with all known vectors."""
        squares = torch.addmm(self.squares, vectors, self.known.T, alpha=-2)
        return self._compare(vectors, squares.topk(count, largest=False).indices, count)

    def _compare(self, vectors: Tensor, candidates: Tensor, count: int) -> Neighbors:
        """Compare with candidates `[N, C]` by the norms of differences.

        |a - b|^2 = |a|^2 - 2 ab + |b|^2 is fast, but too inexact for the distance of a copy.
        """
        pairs = zip(vectors, candidates, strict=True)
        distances = torch.stack([(self.known[indices] - row).norm(dim=1) for row, indices in pairs])
        nearest = distances.topk(count, largest=False)
        return Neighbors(candidates.gather(1, nearest.indices), nearest.values)

    def _sketch(self, vectors: Tensor) -> Tensor:
        """Return projections and lengths of the remainders, `[N, DIMENSIONS + 1]`."""
        centered = vectors - self.mean
        projection = centered @ self.basis
        remainder = centered.square().sum(dim=1) - projection.square().sum(dim=1)
        return torch.cat([projection, remainder.clamp_min(0).sqrt()[:, None]], dim=1)
