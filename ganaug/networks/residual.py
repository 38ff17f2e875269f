"""Residual networks without normalization, of grouped convolutions (Huang et al. 2024)."""

import math
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate, leaky_relu

from ganaug.networks.conditioning import ClassInput, ProjectionLogit
from ganaug.networks.convolutional import channel_widths, doublings

SLOPE = 0.2
# What keeps the variance through a leaky ReLU (He et al. 2015).
GAIN = math.sqrt(2 / (1 + SLOPE**2))
EXPANSION = 2
GROUP_WIDTH = 16


class BiasedLeakyReLU(nn.Module):
    """A leaky ReLU after a bias for each channel.

    Args:
        width: Channels.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(width))

    def forward(self, features: Tensor) -> Tensor:
        """Map `[N, width, H, W]` to the same shape."""
        return leaky_relu(features + self.bias.view(1, -1, 1, 1).to(features.dtype), SLOPE)


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
            scaled_convolution(width, inner, 1, scale=blocks**-0.25),
            BiasedLeakyReLU(inner),
            scaled_convolution(inner, inner, 3, groups=groups, scale=blocks**-0.25),
            BiasedLeakyReLU(inner),
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
    ) -> None:
        super().__init__()
        side, times = doublings(image_size)
        widths = [*channel_widths(width, times), width * min(2**times, 8)][::-1]
        total = blocks * len(widths)
        self.input = ClassInput(latent_dim=latent_dim, num_classes=num_classes)
        self.coarse = nn.Parameter(torch.randn(widths[0], side, side))
        self.weigh = nn.Linear(self.input.out_features, widths[0], bias=False)
        stages: list[nn.Module] = residual_blocks(widths[0], blocks, total)
        for outer, inner in pairwise(widths):
            stages += [Resampled(outer, inner, 2.0), *residual_blocks(inner, blocks, total)]
        self.stages = nn.Sequential(*stages)
        self.to_image = scaled_convolution(widths[-1], channels, 1)
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
    """

    def __init__(
        self, *, width: int, blocks: int, channels: int, image_size: int, num_classes: int = 0
    ) -> None:
        super().__init__()
        side, times = doublings(image_size)
        widths = [*channel_widths(width, times), width * min(2**times, 8)]
        total = blocks * len(widths)
        stages: list[nn.Module] = [scaled_convolution(channels, widths[0], 1)]
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


def residual_blocks(width: int, count: int, total: int) -> list[nn.Module]:
    """Return `count` blocks of a network that has `total` of them."""
    return [BottleneckBlock(width, blocks=total) for _ in range(count)]


def scaled_convolution(
    inside: int, outside: int, kernel: int, *, groups: int = 1, scale: float = 1 / GAIN
) -> nn.Conv2d:
    """Return a convolution without bias that keeps the variance, times `GAIN * scale` squared."""
    layer = nn.Conv2d(inside, outside, kernel, padding=kernel // 2, groups=groups, bias=False)
    deviation = scale * GAIN / math.sqrt(inside // groups * kernel**2)
    nn.init.normal_(layer.weight, 0.0, deviation)
    return layer
