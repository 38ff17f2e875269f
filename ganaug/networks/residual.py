"""Residual networks of grouped convolutions, without normalization (Huang et al. 2024)."""

import math
from itertools import pairwise
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate

from ganaug.networks.conditioning import ClassInput, ProjectionLogit
from ganaug.networks.sizes import channel_widths, doublings
from ganaug.utils.choices import refuse_other

SLOPE = 0.2
# Gain that preserves the variance through a leaky ReLU (He et al. 2015).
GAIN = math.sqrt(2 / (1 + SLOPE**2))
EXPANSION = 2

SizeName = Literal["cpu", "gpu"]
# On a CPU, blocks at full resolution would take four fifths of the time.
SIZES: dict[str, dict[str, Any]] = {
    "cpu": {"width": 32, "blocks": 1, "full_size": False},
    "gpu": {"width": 96, "blocks": 2, "full_size": True},
}
GROUP_WIDTH = 16


class BottleneckBlock(nn.Module):
    """Residual block: 1x1 to more channels, 3x3 in groups, 1x1 back (ResNeXt's block, inverted).

    Without normalization, activations would grow with the number of blocks. The first weights are
    therefore scaled by the number of blocks, and the last start at zero (Zhang et al. 2019, Fixup).

    Args:
        width: Channels of input and output.
        blocks: Number of such blocks in the network.
    """

    def __init__(self, width: int, *, blocks: int) -> None:
        super().__init__()
        inner = EXPANSION * width
        groups = max(1, inner // GROUP_WIDTH)
        self.layers = nn.Sequential(
            # A separate bias after the convolution would take a third of a step for its gradient.
            scaled_convolution(width, inner, 1, scale=blocks**-0.25, bias=True),
            nn.LeakyReLU(SLOPE),
            scaled_convolution(inner, inner, 3, groups=groups, scale=blocks**-0.25, bias=True),
            nn.LeakyReLU(SLOPE),
            scaled_convolution(inner, width, 1, scale=0),
        )

    def forward(self, features: Tensor) -> Tensor:
        """Map `[N, width, H, W]` to the same shape."""
        return features + self.layers(features)


class ResidualImageGenerator(nn.Module):
    """Maps latents to images: a learned coarse map, then residual blocks and upsampling.

    Args:
        latent_dim: Length of the latents.
        width: Channels next to the image; doubled at every lower resolution, up to 8 x.
        blocks: Residual blocks at each resolution.
        channels: Channels of the images.
        image_size: Side of the images in pixels.
        num_classes: Classes; 0 for an unconditional generator.
        full_size: Whether there are blocks at full resolution, which take most of the time. If not,
            one convolution maps half the resolution to the image.
    """

    def __init__(
        self,
        *,
        latent_dim: int,
        width: int,
        blocks: int,
        channels: int,
        image_size: int,
        num_classes: int = 0,
        full_size: bool = True,
    ) -> None:
        super().__init__()
        side, widths = side_and_widths(image_size, width, full_size=full_size)
        widths = widths[::-1]
        total = blocks * len(widths)
        self.input = ClassInput(latent_dim=latent_dim, num_classes=num_classes)
        self.coarse = nn.Parameter(torch.randn(widths[0], side, side))
        self.weigh = nn.Linear(self.input.out_features, widths[0], bias=False)
        stages: list[nn.Module] = residual_blocks(widths[0], blocks, total)
        for outer, inner in pairwise(widths):
            stages += [Resampled(outer, inner, 2.0), *residual_blocks(inner, blocks, total)]
        self.stages = nn.Sequential(*stages)
        self.to_image = to_image(widths[-1], channels, full_size=full_size)
        self.to(memory_format=torch.channels_last)

    def forward(self, latents: Tensor, *condition: Tensor) -> Tensor:
        """Map latents `[N, latent_dim]` to images `[N, C, S, S]`, about in [-1, 1]."""
        weights = self.weigh(self.input(latents, *condition))
        coarse = self.coarse * weights[:, :, None, None]
        coarse = coarse.contiguous(memory_format=torch.channels_last)
        return self.to_image(self.stages(coarse)).float()


class ResidualImageDiscriminator(nn.Module):
    """Maps images to logits: residual blocks and downsampling, then a weight for each position.

    Args:
        width: Channels next to the image; doubled at every halving, up to 8 x.
        blocks: Residual blocks at each resolution.
        channels: Channels of the images.
        image_size: Side of the images in pixels.
        num_classes: Classes; 0 for an unconditional discriminator.
        full_size: Whether there are blocks at full resolution.
    """

    def __init__(
        self,
        *,
        width: int,
        blocks: int,
        channels: int,
        image_size: int,
        num_classes: int = 0,
        full_size: bool = True,
    ) -> None:
        super().__init__()
        side, widths = side_and_widths(image_size, width, full_size=full_size)
        total = blocks * len(widths)
        stages: list[nn.Module] = [from_image(channels, widths[0], full_size=full_size)]
        stages += residual_blocks(widths[0], blocks, total)
        for outer, inner in pairwise(widths):
            stages += [Resampled(outer, inner, 0.5), *residual_blocks(inner, blocks, total)]
        # Depthwise: one weight per channel and position.
        stages += [nn.Conv2d(widths[-1], widths[-1], side, groups=widths[-1], bias=False)]
        self.stages = nn.Sequential(*stages, nn.Flatten())
        self.logit = ProjectionLogit(widths[-1], num_classes=num_classes)
        self.to(memory_format=torch.channels_last)

    def forward(self, images: Tensor, *condition: Tensor) -> Tensor:
        """Map images `[N, C, S, S]` to logits `[N]`."""
        features = self.stages(images.contiguous(memory_format=torch.channels_last))
        return self.logit(features, *condition)


class Resampled(nn.Module):
    """Doubles or halves the sides by bilinear interpolation, and maps to other channels if needed.

    Args:
        inside: Channels of the input.
        outside: Channels of the output.
        scale: 2 or 0.5.
    """

    def __init__(self, inside: int, outside: int, scale: float) -> None:
        super().__init__()
        self.scale = scale
        same = inside == outside
        self.mix = nn.Identity() if same else scaled_convolution(inside, outside, 1)

    def forward(self, features: Tensor) -> Tensor:
        """Map `[N, inside, H, W]` to `[N, outside, scale * H, scale * W]`."""
        # Channels are mixed at the lower resolution, which is cheaper.
        if self.scale > 1:
            return interpolate(self.mix(features), scale_factor=self.scale, mode="bilinear")
        # Equal to bilinear halving, but twice differentiable, as gradient penalties require.
        return self.mix(avg_pool2d(features, 2))


def shape_of(size: SizeName, *, width: int | None, blocks: int | None) -> dict[str, Any]:
    """Return the settings of a size, with the given width and number of blocks in place of its own.

    Raises:
        UsageError: There is no such size.
    """
    refuse_other("size", size, SIZES)
    overrides = {"width": width, "blocks": blocks}
    return SIZES[size] | {name: value for name, value in overrides.items() if value}


def side_and_widths(image_size: int, width: int, *, full_size: bool) -> tuple[int, list[int]]:
    """Return the side of the coarsest map, and the channels at each resolution, finest first."""
    side, times = doublings(image_size)
    widths = channel_widths(width, times + 1)
    # Start at half the resolution, with the width meant for the full one.
    return side, widths if full_size else widths[:-1]


def from_image(channels: int, width: int, *, full_size: bool) -> nn.Module:
    """Return a layer that maps images to features at full or half resolution."""
    if full_size:
        return scaled_convolution(channels, width, 1)
    return scaled_convolution(channels, width, 4, stride=2)


def to_image(width: int, channels: int, *, full_size: bool) -> nn.Module:
    """Return a layer that maps features at full or half resolution to images."""
    if full_size:
        return scaled_convolution(width, channels, 1)
    # Each position yields 2 x 2 pixels.
    return nn.Sequential(
        nn.LeakyReLU(SLOPE), scaled_convolution(width, 4 * channels, 3), nn.PixelShuffle(2)
    )


def residual_blocks(width: int, count: int, total: int) -> list[nn.Module]:
    """Return `count` blocks of a network that has `total` of them."""
    return [BottleneckBlock(width, blocks=total) for _ in range(count)]


def scaled_convolution(
    inside: int,
    outside: int,
    kernel: int,
    *,
    groups: int = 1,
    stride: int = 1,
    scale: float = 1 / GAIN,
    bias: bool = False,
) -> nn.Conv2d:
    """Return a convolution that scales the variance by `(GAIN * scale)**2`, with zero bias."""
    padding = (kernel - 1) // 2
    layer = nn.Conv2d(
        inside, outside, kernel, stride=stride, padding=padding, groups=groups, bias=bias
    )
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    deviation = scale * GAIN / math.sqrt(inside // groups * kernel**2)
    nn.init.normal_(layer.weight, 0.0, deviation)
    return layer
