"""Real images: the input of other sources, and the source that `with_real` adds."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ganaug.synthesis.sources.base import BLOCK, Batch, images_digest
from ganaug.synthesis.sources.registry import register_source
from ganaug.utils.rng import stream

if TYPE_CHECKING:
    from ganaug.synthesis.context import Context
    from ganaug.synthesis.sources.real_file import RealFile
    from ganaug.synthesis.writer.files import FormatName


@dataclass(frozen=True)
class RealImages:
    """Real training images.

    Attributes:
        images: `[N, channels, image_size, image_size]` uint8.
        labels: `[N]` class indices.
        sources: Name of each image: its file, relative to the folder of the data.
        files: File of each image; None if it has none.
    """

    images: Tensor
    labels: Tensor
    sources: Sequence[str]
    files: "Sequence[RealFile | None]" = ()


class ClassOrder:
    """The order in which the real images of a class are used.

    Args:
        real: The images.
        seed: Seed of the order.
    """

    def __init__(self, real: RealImages, seed: int) -> None:
        self.real, self.seed = real, seed
        self._orders: dict[int, Tensor] = {}

    def of(self, label: int) -> Tensor:
        """Return the positions of a class's images, shuffled."""
        if label not in self._orders:
            positions = (self.real.labels == label).nonzero().squeeze(1)
            order = torch.randperm(len(positions), generator=stream(self.seed, label))
            self._orders[label] = positions[order]
        return self._orders[label]


@register_source("real")
class RealSource:
    """The method `real`: the real images; the index of an image is its position in its class.

    Args:
        real: The images. Their files, if they have any, are copied, or converted at original size.
        class_names: Names of the classes, in the order of the labels.
        kind: Format that all files are converted to, at original size; None keeps the format of
            each file.
    """

    method = "real"
    draws_latents = False
    digital_source_type: str | None = None

    def __init__(
        self, real: RealImages, class_names: Sequence[str], kind: "FormatName | None" = None
    ) -> None:
        self.real, self.class_names, self.kind = real, class_names, kind

    @classmethod
    def build(cls, context: "Context") -> "RealSource":
        """Build the source of the training images."""
        files = () if context.resize_real else context.real_files
        real = replace(context.images, files=files)
        return cls(real, context.class_names, context.real_format)

    @property
    def facts(self) -> dict[str, Any]:
        """The settings that determine the images."""
        facts: dict[str, Any] = {"images": images_digest(self.real.images)}
        counts = Counter(file.stored_as(self.kind) for file in self.real.files if file)
        return facts | {
            name: counts[name] for name in ("copied", "encoded", "converted") if name in counts
        }

    def most(self, label: int) -> int:
        """Return the number of real images of a class."""
        return int((self.real.labels == label).sum())

    def make(self, label: int, block: int) -> Batch:
        """Return a block of a class, unchanged."""
        positions = (self.real.labels == label).nonzero().squeeze(1)
        positions = positions[block * BLOCK : (block + 1) * BLOCK]
        start = block * BLOCK
        return Batch(
            label,
            range(start, start + len(positions)),
            self.real.images[positions],
            sources=tuple(self.real.sources[i] for i in positions.tolist()),
            files=tuple(self.real.files[i] for i in positions.tolist() if self.real.files),
        )
