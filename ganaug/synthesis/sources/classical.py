"""Classical augmentation as a maker: real images, each changed by an augmentation."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from ganaug.protocols import Augmentation
from ganaug.synthesis.sources.base import Batch, block_indices, digest_of, image_seed
from ganaug.synthesis.sources.real import RealImages, Sources
from ganaug.utils.errors import UsageError


class Classical:
    """The maker `albumentations`: each image a real one of its class, changed by its own draw.

    Args:
        augmentation: The changes.
        class_names: Names of the classes, in the order of the labels.
        real: The real images.
        seed: The run's seed; it chooses the order of the sources, too.

    Raises:
        UsageError: The seed is out of range.
    """

    name = "albumentations"

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
        self.sources = Sources(real, seed)

    @property
    def facts(self) -> dict[str, Any]:
        """All that decides what it makes, as far as an augmentation can say it."""
        changes = str(getattr(self.augmentation, "compose", type(self.augmentation).__name__))
        images = digest_of(self.real.images)
        return {"seed": self.seed, "augmentation": changes, "images": images}

    def most(self, label: int) -> None:
        """Return None, where there is an image to change at all."""
        if not len(self.sources.of(label)):
            raise UsageError(f"there is no real image of class {self.class_names[label]!r}")

    def make(self, label: int, block: int) -> Batch:
        """Change a block's sources."""
        order, indices = self.sources.of(label), block_indices(block)
        places = order[torch.tensor(indices) % len(order)]
        seeds = [image_seed(self.seed, label, index) for index in indices]
        changed = []
        for image, seed in zip(self.real.images[places], seeds, strict=True):
            self.augmentation.seed(seed % 2**32)
            pixels = np.ascontiguousarray(image.permute(1, 2, 0).numpy())
            changed.append(torch.from_numpy(self.augmentation(pixels)).permute(2, 0, 1))
        sources = tuple(self.real.sources[place] for place in places.tolist())
        return Batch(label, indices, torch.stack(changed), tuple(seeds), sources)
