"""Encoder and decoder of a variational autoencoder, fully connected (Kingma & Welling 2014)."""

import math
from collections.abc import Sequence

from torch import Tensor, nn

from ganaug.networks.conditioning import ClassInput
from ganaug.networks.mlp import perceptron


class GaussianEncoder(nn.Module):
    """Maps images to the mean and log variance of their latents.

    Args:
        latent_dim: Length of the latents.
        hidden: Width of each hidden layer.
        channels: Channels of the images.
        image_size: Side of the images in pixels.
        num_classes: Classes; 0 for an unconditional encoder.
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
        self.input = ClassInput(latent_dim=channels * image_size**2, num_classes=num_classes)
        self.layers = perceptron(self.input.out_features, hidden, 2 * latent_dim, nn.ReLU)

    def forward(self, images: Tensor, *condition: Tensor) -> tuple[Tensor, Tensor]:
        """Map images `[N, C, S, S]` to mean and log variance, each `[N, latent_dim]`."""
        statistics = self.layers(self.input(images.flatten(1), *condition)).float()
        mean, log_variance = statistics.chunk(2, dim=1)
        return mean, log_variance


class Decoder(nn.Module):
    """Maps latents to one logit per pixel.

    Args:
        latent_dim: Length of the latents.
        hidden: Width of each hidden layer.
        channels: Channels of the images.
        image_size: Side of the images in pixels.
        num_classes: Classes; 0 for an unconditional decoder.
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
        self.layers = perceptron(
            self.input.out_features, hidden, math.prod(self.image_shape), nn.ReLU
        )

    def forward(self, latents: Tensor, *condition: Tensor) -> Tensor:
        """Map latents `[N, latent_dim]` to logits `[N, C, S, S]`."""
        return self.layers(self.input(latents, *condition)).float().unflatten(1, self.image_shape)
