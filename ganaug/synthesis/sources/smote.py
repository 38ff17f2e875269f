"""SMOTE in latent space: images between a real image and a neighbor of the same class."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ganaug.protocols import Autoencoder
from ganaug.synthesis.marks import COMPOSITE
from ganaug.synthesis.sources.base import (
    BLOCK,
    Batch,
    block_indices,
    check_finite,
    image_seed,
    images_digest,
    labels_for,
    weights_digest,
)
from ganaug.synthesis.sources.generator import check_known
from ganaug.synthesis.sources.real import ClassOrder, RealImages
from ganaug.synthesis.sources.registry import register_source
from ganaug.utils.device import device_of
from ganaug.utils.errors import UsageError
from ganaug.utils.pixels import to_float, to_uint8

if TYPE_CHECKING:
    from ganaug.synthesis.context import Context

# As in Chawla et al. 2002; imbalanced-learn's default.
NEIGHBORS = 5


@register_source("smote")
class SmoteSource:
    """The method `smote`: Chawla et al. 2002 in the latent space of an autoencoder.

    A real image and one of its nearest neighbors of the same class are encoded, and a random point
    between the two is decoded. In pixel space, such a point would be a blend of two pictures. The
    real images are used in turn; the seed of each new image determines the neighbor and the point.

    Args:
        autoencoder: The model; it may be moved to another device at any time.
        class_names: Names of the classes, in the order of the labels.
        real: The real images.
        seed: The run's seed, which also determines the order of the images.
        neighbours: Number of nearest neighbors to draw from; all images of a class that has fewer.

    Raises:
        UsageError: An argument is out of range, or the model has another number of classes.
    """

    method = "smote"
    draws_latents = False
    digital_source_type = COMPOSITE
    needs_model = True

    def __init__(
        self,
        autoencoder: Autoencoder,
        class_names: Sequence[str],
        real: RealImages,
        *,
        seed: int = 0,
        neighbours: int = NEIGHBORS,
    ) -> None:
        image_seed(seed, 0, 0)
        if neighbours < 1:
            raise UsageError(f"neighbours is {neighbours}; use 1 or more")
        check_known(autoencoder, class_names)
        self.network, self.class_names, self.real = autoencoder, class_names, real
        self.seed, self.neighbours = seed, neighbours
        self.order = ClassOrder(real, seed)
        self._encoded: dict[int, Tensor] = {}

    @classmethod
    def build(cls, context: "Context") -> "SmoteSource":
        """Build the source of the fitted autoencoder."""
        return cls(context.model, context.class_names, context.images, seed=context.seed)

    @staticmethod
    def check(model: Any, wanted: Mapping[str, int], counts: Mapping[str, int]) -> None:
        """Refuse a model without an encoder, and classes with fewer than two images.

        Raises:
            UsageError: The message says what to do.
        """
        if not isinstance(model, Autoencoder):
            raise UsageError(
                f"the method 'smote' goes between encoded images, and {type(model).__name__} has "
                "no encoder: fit a vae, and give its checkpoint"
            )
        for name, count in wanted.items():
            if count:
                check_pair(name, counts[name])

    @property
    def facts(self) -> dict[str, Any]:
        """The settings that determine the images."""
        return {
            "seed": self.seed,
            "neighbours": self.neighbours,
            "weights": weights_digest(self.network),
            "images": images_digest(self.real.images),
        }

    def most(self, label: int) -> None:
        """Return None; refuse a class without two different images."""
        check_pair(self.class_names[label], len(self.order.of(label)))

    def make(self, label: int, block: int) -> Batch:
        """Decode points between encoded images and their neighbors."""
        order, indices = self.order.of(label), block_indices(block)
        starts = torch.tensor(indices) % len(order)
        seeds = [image_seed(self.seed, label, index) for index in indices]
        latents = self._between(self._latents(label), starts, seeds)
        images = self.network.sample(
            latents.to(device_of(self.network)), labels_for(self.network, label, len(latents))
        )
        check_finite(images, self.class_names[label])
        sources = tuple(self.real.sources[position] for position in order[starts].tolist())
        return Batch(label, indices, to_uint8(images).cpu(), tuple(seeds), sources)

    def _between(self, latents: Tensor, starts: Tensor, seeds: Sequence[int]) -> Tensor:
        """Return a random point between each start and one of its nearest neighbors."""
        distances = torch.cdist(latents[starts], latents)
        # An image must not be its own neighbor.
        distances[torch.arange(len(starts)), starts] = torch.inf
        nearest = distances.topk(min(self.neighbours, len(latents) - 1), largest=False).indices
        streams = [torch.Generator().manual_seed(seed) for seed in seeds]
        choices = torch.stack([torch.randint(nearest.shape[1], (1,), generator=s) for s in streams])
        shares = torch.stack([torch.rand(1, generator=s) for s in streams])
        ends = nearest.gather(1, choices).squeeze(1)
        return torch.lerp(latents[starts], latents[ends], shares)

    def _latents(self, label: int) -> Tensor:
        """Return the latents of a class's images, encoded once, in the order of use."""
        if label not in self._encoded:
            device, blocks = device_of(self.network), self.order.of(label).split(BLOCK)
            latents = [
                self.network.encode(
                    to_float(self.real.images[positions]).to(device),
                    labels_for(self.network, label, len(positions)),
                )
                for positions in blocks
            ]
            self._encoded[label] = torch.cat(latents).cpu()
        return self._encoded[label]


def check_pair(class_name: str, count: int) -> None:
    """Refuse a class without two different images.

    Raises:
        UsageError: The message names alternatives.
    """
    if count < 2:
        images = "a single real image" if count else "no real image"
        raise UsageError(
            f"class {class_name!r} has {images}, and the method 'smote' goes from one to another: "
            "give the class to another method in a `plan_file`, or leave it out there"
        )
