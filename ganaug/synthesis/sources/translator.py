"""The translator as a source: images translated from real images, whose files are recorded."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch

from ganaug.protocols import Translator
from ganaug.synthesis.marks import COMPOSITE
from ganaug.synthesis.sources.base import (
    BLOCK,
    Batch,
    block_indices,
    check_finite,
    check_truncation,
    image_seed,
    images_digest,
    latent,
    weights_digest,
)
from ganaug.synthesis.sources.real import ClassOrder, RealImages
from ganaug.synthesis.sources.registry import register_source
from ganaug.utils.device import device_of
from ganaug.utils.errors import UsageError
from ganaug.utils.pixels import to_float, to_uint8

if TYPE_CHECKING:
    from ganaug.synthesis.context import Context


@register_source("translator")
class TranslatorSource:
    """The method `translator`: translations of real images.

    The seed determines the order of the source images. Each is used once, or repeatedly if the
    model has noise.

    Args:
        translator: The model; it may be moved to another device at any time.
        class_names: Names of the classes, in the order of the labels.
        real: The images to start from, of all classes.
        seed: Seed of the order of the sources and of the noise.
        truncation: Largest absolute value of the noise; None for no limit.

    Raises:
        UsageError: The seed or the truncation is out of range, or there is no noise to truncate.
    """

    method = "translator"
    draws_latents = True
    digital_source_type = COMPOSITE
    needs_model = True

    def __init__(
        self,
        translator: Translator,
        class_names: Sequence[str],
        real: RealImages,
        *,
        seed: int = 0,
        truncation: float | None = None,
    ) -> None:
        image_seed(seed, 0, 0)
        check_truncation(truncation)
        if truncation is not None and not translator.latent_dim:
            raise UsageError("truncation: this model makes one image of one, without noise")
        self.network, self.class_names, self.real = translator, class_names, real
        self.seed, self.truncation = seed, truncation
        self.order = ClassOrder(real, seed)

    @classmethod
    def build(cls, context: "Context") -> "TranslatorSource":
        """Build the source of the fitted model."""
        return cls(
            context.model,
            context.class_names,
            context.images,
            seed=context.seed,
            truncation=context.truncation,
        )

    @property
    def facts(self) -> dict[str, Any]:
        """The settings that determine the images."""
        return {
            "seed": self.seed,
            "truncation": self.truncation,
            "weights": weights_digest(self.network),
            "images": images_digest(self.real.images),
        }

    def most(self, label: int) -> int | None:
        """Return the number of source images, or None if the model has noise."""
        source = self.network.source_of(label)
        count = len(self.order.of(source))
        if not count:
            raise UsageError(
                f"there is no real image of class {self.class_names[source]!r} to start from"
            )
        return None if self.network.latent_dim else count

    def make(self, label: int, block: int) -> Batch:
        """Translate a block's source images to the class."""
        order, max_images = self.order.of(self.network.source_of(label)), self.most(label)
        indices = block_indices(block)
        count = BLOCK if max_images is None else min(BLOCK, max_images - indices.start)
        # Padded with an arbitrary image, so that every batch has the same shape.
        positions = order[torch.tensor(indices) % len(order)]
        seeds = [image_seed(self.seed, label, index) for index in indices]
        latents = torch.stack(
            [latent(seed, self.network.latent_dim, self.truncation) for seed in seeds]
        )
        device = device_of(self.network)
        labels = torch.full((BLOCK,), label, dtype=torch.int64, device=device)
        images = self.network.translate(
            to_float(self.real.images[positions]).to(device), labels, latents.to(device)
        )
        check_finite(images, self.class_names[label])
        batch = Batch(
            label,
            indices,
            to_uint8(images).cpu(),
            tuple(seeds) if self.network.latent_dim else (),
            tuple(self.real.sources[position] for position in positions.tolist()),
        )
        return batch.first(count)
