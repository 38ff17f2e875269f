"""The nearest real image of each sample, which shows whether the sample is a copy."""

from collections.abc import Callable

import torch
from torch import Tensor

from ganaug.evaluation.memorization.search import NearestSearch

CANDIDATES = 6


@torch.no_grad()
def nearest_real(
    samples: Tensor, real: Tensor, describe: Callable[[Tensor], Tensor]
) -> tuple[Tensor, Tensor]:
    """Find the nearest real image of each sample.

    Args:
        samples: `[N, C, S, S]` uint8.
        real: `[M, C, S, S]` uint8.
        describe: Maps images to vectors `[N, D]`, such as pixels or features.

    Returns:
        Indices `[N]` of real images, and Euclidean distances `[N]`.
    """
    search = NearestSearch(describe(real).float())
    # Several candidates, since the search ranks them by rounded distances first.
    nearest = search.nearest(describe(samples).float(), min(CANDIDATES, len(real)))
    return nearest.positions[:, 0], nearest.distances[:, 0]


def as_pixels(images: Tensor) -> Tensor:
    """Return images as vectors of pixels in [0, 1], `[N, C * S * S]`."""
    return images.flatten(1).float() / 255
