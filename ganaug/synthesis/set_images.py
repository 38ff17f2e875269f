"""SetImages: the pixels of a set's files, read when they are needed."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ganaug.synthesis.listing import Listed
from ganaug.utils.errors import UsageError

if TYPE_CHECKING:
    from torch import Tensor

    from datamodules.reading.images.reader import ImageReader
    from datamodules.reading.scan import Scan


class SetImages:
    """The pixels of a set's files.

    Args:
        listed: The files and their labels.
        reader: Reads the files.
        foreign: Whether another program made the set, whose unreadable files are left out.
        keep_pixels: Whether to keep the pixels of a foreign set when its files are first read.
    """

    def __init__(
        self, listed: Sequence[Listed], reader: "ImageReader", *, foreign: bool, keep_pixels: bool
    ) -> None:
        self._listed, self._reader = listed, reader
        self._foreign, self._keep_pixels = foreign, keep_pixels

    @property
    def readable(self) -> list[Listed]:
        """The files that can be read; unreadable ones are named once.

        Raises:
            UsageError: None can be read.
        """
        return [self._listed[i] for i in self._readable_positions]

    def all(self) -> "Tensor":
        """Read all readable files, `[N, channels, image_size, image_size]` uint8."""
        if not self._foreign:
            return self.read(self._listed)
        if (pixels := self._scan.pixels) is not None:
            return pixels[self._readable_positions]
        return self.read(self.readable)

    def read(self, listed: Sequence[Listed]) -> "Tensor":
        """Read some of the files, `[n, channels, image_size, image_size]` uint8."""
        import torch

        with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
            pixels = np.stack(list(pool.map(self._reader.read, [entry.path for entry in listed])))
        return torch.from_numpy(pixels).permute(0, 3, 1, 2).contiguous()

    @cached_property
    def _scan(self) -> "Scan":
        from datamodules.reading.scan import scan_images

        paths = [str(entry.path) for entry in self._listed]
        return scan_images(paths, self._reader, keep_pixels=self._keep_pixels)

    @cached_property
    def _readable_positions(self) -> list[int]:
        from ganaug.synthesis.foreign import say_left_out

        unreadable = self._scan.unreadable
        say_left_out({str(self._listed[i].path): reason for i, reason in unreadable.items()})
        if len(unreadable) == len(self._listed):
            raise UsageError(
                f"none of the {len(self._listed):,} images of the dataset can be read, such as "
                f"{self._listed[0].path} ({unreadable[0]}); replace them"
            )
        return [i for i in range(len(self._listed)) if i not in unreadable]
