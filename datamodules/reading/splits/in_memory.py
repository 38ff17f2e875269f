"""Where a split's pixels come from: one tensor in memory, or files read on demand."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from datamodules.reading.images.reader import ImageReader

# Leaves room for model, activations and other processes on a laptop with 8 GB.
IN_MEMORY_BYTES = 2 * 2**30


class ImageSource(Protocol):
    """Images of one size, by position."""

    def __len__(self) -> int: ...

    def take(self, indices: Sequence[int] | np.ndarray) -> Tensor:
        """Return the images at `indices` as `[N, channels, size, size]` uint8."""
        ...

    def chosen(self, indices: Sequence[int]) -> "ImageSource":
        """Return a source of only these images, in this order."""
        ...


def fits_in_memory(count: int, image_size: int, channels: int) -> bool:
    """Return whether this many decoded images are few enough to hold in memory."""
    return count * channels * image_size**2 <= IN_MEMORY_BYTES


class InMemoryImages:
    """Decoded images in memory, so that a batch is a single indexing operation.

    Args:
        pixels: `[N, channels, size, size]` uint8.
        rows: Positions of this source's images in pixels, in order; None for all.
    """

    def __init__(self, pixels: Tensor, rows: Tensor | None = None) -> None:
        self.pixels = pixels
        self.rows = torch.arange(len(pixels)) if rows is None else rows

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, indices: Sequence[int] | np.ndarray) -> Tensor:
        """Return the images at `indices` as `[N, channels, size, size]` uint8."""
        return self.pixels[self.rows[torch.as_tensor(indices, dtype=torch.long)]]

    def chosen(self, indices: Sequence[int]) -> "InMemoryImages":
        """Return a source of only these images, in this order; pixels are shared."""
        return InMemoryImages(self.pixels, self.rows[torch.as_tensor(indices, dtype=torch.long)])


class StreamedImages:
    """Images decoded from their files on each access.

    Args:
        paths: The files.
        reader: Reads each file.
    """

    def __init__(self, paths: Sequence[str], reader: ImageReader) -> None:
        self.paths = list(paths)
        self.reader = reader

    def __len__(self) -> int:
        return len(self.paths)

    def take(self, indices: Sequence[int] | np.ndarray) -> Tensor:
        """Return the images at `indices` as `[N, channels, size, size]` uint8.

        Raises:
            UnreadableImageError: A file was removed or damaged since it was first read.
        """
        size = self.reader.image_size
        pixels = np.empty((len(indices), size, size, self.reader.channels), np.uint8)
        for row, index in enumerate(indices):
            pixels[row] = self.reader.read(self.paths[index])
        return torch.from_numpy(pixels).permute(0, 3, 1, 2).contiguous()

    def chosen(self, indices: Sequence[int]) -> "StreamedImages":
        """Return a source of only these images, in this order."""
        return StreamedImages([self.paths[i] for i in indices], self.reader)
