"""Making synthetic images of real ones by a translator, each source named."""

from collections.abc import Sequence

import torch

from ganaug.errors import UsageError
from ganaug.pixels import to_float, to_uint8
from ganaug.protocols import Translator
from ganaug.synthesis.makers import (
    BLOCK,
    Batch,
    block_indices,
    check_finite,
    image_seed,
    latent,
)
from ganaug.synthesis.real import RealImages, Sources


class Translation:
    """The maker `translator`: real images turned into others.

    The seed chooses the order of the source images. Each is used once, or, where noise varies
    them, in turn.

    Args:
        translator: The model, already on `device`.
        class_names: Names of the classes, in the order of the labels.
        real: The images to start from, of all classes.
        seed: Of the order of the sources and of the noise.
        truncation: The noise keeps to this distance from 0; None draws all.
        device: Where the model is.

    Raises:
        UsageError: The seed is out of range.
    """

    name = "translator"

    def __init__(
        self,
        translator: Translator,
        class_names: Sequence[str],
        real: RealImages,
        *,
        seed: int = 0,
        truncation: float | None = None,
        device: str | torch.device = "cpu",
    ) -> None:
        image_seed(seed, 0, 0)
        self.translator, self.class_names, self.real = translator, class_names, real
        self.seed, self.truncation = seed, truncation
        self.device = torch.device(device)
        self.sources = Sources(real, seed)

    def most(self, label: int) -> int | None:
        """Return how many sources there are, or None where noise makes many images of one."""
        source = self.translator.source_of(label)
        count = len(self.sources.of(source))
        if not count:
            raise UsageError(
                f"there is no real image of class {self.class_names[source]!r} to start from"
            )
        return None if self.translator.latent_dim else count

    def make(self, label: int, block: int) -> Batch:
        """Turn a block's sources into images of the class."""
        order, most = self.sources.of(self.translator.source_of(label)), self.most(label)
        indices = block_indices(block)
        count = BLOCK if most is None else min(BLOCK, most - indices.start)
        # Filled up with any image, so that every pass has the same shape.
        places = order[torch.tensor(indices) % len(order)]
        seeds = [image_seed(self.seed, label, index) for index in indices]
        latents = torch.stack(
            [latent(seed, self.translator.latent_dim, self.truncation) for seed in seeds]
        )
        labels = torch.full((BLOCK,), label, dtype=torch.int64, device=self.device)
        images = self.translator.translate(
            to_float(self.real.images[places]).to(self.device), labels, latents.to(self.device)
        )
        check_finite(images, self.class_names[label])
        batch = Batch(
            label,
            indices,
            to_uint8(images).cpu(),
            tuple(seeds) if self.translator.latent_dim else (),
            tuple(self.real.sources[place] for place in places.tolist()),
        )
        return batch.first(count)
