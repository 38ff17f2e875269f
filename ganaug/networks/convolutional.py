"""Strided convolutional generator and discriminator, as in Radford et al. 2015."""

from itertools import pairwise

import torch
from torch import Tensor, nn

from ganaug.errors import UsageError
from ganaug.networks.conditioning import ClassInput, ProjectionLogit

# Radford et al. 2015 start from 4x4; 28 pixels, halved, end at 7.
SMALLEST_SIDE, LARGEST_SIDE = 4, 7


def doublings(image_size: int) -> tuple[int, int]:
    """Return the side from which the size is reached, and how many times it is doubled.

    Raises:
        UsageError: The size is not 4, 5, 6 or 7 doubled once or more; names the nearest that are.
    """
    side, times = image_size, 0
    while side > LARGEST_SIDE and side % 2 == 0:
        side, times = side // 2, times + 1
    if times and side >= SMALLEST_SIDE and side <= LARGEST_SIDE:
        return side, times
    fitting = sorted(s << n for s in range(SMALLEST_SIDE, LARGEST_SIDE + 1) for n in range(1, 8))
    nearest = sorted(sorted(fitting, key=lambda size: abs(size - image_size))[:2])
    raise UsageError(
        f"image_size {image_size} is not 4, 5, 6 or 7 doubled a few times, which strided "
        f"convolutions need; the nearest that are: {nearest[0]} and {nearest[1]}"
    )


def channel_widths(width: int, times: int) -> list[int]:
    """Return the channels after each halving, from the image inwards: doubled, up to 8 x width."""
    return [width * min(2**i, 8) for i in range(times)]


class ConvolutionalGenerator(nn.Module):
    """Latents to images through transposed convolutions with batch norm and ReLU.

    Args:
        latent_dim: Length of the latents.
        width: Channels before the last layer; doubled at every halving inwards, up to 8 x.
        channels: Channels of the images.
        image_size: Side of the images in pixels.
        num_classes: Classes; 0 for an unconditional generator.
    """

    def __init__(
        self, *, latent_dim: int, width: int, channels: int, image_size: int, num_classes: int = 0
    ) -> None:
        super().__init__()
        side, times = doublings(image_size)
        widths = channel_widths(width, times)
        self.coarse_shape = (widths[-1], side, side)
        self.input = ClassInput(latent_dim=latent_dim, num_classes=num_classes)
        self.project = nn.Linear(self.input.out_features, widths[-1] * side * side, bias=False)
        layers: list[nn.Module] = [nn.BatchNorm2d(widths[-1]), nn.ReLU()]
        for inner, outer in pairwise(reversed(widths)):
            # No bias before batch norm, which subtracts it again.
            layers += [
                nn.ConvTranspose2d(inner, outer, 4, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(outer),
                nn.ReLU(),
            ]
        self.layers = nn.Sequential(
            *layers, nn.ConvTranspose2d(widths[0], channels, 4, stride=2, padding=1)
        )
        initialize(self)

    def forward(self, latents: Tensor, *condition: Tensor) -> Tensor:
        """Map latents `[N, latent_dim]` to images `[N, C, S, S]` in [-1, 1]."""
        coarse = self.project(self.input(latents, *condition)).unflatten(1, self.coarse_shape)
        coarse = coarse.contiguous(memory_format=torch.channels_last)
        return torch.tanh(self.layers(coarse).float())


class ConvolutionalDiscriminator(nn.Module):
    """Images to logits through strided convolutions with batch norm and leaky ReLU.

    Args:
        width: Channels after the first layer; doubled at every halving, up to 8 x.
        channels: Channels of the images.
        image_size: Side of the images in pixels.
        num_classes: Classes; 0 for an unconditional discriminator.
    """

    def __init__(self, *, width: int, channels: int, image_size: int, num_classes: int = 0) -> None:
        super().__init__()
        side, times = doublings(image_size)
        widths = channel_widths(width, times)
        # The first layer has no batch norm (Radford et al. 2015, sec. 3).
        layers: list[nn.Module] = [
            nn.Conv2d(channels, widths[0], 4, stride=2, padding=1),
            nn.LeakyReLU(0.2),
        ]
        for outer, inner in pairwise(widths):
            layers += [
                nn.Conv2d(outer, inner, 4, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(inner),
                nn.LeakyReLU(0.2),
            ]
        self.layers = nn.Sequential(*layers, nn.Flatten())
        self.logit = ProjectionLogit(widths[-1] * side * side, num_classes=num_classes)
        initialize(self)

    def forward(self, images: Tensor, *condition: Tensor) -> Tensor:
        """Map images `[N, C, S, S]` to logits `[N]`."""
        images = images.contiguous(memory_format=torch.channels_last)
        return self.logit(self.layers(images), *condition)


def initialize(network: nn.Module) -> None:
    """Draw weights from N(0, 0.02), batch norm's gains around 1 (Radford et al. 2015, sec. 4).

    Convolutions are laid out channels last, which is faster on CPUs and tensor cores alike.
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear | nn.Embedding):
            nn.init.normal_(module.weight, 0.0, 0.02)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1.0, 0.02)
        if isinstance(bias := getattr(module, "bias", None), nn.Parameter):
            nn.init.zeros_(bias)
    network.to(memory_format=torch.channels_last)
