"""Strided convolutional generator and discriminator, as in Radford et al. 2015."""

from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from ganaug.networks.conditioning import (
    ClassInput,
    ClassInputName,
    ClassPlane,
    ProjectionLogit,
)
from ganaug.networks.initialization import initialize
from ganaug.networks.sizes import channel_widths, doublings
from ganaug.networks.space_to_depth import DoublingConvolution, HalvingConvolution
from ganaug.utils.choices import refuse_other


class ConvolutionalGenerator(nn.Module):
    """Maps latents to images by transposed convolutions with batch norm and ReLU.

    Args:
        latent_dim: Length of the latents.
        width: Channels before the last layer; doubled at every lower resolution, up to 8 x.
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
            # No bias before batch norm, which would subtract it again.
            layers += [
                nn.ConvTranspose2d(inner, outer, 4, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(outer),
                nn.ReLU(),
            ]
        self.layers = nn.Sequential(*layers, DoublingConvolution(widths[0], channels))
        initialize(self)

    def forward(self, latents: Tensor, *condition: Tensor) -> Tensor:
        """Map latents `[N, latent_dim]` to images `[N, C, S, S]` in [-1, 1]."""
        coarse = self.project(self.input(latents, *condition)).unflatten(1, self.coarse_shape)
        coarse = coarse.contiguous(memory_format=torch.channels_last)
        return torch.tanh(self.layers(coarse).float())


class ConvolutionalTrunk(nn.Module):
    """Maps images to flat features by strided convolutions with leaky ReLU.

    Args:
        width: Channels after the first layer; doubled at every halving, up to 8 x.
        channels: Channels of the images.
        image_size: Side of the images in pixels.
        batch_norm: Whether all layers but the first have batch norm. It makes each logit depend on
            the whole batch, which penalties on the gradient at each image don't allow.
    """

    def __init__(
        self,
        *,
        width: int,
        channels: int,
        image_size: int,
        batch_norm: bool = True,
    ) -> None:
        super().__init__()
        side, times = doublings(image_size)
        widths = channel_widths(width, times)
        # The first layer has no batch norm (Radford et al. 2015, sec. 3).
        layers: list[nn.Module] = [HalvingConvolution(channels, widths[0]), nn.LeakyReLU(0.2)]
        for outer, inner in pairwise(widths):
            layers.append(nn.Conv2d(outer, inner, 4, stride=2, padding=1, bias=not batch_norm))
            layers += [nn.BatchNorm2d(inner)] if batch_norm else []
            layers.append(nn.LeakyReLU(0.2))
        self.layers = nn.Sequential(*layers, Flattened())
        self.out_features = widths[-1] * side * side

    def forward(self, images: Tensor) -> Tensor:
        """Map images `[N, C, S, S]` to features `[N, out_features]`."""
        return self.layers(images.contiguous(memory_format=torch.channels_last))


class Flattened(nn.Module):
    """Flattens features; the gradient gets the same memory layout as the features.

    With another layout, the backward pass of earlier layers is slow: a leaky ReLU before flattening
    took 1.65 ms instead of 0.06 (128 x 128 x 4 x 4, one core).
    """

    def forward(self, features: Tensor) -> Tensor:
        """Map `[N, C, H, W]` to `[N, C * H * W]`."""
        if features.requires_grad:
            last = features.is_contiguous(memory_format=torch.channels_last)
            layout = torch.channels_last if last else torch.contiguous_format
            features.register_hook(lambda gradient: gradient.contiguous(memory_format=layout))
        return features.flatten(1)


class ConvolutionalDiscriminator(nn.Module):
    """Maps images to logits: `ConvolutionalTrunk` and a linear layer.

    Args:
        channels: Channels of the images.
        image_size: Side of the images in pixels.
        num_classes: Classes; 0 for an unconditional discriminator.
        class_input: How the class enters: plane (a channel, `ClassPlane`), projection (at the
            logit, `ProjectionLogit`), or both.
        trunk: The other settings of `ConvolutionalTrunk`.

    Raises:
        UsageError: `class_input` is not one of these.
    """

    def __init__(
        self,
        *,
        channels: int,
        image_size: int,
        num_classes: int = 0,
        class_input: ClassInputName = "plane",
        **trunk: Any,
    ) -> None:
        super().__init__()
        refuse_other("class_input", class_input, ("plane", "projection", "both"))
        self.by_plane, self.by_projection = class_input != "projection", class_input != "plane"
        self.plane = ClassPlane(
            num_classes=num_classes if self.by_plane else 0, image_size=image_size
        )
        self.trunk = ConvolutionalTrunk(
            channels=channels + self.plane.channels, image_size=image_size, **trunk
        )
        self.logit = ProjectionLogit(
            self.trunk.out_features, num_classes=num_classes if self.by_projection else 0
        )
        initialize(self)

    def forward(self, images: Tensor, *condition: Tensor) -> Tensor:
        """Map images `[N, C, S, S]` to logits `[N]`."""
        planes = self.plane(images, *(condition if self.by_plane else ()))
        return self.logit(self.trunk(planes), *(condition if self.by_projection else ()))


class ClassifyingDiscriminator(nn.Module):
    """Maps images to a logit and class logits with one trunk (Odena et al. 2017).

    Args:
        num_classes: Classes.
        trunk: The settings of `ConvolutionalTrunk`.
    """

    def __init__(self, *, num_classes: int, **trunk: Any) -> None:
        super().__init__()
        self.trunk = ConvolutionalTrunk(**trunk)
        self.logit = nn.Linear(self.trunk.out_features, 1)
        self.class_logits = nn.Linear(self.trunk.out_features, num_classes)
        initialize(self)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Map images `[N, C, S, S]` to logits `[N]` and class logits `[N, num_classes]`."""
        features = self.trunk(images)
        return self.logit(features).squeeze(1), self.class_logits(features)
