"""The data module of unpaired digits: plain ones, and thickened and inverted ones."""

from dataclasses import replace
from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn.functional import max_pool2d, pad

from datamodules.base import ImageDataModule
from datamodules.mnist import MNISTDataModule
from datamodules.reading.splits.in_memory import InMemoryImages
from datamodules.reading.splits.splits import DataSplits, ImageSplit

KINDS = ("digits", "thick_inverted")


class UnpairedDigitsDataModule(ImageDataModule):
    """MNIST digits, and other digits that are thickened and inverted.

    Every second image is changed, so no image appears in both versions. The change is known, so a
    translation can be checked: after undoing the change, it must show the same digit.

    Args:
        root: Folder of the full set, as for `MNISTDataModule`.
        image_size: Side in pixels that the 28-pixel images are resized to.
        channels: 1 for gray, 3 for the same values in three channels.
        batch_size: Images in a training batch on each device, both kinds together.
        download: Whether to download the full set into root if it is not there.
        settings: The other arguments of `ImageDataModule`; per_class counts each kind.
    """

    half_by_class = True

    def __init__(
        self,
        root: str | None = None,
        image_size: int = 28,
        channels: Literal[1, 3] = 1,
        batch_size: int = 16,
        download: bool = False,
        **settings: Any,
    ) -> None:
        super().__init__(image_size, channels, batch_size=batch_size, **settings)
        self.root, self.download = root, download

    def read_splits(self) -> DataSplits:
        """Read MNIST and change every second image."""
        digits = MNISTDataModule(
            root=self.root,
            image_size=self.image_size,
            channels=self.hparams["channels"],
            validation=self.hparams["validation"],
            download=self.download,
        ).read_splits()
        splits = {name: _every_second_changed(split) for name, split in digits.splits.items()}
        return DataSplits(KINDS, splits, f"{digits.origin}, half of it changed", digits.hint)


def thicken_and_invert(pixels: Tensor) -> Tensor:
    """Widen strokes by a pixel on each side and invert the images, `[N, C, S, S]` uint8."""
    # Padded with black, the background.
    thick = max_pool2d(pad(pixels.float(), (1, 1, 1, 1)), 3, stride=1)
    return (255 - thick).to(torch.uint8)


def _every_second_changed(split: ImageSplit) -> ImageSplit:
    count = len(split.labels)
    pixels = split.source.take(range(count)).clone()
    pixels[1::2] = thicken_and_invert(pixels[1::2])
    return replace(split, source=InMemoryImages(pixels), labels=torch.arange(count) % 2)
