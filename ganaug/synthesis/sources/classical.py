"""Classical augmentation as a source: real images, each changed by an augmentation."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from ganaug.protocols import Augmentation
from ganaug.synthesis.marks import ENHANCED
from ganaug.synthesis.sources.base import Batch, block_indices, image_seed, images_digest
from ganaug.synthesis.sources.real import ClassOrder, RealImages
from ganaug.synthesis.sources.registry import register_source
from ganaug.utils.errors import UsageError

if TYPE_CHECKING:
    from ganaug.synthesis.context import Context


@register_source("albumentations")
class ClassicalSource:
    """The method `albumentations`: real images of a class, each with its own random augmentation.

    Args:
        augmentation: The augmentation.
        class_names: Names of the classes, in the order of the labels.
        real: The real images.
        seed: The run's seed, which also determines the order of the real images.

    Raises:
        UsageError: The seed is out of range.
    """

    method = "albumentations"
    draws_latents = False
    digital_source_type = ENHANCED

    def __init__(
        self,
        augmentation: Augmentation,
        class_names: Sequence[str],
        real: RealImages,
        *,
        seed: int = 0,
    ) -> None:
        image_seed(seed, 0, 0)
        self.augmentation, self.class_names, self.real, self.seed = (
            augmentation,
            class_names,
            real,
            seed,
        )
        self.order = ClassOrder(real, seed)

    @classmethod
    def build(cls, context: "Context") -> "ClassicalSource":
        """Build the source from the augmentation that `context` names.

        Raises:
            UsageError: The augmentation changes nothing.
        """
        from datamodules.augmentation import load_augmentation

        name, card = context.augmentation, context.card
        augmentation = load_augmentation(name, card.image_size, card.channels)
        if augmentation is None:
            raise UsageError(
                f"augmentation {name} changes nothing; use light, mirror, elastic, strong, "
                "trivial, rand, or an augmentation file"
            )
        return cls(augmentation, context.class_names, context.images, seed=context.seed)

    @property
    def facts(self) -> dict[str, Any]:
        """The settings that determine the images, as far as the augmentation exposes them."""
        changes = str(getattr(self.augmentation, "compose", type(self.augmentation).__name__))
        images = images_digest(self.real.images)
        return {"seed": self.seed, "augmentation": changes, "images": images}

    def most(self, label: int) -> None:
        """Return None; refuse a class without a real image."""
        if not len(self.order.of(label)):
            raise UsageError(f"there is no real image of class {self.class_names[label]!r}")

    def make(self, label: int, block: int) -> Batch:
        """Augment the real images of a block."""
        order, indices = self.order.of(label), block_indices(block)
        positions = order[torch.tensor(indices) % len(order)]
        seeds = [image_seed(self.seed, label, index) for index in indices]
        changed = []
        for image, seed in zip(self.real.images[positions], seeds, strict=True):
            self.augmentation.seed(seed % 2**32)
            pixels = np.ascontiguousarray(image.permute(1, 2, 0).numpy())
            changed.append(torch.from_numpy(self.augmentation(pixels)).permute(2, 0, 1))
        sources = tuple(self.real.sources[position] for position in positions.tolist())
        return Batch(label, indices, torch.stack(changed), tuple(seeds), sources)
