"""Residual networks without normalization, of grouped convolutions (Huang et al. 2024)."""

import math
from itertools import pairwise
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate

from ganaug.networks.conditioning import ClassInput, ProjectionLogit
from ganaug.networks.convolutional import channel_widths, doublings
from ganaug.utils.errors import UsageError

SLOPE = 0.2
# What keeps the variance through a leaky ReLU (He et al. 2015).
GAIN = math.sqrt(2 / (1 + SLOPE**2))
EXPANSION = 2

SizeName = Literal["cpu", "gpu"]
# On a CPU blocks at the images' own size would take four fifths of the time.
SIZES: dict[str, dict[str, Any]] = {
    "cpu": {"width": 32, "blocks": 1, "full_size": False},
    "gpu": {"width": 96, "blocks": 2, "full_size": True},
}
GROUP_WIDTH = 16


class BottleneckBlock(nn.Module):
    """1x1 wide, 3x3 in groups, 1x1 back, added to what came in (ResNeXt's block, inverted).

    Without norms the sum over many blocks would grow, so the first weights are scaled by the
    number of blocks and the last ones start at zero (Zhang et al. 2019, Fixup).

    Args:
        width: Channels in and out.
        blocks: How many such blocks the network has.
    """

    def __init__(self, width: int, *, blocks: int) -> None:
        super().__init__()
        inner = EXPANSION * width
        groups = max(1, inner // GROUP_WIDTH)
        self.layers = nn.Sequential(
            # The bias in the convolution: after it, its gradient alone took a third of a step.
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
    """Latents to images: a learned coarse picture, then blocks and doublings.

    Args:
        latent_dim: Length of the latents.
        width: Channels next to the image; doubled at every halving inwards, up to 8 x.
        blocks: Residual blocks at each size.
        channels: Channels of the images.
        image_size: Side of the images in pixels.
        num_classes: Classes; 0 for an unconditional generator.
        full_size: Whether blocks work at the images' own size too, where most of the time goes;
            else one convolution leads there from half of it.
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
        side, widths = stages_of(image_size, width, full_size=full_size)
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
    """Images to logits: blocks and halvings, then a picture of weights for each channel.

    Args:
        width: Channels next to the image; doubled at every halving, up to 8 x.
        blocks: Residual blocks at each size.
        channels: Channels of the images.
        image_size: Side of the images in pixels.
        num_classes: Classes; 0 for an unconditional discriminator.
        full_size: Whether blocks work at the images' own size too.
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
        side, widths = stages_of(image_size, width, full_size=full_size)
        total = blocks * len(widths)
        stages: list[nn.Module] = [from_image(channels, widths[0], full_size=full_size)]
        stages += residual_blocks(widths[0], blocks, total)
        for outer, inner in pairwise(widths):
            stages += [Resampled(outer, inner, 0.5), *residual_blocks(inner, blocks, total)]
        # Each channel read with weights of its own for each place.
        stages += [nn.Conv2d(widths[-1], widths[-1], side, groups=widths[-1], bias=False)]
        self.stages = nn.Sequential(*stages, nn.Flatten())
        self.logit = ProjectionLogit(widths[-1], num_classes=num_classes)
        self.to(memory_format=torch.channels_last)

    def forward(self, images: Tensor, *condition: Tensor) -> Tensor:
        """Map images `[N, C, S, S]` to logits `[N]`."""
        features = self.stages(images.contiguous(memory_format=torch.channels_last))
        return self.logit(features, *condition)


class Resampled(nn.Module):
    """Doubles or halves, bilinearly, and changes the number of channels if need be.

    Args:
        inside: Channels in.
        outside: Channels out.
        scale: 2 or 0.5.
    """

    def __init__(self, inside: int, outside: int, scale: float) -> None:
        super().__init__()
        self.scale = scale
        same = inside == outside
        self.mix = nn.Identity() if same else scaled_convolution(inside, outside, 1)

    def forward(self, features: Tensor) -> Tensor:
        """Map `[N, inside, H, W]` to `[N, outside, scale * H, scale * W]`."""
        # The mixing is done where the picture is smaller: less to compute.
        if self.scale > 1:
            return interpolate(self.mix(features), scale_factor=self.scale, mode="bilinear")
        # What bilinear halving is, with a second derivative.
        return self.mix(avg_pool2d(features, 2))


def shape_of(size: SizeName, *, width: int | None, blocks: int | None) -> dict[str, Any]:
    """Return the settings of a size, with another width or number of blocks where one is given.

    Raises:
        UsageError: There is no such size.
    """
    if size not in SIZES:
        raise UsageError(f"size {size!r} is none of {', '.join(SIZES)}")
    given = {"width": width, "blocks": blocks}
    return SIZES[size] | {name: value for name, value in given.items() if value}


def stages_of(image_size: int, width: int, *, full_size: bool) -> tuple[int, list[int]]:
    """Return the side of the coarsest picture, and the channels at each size from the image in."""
    side, times = doublings(image_size)
    widths = [*channel_widths(width, times), width * min(2**times, 8)]
    # From half the size in, with the width that was meant for the full one.
    return side, widths if full_size else widths[:-1]


def from_image(channels: int, width: int, *, full_size: bool) -> nn.Module:
    """Return the way in: from an image to features of its size, or of half of it."""
    if full_size:
        return scaled_convolution(channels, width, 1)
    return scaled_convolution(channels, width, 4, stride=2)


def to_image(width: int, channels: int, *, full_size: bool) -> nn.Module:
    """Return the way out: from features of an image's size, or of half of it, to the image."""
    if full_size:
        return scaled_convolution(width, channels, 1)
    # Four values for each place, laid out as two by two pixels.
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
    """Return a convolution that keeps the variance, times `GAIN * scale` squared; bias 0."""
    padding = (kernel - 1) // 2
    layer = nn.Conv2d(
        inside, outside, kernel, stride=stride, padding=padding, groups=groups, bias=bias
    )
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    deviation = scale * GAIN / math.sqrt(inside // groups * kernel**2)
    nn.init.normal_(layer.weight, 0.0, deviation)
    return layer
