"""Protocols of models and data, on which synthesis, evaluation and callbacks depend."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from torch import Tensor


@runtime_checkable
class Sampler(Protocol):
    """A model that generates images from latents.

    Attributes:
        latent_dim: Length of a latent vector; latents are standard normal.
        num_classes: Number of classes that can be requested; 0 if unconditional.
    """

    latent_dim: int
    num_classes: int

    def sample(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Generate an image for each latent, in evaluation mode; only latents get gradients.

        Args:
            latents: `[N, latent_dim]`.
            labels: `[N]` class indices for a conditional sampler, None for an unconditional one.

        Returns:
            `[N, channels, image_size, image_size]` float32 in [-1, 1].
        """
        ...


@runtime_checkable
class Autoencoder(Sampler, Protocol):
    """A sampler that also has an encoder."""

    def encode(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return latents from which `sample` approximately reproduces the images.

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
    """A model with a frozen pretrained network."""

    def perceive(self, images: Tensor) -> Sequence[Tensor]:
        """Return the network's feature maps; only the images get gradients.

        Args:
            images: `[N, C, S, S]` in [-1, 1].

        Returns:
            Feature maps, each `[N, channels, height, width]`.
        """
        ...


@runtime_checkable
class Translator(Protocol):
    """A model that translates real images into images of a class.

    Attributes:
        num_classes: Number of classes that it was fitted on.
        latent_dim: Length of the standard normal noise that varies the results; 0 if translation is
            deterministic.
        keeps_classes: Whether images keep their class, which may then be one that the model never
            saw.
    """

    num_classes: int
    latent_dim: int
    keeps_classes: bool

    def source_of(self, label: int) -> int:
        """Return the class whose images are translated into images of class `label`."""
        ...

    def translate(self, images: Tensor, labels: Tensor, latents: Tensor) -> Tensor:
        """Translate each image into the requested class, without gradients.

        Args:
            images: `[N, C, S, S]` in [-1, 1], each of the class `source_of(label)`.
            labels: Requested classes `[N]`.
            latents: `[N, latent_dim]`.

        Returns:
            Images of the same shape and range.
        """
        ...


@runtime_checkable
class Critic(Protocol):
    """A model whose discriminator can score single images."""

    def judge(self, images: Tensor, labels: Tensor) -> Tensor:
        """Return the discriminator's logits, without gradients, in evaluation mode.

        Args:
            images: `[N, C, S, S]` in [-1, 1].
            labels: Requested classes `[N]`; ignored by an unconditional model.

        Returns:
            Logits `[N]`, higher for more realistic images; comparable within a class.
        """
        ...


@runtime_checkable
class Classifier(Protocol):
    """A model that classifies images."""

    def classify(self, images: Tensor) -> Tensor:
        """Return class probabilities, without gradients, in evaluation mode.

        Args:
            images: `[N, C, S, S]` in [-1, 1].

        Returns:
            Probabilities `[N, K]` of the K classes, in the order of the labels.
        """
        ...


@runtime_checkable
class Pretrained(Protocol):
    """A model trained with pretrained networks, for example in its discriminator.

    Metrics in the features of these networks are biased in its favor.

    Attributes:
        trained_with: Names of the networks, such as `lite0`; saved in checkpoints and sets.
    """

    trained_with: Sequence[str]


class Augmentation(Protocol):
    """A random augmentation of real images, from `datamodules.augmentation.load_augmentation`."""

    def seed(self, seed: int) -> None:
        """Seed the next random draws."""
        ...

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """Augment an image `[height, width, channels]` uint8."""
        ...


class LabelledImages(Protocol):
    """The part of a data module that this package uses.

    Attributes:
        class_names: Name of each class, in the order of the labels.
        fingerprint: Hash of the training images.
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
        """Return the group of each image, such as a patient; empty if there are no groups."""
        ...

    def names(self, split: str, limit: int | None = None) -> Sequence[str]:
        """Return a name for each image, for files of results, in the order of `images`."""
        ...

    def card(self) -> dict[str, Any]:
        """Return plain values that describe the data and suffice to rebuild it."""
        ...
