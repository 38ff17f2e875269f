"""Fully connected generator and discriminator, as in Goodfellow et al. 2014."""

import math
from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor, nn

from ganaug.networks.conditioning import ClassInput

SLOPE = 0.2
# torch's momentum is the weight of the new batch; in the usual notation this is 0.8.
NEW_SHARE = 0.2


class MLPGenerator(nn.Module):
    """Maps latents to images by fully connected layers.

    Each hidden layer is followed by batch norm and leaky ReLU, the last by tanh.

    Args:
        latent_dim: Length of the latents.
        hidden: Width of each hidden layer.
        channels: Channels of the images.
        image_size: Side of the images in pixels.
        num_classes: Classes; 0 for an unconditional generator.
    """

    def __init__(
        self,
        *,
        latent_dim: int,
        hidden: Sequence[int],
        channels: int,
        image_size: int,
        num_classes: int = 0,
    ) -> None:
        super().__init__()
        self.image_shape = (channels, image_size, image_size)
        self.input = ClassInput(latent_dim=latent_dim, num_classes=num_classes)
        layers: list[nn.Module] = []
        width = self.input.out_features
        for out in hidden:
            norm = nn.BatchNorm1d(out, momentum=NEW_SHARE)
            layers += [nn.Linear(width, out), norm, nn.LeakyReLU(SLOPE)]
            width = out
        self.layers = nn.Sequential(*layers, nn.Linear(width, math.prod(self.image_shape)))

    def forward(self, latents: Tensor, *condition: Tensor) -> Tensor:
        """Map latents `[N, latent_dim]` to images `[N, C, S, S]` in [-1, 1]."""
        pixels = self.layers(self.input(latents, *condition))
        return torch.tanh(pixels.float()).unflatten(1, self.image_shape)


class MLPDiscriminator(nn.Module):
    """Maps images to logits by fully connected layers, with the class as an input.

    Args:
        hidden: Width of each hidden layer.
        channels: Channels of the images.
        image_size: Side of the images in pixels.
        num_classes: Classes; 0 for an unconditional discriminator.
        dropout: Fraction of each hidden layer's outputs dropped in training.
    """

    def __init__(
        self,
        *,
        hidden: Sequence[int],
        channels: int,
        image_size: int,
        num_classes: int = 0,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        pixels = channels * image_size * image_size
        self.input = ClassInput(latent_dim=pixels, num_classes=num_classes)
        activation = partial(nn.LeakyReLU, SLOPE)
        self.layers = perceptron(self.input.out_features, hidden, 1, activation, dropout)

    def forward(self, images: Tensor, *condition: Tensor) -> Tensor:
        """Map images `[N, C, S, S]` to logits `[N]`."""
        return self.layers(self.input(images.flatten(1), *condition)).squeeze(1)


def perceptron(
    inputs: int,
    hidden: Sequence[int],
    outputs: int,
    activation: Callable[[], nn.Module],
    dropout: float = 0.0,
) -> nn.Sequential:
    """Return fully connected layers; all but the last are followed by activation and dropout."""
    layers: list[nn.Module] = []
    for width in hidden:
        layers += [nn.Linear(inputs, width), activation()]
        layers += [nn.Dropout(dropout)] if dropout else []
        inputs = width
    return nn.Sequential(*layers, nn.Linear(inputs, outputs))
