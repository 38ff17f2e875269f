"""Conditioning: when networks get class labels, and the layers that use them."""

from typing import Literal

import torch
from torch import Tensor, nn

from ganaug.utils.errors import UsageError

ClassInputName = Literal["plane", "projection", "both"]
Conditional = bool | Literal["auto"]


def conditioned_classes(conditional: Conditional, num_classes: int) -> int:
    """Return the number of classes that the networks distinguish; 0 for an unconditional model.

    Args:
        conditional: True, False, or `auto`: conditional when the data has two classes or more.
        num_classes: Classes in the data.

    Raises:
        UsageError: conditional is true, but the data has fewer than two classes.
    """
    if conditional is True and num_classes < 2:
        raise UsageError(
            f"the data has {num_classes} class(es), and a conditional model takes two or more: "
            "give a folder of class folders, or set model.conditional to auto or false"
        )
    return num_classes if conditional is not False and num_classes >= 2 else 0


def refuse_one_class(num_classes: int) -> None:
    """Refuse data with fewer than two classes, for a model that is always conditional.

    Raises:
        UsageError: The data has fewer than two classes.
    """
    if num_classes < 2:
        raise UsageError(
            f"the data has {num_classes} class(es), and this model takes two or more: give a "
            "folder of class folders, or fit another model, such as dcgan"
        )


def condition_asked_for(labels: Tensor | None, num_classes: int) -> tuple[Tensor, ...]:
    """Return the networks' condition for samples with these labels.

    Raises:
        UsageError: An unconditional model gets labels, or a conditional model gets none.
    """
    if (labels is None) == bool(num_classes):
        labels_text = "no labels" if labels is None else "labels"
        raise UsageError(
            f"{labels_text} given to a model of {num_classes} classes (0: unconditional)"
        )
    return () if labels is None else (labels,)


class ClassInput(nn.Module):
    """Appends a class embedding to the latents (Mirza & Osindero 2014).

    Args:
        latent_dim: Length of the latents.
        num_classes: Classes; 0 returns the latents unchanged and takes no labels.
        embedding_dim: Length of the class embedding.
    """

    def __init__(self, *, latent_dim: int, num_classes: int, embedding_dim: int = 32) -> None:
        super().__init__()
        self.embedding = nn.Embedding(num_classes, embedding_dim) if num_classes else None
        self.out_features = latent_dim + (embedding_dim if num_classes else 0)

    def forward(self, latents: Tensor, *condition: Tensor) -> Tensor:
        """Map `[N, latent_dim]` and, when conditional, labels `[N]` to `[N, out_features]`."""
        if self.embedding is None:
            return without_labels(latents, condition)
        (labels,) = condition
        return torch.cat([latents, self.embedding(labels).to(latents.dtype)], dim=1)


class ClassPlane(nn.Module):
    """Appends a class embedding of the image's shape as a channel.

    The embedding of Mirza & Osindero 2014, for convolutional networks.

    Args:
        num_classes: Classes; 0 returns the images unchanged and takes no labels.
        image_size: Side of the images in pixels.
    """

    def __init__(self, *, num_classes: int, image_size: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(num_classes, image_size**2) if num_classes else None
        self.image_size = image_size
        self.channels = int(num_classes > 0)

    def forward(self, images: Tensor, *condition: Tensor) -> Tensor:
        """Map `[N, C, S, S]` and, when conditional, labels `[N]` to `[N, C + channels, S, S]`."""
        if self.embedding is None:
            return without_labels(images, condition)
        (labels,) = condition
        planes = self.embedding(labels).view(-1, 1, self.image_size, self.image_size)
        return torch.cat([images, planes.to(images.dtype)], dim=1)


class ProjectionLogit(nn.Module):
    """Maps features to a logit: a linear layer, plus their product with the class embedding.

    The projection discriminator of Miyato & Koyama 2018; without classes, only the linear part.

    Args:
        features: Length of the features.
        num_classes: Classes; 0 takes no labels.
    """

    def __init__(self, features: int, *, num_classes: int) -> None:
        super().__init__()
        self.linear = nn.Linear(features, 1)
        self.embedding = nn.Embedding(num_classes, features) if num_classes else None

    def forward(self, features: Tensor, *condition: Tensor) -> Tensor:
        """Map `[N, features]` and, when conditional, labels `[N]` to logits `[N]`."""
        logits = self.linear(features).squeeze(1)
        if self.embedding is None:
            return without_labels(logits, condition)
        (labels,) = condition
        return logits + (self.embedding(labels) * features).sum(dim=1)


def without_labels(tensor: Tensor, condition: tuple[Tensor, ...]) -> Tensor:
    """Return the tensor unchanged, in unconditional layers.

    Raises:
        TypeError: Labels were given.
    """
    if condition:
        raise TypeError("an unconditional network was handed labels")
    return tensor
