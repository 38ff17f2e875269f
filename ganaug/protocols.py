"""All that synthesis, evaluation and callbacks may know of a model."""

from typing import Protocol, runtime_checkable

from torch import Tensor


@runtime_checkable
class Sampler(Protocol):
    """A model that draws images from latents.

    Attributes:
        latent_dim: Length of one latent vector; latents are standard normal.
        num_classes: How many classes it can be asked for; 0 when it is unconditional.
    """

    latent_dim: int
    num_classes: int

    def sample(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Draw one image for each latent, without gradients, in evaluation mode.

        Args:
            latents: `[N, latent_dim]`.
            labels: `[N]` class indices for a conditional sampler, None for an unconditional one.

        Returns:
            `[N, channels, image_size, image_size]` float32 in [-1, 1].
        """
        ...


@runtime_checkable
class Translator(Protocol):
    """A model that turns images into other images."""

    def translate(self, images: Tensor) -> Tensor:
        """Turn each image into one of the target kind, same shape and range [-1, 1]."""
        ...
