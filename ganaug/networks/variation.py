"""Networks for image variations: a generator from an image and noise, a discriminator of pairs."""

from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from ganaug.networks.residual import (
    Resampled,
    ResidualImageDiscriminator,
    from_image,
    residual_blocks,
    scaled_convolution,
    side_and_widths,
    to_image,
)


class VariationGenerator(nn.Module):
    """Encodes an image to a coarse map, appends noise, and decodes it to a variation.

    There are skip connections as in a U-Net (Ronneberger et al. 2015), except at the highest
    resolution, where one would pass the image through.

    Args:
        latent_dim: Length of the noise.
        width: Channels next to the image; doubled at every halving, up to 8 x.
        blocks: Residual blocks at each resolution, both down and up.
        channels: Channels of the images.
        image_size: Side of the images in pixels.
        full_size: Whether there are blocks at full resolution.
    """

    def __init__(
        self,
        *,
        latent_dim: int,
        width: int,
        blocks: int,
        channels: int,
        image_size: int,
        full_size: bool = True,
    ) -> None:
        super().__init__()
        side, widths = side_and_widths(image_size, width, full_size=full_size)
        total = 2 * blocks * len(widths)
        self.first = from_image(channels, widths[0], full_size=full_size)
        self.inward = nn.ModuleList(
            nn.Sequential(*residual_blocks(outer, blocks, total), Resampled(outer, inner, 0.5))
            for outer, inner in pairwise(widths)
        )
        self.noise_shape = (widths[-1], side, side)
        self.noise = nn.Linear(latent_dim, widths[-1] * side * side)
        self.outward = nn.ModuleList(
            nn.Sequential(
                # Output of the inner level (at the coarsest one, noise) and the skip connection.
                scaled_convolution(2 * inner, inner, 1),
                *residual_blocks(inner, blocks, total),
                Resampled(inner, outer, 2.0),
            )
            for inner, outer in pairwise(reversed(widths))
        )
        self.last = nn.Sequential(*residual_blocks(widths[0], blocks, total))
        self.to_image = to_image(widths[0], channels, full_size=full_size)
        self.to(memory_format=torch.channels_last)

    def forward(self, latents: Tensor, sources: Tensor) -> Tensor:
        """Map noise `[N, latent_dim]` and images `[N, C, S, S]` to images, about in [-1, 1]."""
        features = self.first(sources.contiguous(memory_format=torch.channels_last))
        encoded = []
        for stage in self.inward:
            features = stage(features)
            encoded.append(features)
        # Decoding starts at the coarsest level, to which noise is appended.
        skipped = [self.noise(latents).unflatten(1, self.noise_shape), *reversed(encoded[:-1])]
        for stage, skip in zip(self.outward, skipped, strict=True):
            features = stage(torch.cat([features, skip.to(features.dtype)], dim=1))
        return self.to_image(self.last(features)).float()


class PairDiscriminator(nn.Module):
    """Discriminates real images of the same class as a source image.

    Args:
        channels: Channels of one image.
        shape: The other settings of `ResidualImageDiscriminator`, whose condition is passed on.
    """

    def __init__(self, *, channels: int, **shape: Any) -> None:
        super().__init__()
        self.network = ResidualImageDiscriminator(channels=2 * channels, **shape)

    def forward(self, images: Tensor, sources: Tensor, *condition: Tensor) -> Tensor:
        """Map images and source images, both `[N, C, S, S]`, to logits `[N]`."""
        return self.network(torch.cat([images, sources.to(images.dtype)], dim=1), *condition)
