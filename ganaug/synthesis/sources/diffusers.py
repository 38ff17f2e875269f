"""diffusers pipelines as a source: image-to-image, or text-to-image."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL import Image
from torch import nn

from datamodules.reading.images.reader import ImageReader
from datamodules.reading.images.square import fit_square
from ganaug.synthesis.diffusion import METHOD, DiffusionSettings
from ganaug.synthesis.marks import COMPOSITE, TRAINED
from ganaug.synthesis.pipelines import Call, load_pipeline, pipeline_facts, working_size
from ganaug.synthesis.sources.base import (
    Batch,
    block_indices,
    image_seed,
    images_digest,
    weights_digest,
)
from ganaug.synthesis.sources.real import ClassOrder, RealImages
from ganaug.synthesis.sources.registry import register_source
from ganaug.utils.errors import UsageError

if TYPE_CHECKING:
    from ganaug.synthesis.context import Context


@register_source(METHOD)
class DiffusersSource:
    """The method `diffusers`: image-to-image if real images are given, or else text-to-image.

    Images are generated one at a time, each with its own seed on the CPU, so they are independent.
    Real images are used in turn, and read from their files at the pipeline's size.

    Args:
        pipeline: The pipeline, as returned by `load_pipeline`.
        class_names: Names of the classes, in the order of the labels.
        reader: Reader of the real images; the set has its size and channels.
        settings: Settings of the pipeline.
        real: Real images to start from.
        seed: The run's seed, which also determines the order of the real images.

    Raises:
        UsageError: The seed is out of range, or the pipeline does not take a setting.
    """

    method = METHOD
    draws_latents = False
    block_size = 1

    def __init__(
        self,
        pipeline: Any,
        class_names: Sequence[str],
        reader: ImageReader,
        settings: DiffusionSettings,
        *,
        real: RealImages | None = None,
        seed: int = 0,
    ) -> None:
        image_seed(seed, 0, 0)
        self.pipeline, self.class_names, self.reader = pipeline, class_names, reader
        self.settings, self.real, self.seed = settings, real, seed
        self.size = working_size(pipeline, settings.pipeline_size)
        self.call = Call(pipeline, settings, self.size)
        self.order = ClassOrder(real, seed) if real else None
        # Lightning moves these networks, and so the pipeline, to each rank's device.
        parts = {k: v for k, v in pipeline.components.items() if isinstance(v, nn.Module)}
        self.network = nn.ModuleDict(parts).requires_grad_(False)

    @classmethod
    def build(cls, context: "Context") -> "DiffusersSource":
        """Load the pipeline, and the real images if it starts from them.

        Raises:
            UsageError: A package is not installed, or the pipeline or its LoRA can't be loaded.
        """
        settings, card, real = context.diffusion, context.card, None
        pipeline = load_pipeline(settings)
        if settings.strength is not None:
            real = replace(context.images, files=context.real_files)
        size = {"image_size": card.image_size, "channels": card.channels}
        reader = replace(context.data.reader, **size)
        return cls(pipeline, context.class_names, reader, settings, real=real, seed=context.seed)

    @property
    def digital_source_type(self) -> str:
        """IPTC's term for the images."""
        return COMPOSITE if self.real else TRAINED

    @property
    def facts(self) -> dict[str, Any]:
        """The settings that determine the images."""
        return {
            "seed": self.seed,
            **self.settings.facts,
            "pipeline_size": self.size,
            **pipeline_facts(self.pipeline, self.settings),
            "weights": weights_digest(self.network),
            **({"images": images_digest(self.real.images)} if self.real else {}),
        }

    def most(self, label: int) -> None:
        """Return None; refuse a class without an image to start from."""
        if self.order and not len(self.order.of(label)):
            raise UsageError(f"there is no real image of class {self.class_names[label]!r}")

    def make(self, label: int, block: int) -> Batch:
        """Generate a block of one image."""
        start, sources = None, list[str]()
        if self.order and self.real:
            order = self.order.of(label)
            position = int(order[block % len(order)])
            start, sources = self._start(position), [self.real.sources[position]]
        seed = image_seed(self.seed, label, block)
        image = self.call.draw(self.settings.text(self.class_names[label]), seed, start)
        indices = block_indices(block, self.block_size)
        return Batch(label, indices, self._sized(image), (seed,), tuple(sources))

    def _start(self, position: int) -> Image.Image:
        """Return a real image at the pipeline's size, from its own file if it has one."""
        assert self.real is not None, "only image-to-image starts from one"
        file = self.real.files[position] if self.real.files else None
        if file:
            pixels = replace(self.reader, image_size=self.size).read(file.path)
        else:  # the file holds several images, as in MNIST
            pixels = self.real.images[position].permute(1, 2, 0).numpy()
        square = fit_square(pixels, self.size)
        return Image.fromarray(np.broadcast_to(square, (self.size, self.size, 3)).copy())

    def _sized(self, image: Image.Image) -> torch.Tensor:
        """Return an image at the set's size, `[1, channels, image_size, image_size]` uint8."""
        pixels = np.asarray(image.convert("L" if self.reader.channels == 1 else "RGB"))
        square = fit_square(np.atleast_3d(pixels), self.reader.image_size)
        return torch.from_numpy(square.copy()).permute(2, 0, 1)[None].contiguous()
