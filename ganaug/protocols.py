"""All that synthesis, evaluation and callbacks may know of a model, and of the data."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
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
        """Draw one image for each latent, in evaluation mode; gradients flow to latents alone.

        Args:
            latents: `[N, latent_dim]`.
            labels: `[N]` class indices for a conditional sampler, None for an unconditional one.

        Returns:
            `[N, channels, image_size, image_size]` float32 in [-1, 1].
        """
        ...


@runtime_checkable
class Autoencoder(Sampler, Protocol):
    """A sampler that also knows which latents draw a given image."""

    def encode(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return the latents that `sample` draws each image from, or what is next to it.

        Without gradients and without noise, in evaluation mode.

        Args:
            images: `[N, C, S, S]` in [-1, 1].
            labels: `[N]` class indices for a conditional sampler, None for an unconditional one.

        Returns:
            `[N, latent_dim]` float32.
        """
        ...


@runtime_checkable
class Perceiver(Protocol):
    """A model that looks at images through a frozen pretrained network."""

    def perceive(self, images: Tensor) -> Sequence[Tensor]:
        """Return that network's feature maps; gradients flow to the images alone.

        Args:
            images: `[N, C, S, S]` in [-1, 1].

        Returns:
            `[N, channels, height, width]` each.
        """
        ...


@runtime_checkable
class Translator(Protocol):
    """A model that turns real images into images of a class.

    Attributes:
        num_classes: How many classes it was fitted on.
        latent_dim: Length of the standard normal noise by which one real image becomes many; 0
            where it becomes one.
        keeps_classes: Whether images stay in their class, which may then be one that the model
            never saw.
    """

    num_classes: int
    latent_dim: int
    keeps_classes: bool

    def source_of(self, label: int) -> int:
        """Return the class whose images are turned into images of class `label`."""
        ...

    def translate(self, images: Tensor, labels: Tensor, latents: Tensor) -> Tensor:
        """Turn each image into one of the class asked for, without gradients.

        Args:
            images: `[N, C, S, S]` in [-1, 1], each of the class `source_of(label)`.
            labels: `[N]` classes to turn them into.
            latents: `[N, latent_dim]`.

        Returns:
            Images of the same shape and range.
        """
        ...


@runtime_checkable
class Critic(Protocol):
    """A model whose discriminator can be asked how real images are."""

    def judge(self, images: Tensor, labels: Tensor) -> Tensor:
        """Return the discriminator's logits, without gradients, in evaluation mode.

        Args:
            images: `[N, C, S, S]` in [-1, 1].
            labels: `[N]` classes that they are to be of; unread by an unconditional model.

        Returns:
            `[N]`, the higher the more real; comparable within a class.
        """
        ...


@runtime_checkable
class Classifier(Protocol):
    """A model that names the class of images."""

    def classify(self, images: Tensor) -> Tensor:
        """Return how likely each class is, without gradients, in evaluation mode.

        Args:
            images: `[N, C, S, S]` in [-1, 1].

        Returns:
            `[N, K]` probabilities, K classes in the order of the labels.
        """
        ...


@runtime_checkable
class Pretrained(Protocol):
    """A model that pretrained networks helped to train, as where a discriminator looks through one.

    Metrics in the features of these networks flatter it.

    Attributes:
        trained_with: Their names, such as `lite0`; checkpoints and sets keep them.
    """

    trained_with: Sequence[str]


class Augmentation(Protocol):
    """Random changes of real images, as `datamodules.augmentation.load_augmentation` gives them."""

    def seed(self, seed: int) -> None:
        """Make the next draws a function of a seed."""
        ...

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """Change an image `[height, width, channels]` uint8."""
        ...


class LabelledImages(Protocol):
    """A data module, as far as anything here asks it.

    Attributes:
        class_names: Name of each class, in the order of the labels.
        fingerprint: A name for exactly these training images.
        hparams: The data module's settings.
        mirrors: Whether training sees images and their mirror images.
    """

    @property
    def class_names(self) -> Sequence[str]:
        """See above."""
        ...

    @property
    def fingerprint(self) -> str:
        """See above."""
        ...

    @property
    def hparams(self) -> Mapping[str, Any]:
        """See above."""
        ...

    @property
    def mirrors(self) -> bool:
        """See above."""
        ...

    def images(self, split: str, limit: int | None = None) -> tuple[Tensor, Tensor]:
        """Return a split's images `[N, C, S, S]` uint8 and labels `[N]`, at most `limit`."""
        ...

    def paths(self, split: str, limit: int | None = None) -> Sequence[str]:
        """Return the file of each image in the order of `images`, without reading it."""
        ...

    def groups(self, split: str, limit: int | None = None) -> Sequence[str]:
        """Return the group of each image, such as a patient; nothing where there are none."""
        ...

    def names(self, split: str, limit: int | None = None) -> Sequence[str]:
        """Return what to call each image where it is written down, in the order of `images`."""
        ...

    def card(self) -> dict[str, Any]:
        """Return plain values that say what the data is and rebuild it."""
        ...
