"""The filter `duplicates`: rejects images that are nearly identical to another one."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ganaug.evaluation.features.networks import MapNetwork, read_maps
from ganaug.evaluation.memorization.detector import LEAST_HELD_OUT
from ganaug.evaluation.memorization.result import LEVEL
from ganaug.synthesis.filters.base import rounded
from ganaug.synthesis.filters.registry import register_filter
from ganaug.synthesis.sources.base import images_digest
from ganaug.utils.errors import UsageError

if TYPE_CHECKING:
    from ganaug.synthesis.context import Context


class DuplicateFilter:
    """Maps images to short vectors that are close together for duplicates.

    The vectors are a network's feature maps, projected at random to 64 dimensions, which changes
    distances by some tenths (Johnson & Lindenstrauss).

    Args:
        network: A domain network or an ImageNet network, in evaluation mode.
        held_out: `[H, C, S, S]` uint8 real images. The 1st percentile of their distances to the
            nearest other one is the threshold for duplicates.

    Attributes:
        apart: The distance below which images count as duplicates.

    Raises:
        UsageError: There are too few distinct images.
    """

    def __init__(self, network: MapNetwork, held_out: Tensor) -> None:
        # Copies have distance 0; with 0 as the threshold, nothing would be a duplicate.
        held_out = different(held_out)
        if len(held_out) < LEAST_HELD_OUT:
            raise UsageError(
                f"`filters` duplicates needs {LEAST_HELD_OUT} different held-out real images to "
                f"tell what is usual, and there are {len(held_out)}"
            )
        self.network = network
        width = read_maps(network, held_out[:1]).shape[1]
        generator = torch.Generator().manual_seed(0)
        self.projection = torch.randn(width, 64, generator=generator) / 8
        vectors = self._project(held_out)
        distances = torch.cdist(vectors, vectors).fill_diagonal_(torch.inf)
        self.apart = float(distances.min(dim=1).values.quantile(LEVEL))

    def sketch(self, images: Tensor) -> list[list[float]]:
        """Return the vectors of images `[n, C, S, S]` uint8."""
        return [rounded(vector) for vector in self._project(images)] if len(images) else []

    def _project(self, images: Tensor) -> Tensor:
        return read_maps(self.network, images) @ self.projection


def different(images: Tensor) -> Tensor:
    """Return images `[N, C, S, S]` uint8 without exact copies, in their order."""
    first: dict[str, int] = {}
    for index, image in enumerate(images):
        first.setdefault(images_digest(image), index)
    return images[[*first.values()]]


@register_filter("duplicates", by_maps=True)
def duplicates(_: float | None, context: "Context") -> DuplicateFilter:
    """Build the filter."""
    return DuplicateFilter(context.map_network, context.held_out)
