"""The data module of digits and of other digits, thickened and inverted: two kinds, no pairs."""
# ruff: noqa: ARG002 - the arguments are read through `hparams`

from dataclasses import replace
from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import max_pool2d, pad

from datamodules.base import ImageDataModule
from datamodules.mnist import MNISTDataModule
from datamodules.reading.in_memory import ResidentImages
from datamodules.reading.splits import Gathered, ImageSplit

KINDS = ("digits", "thick_inverted")


class UnpairedDigitsDataModule(ImageDataModule):
    """MNIST's digits, and other digits of it that were thickened and inverted.

    Every second image is left as it is, the others are changed, so that no image appears as both.
    The change is known, so what a model makes of a digit can be checked: undone, it must still
    read as the same digit.

    Args:
        root: Folder of the full set, as for `mnist`.
        image_size: Side in pixels that the 28-pixel images are resized to.
        channels: 1 for grey, 3 for the same grey in three channels.
        per_class: Training images to keep of each kind: one number, or a number by kind.
        subset_seed: Another seed chooses other images for per_class.
        batch_size: Images in a training batch on each device, both kinds together.
        epoch_images: At least so many images make an epoch.
        augmentation: Random changes of training images: none, light, mirror, elastic, strong, or the path
            of a file that albumentations.save wrote.
        validation: Share of the training images for validation.
        num_workers: Processes that prepare batches; auto uses none where there is no augmentation.
        seed: Of the order of training images and of the augmentation's draws.
        download: Whether to download the full set into root when it is not there.
    """

    halved_by_class = True

    def __init__(
        self,
        root: str | None = None,
        image_size: int = 28,
        channels: Literal[1, 3] = 1,
        per_class: int | dict[str, int] | None = None,
        subset_seed: int = 0,
        batch_size: int = 16,
        epoch_images: int = 10_000,
        augmentation: str = "none",
        validation: float = 0.1,
        num_workers: int | Literal["auto"] = "auto",
        seed: int = 0,
        download: bool = True,
    ) -> None:
        super().__init__()
        self.root, self.download = root, download

    def gather(self) -> Gathered:
        """Read MNIST and change every second image."""
        digits = MNISTDataModule(
            root=self.root,
            image_size=self.image_size,
            channels=self.hparams["channels"],
            validation=self.hparams["validation"],
            download=self.download,
        ).gather()
        splits = {name: _every_second_changed(split) for name, split in digits.splits.items()}
        return Gathered(KINDS, splits, f"{digits.origin}, half of it changed", digits.hint)


def thicken_and_invert(pixels: Tensor) -> Tensor:
    """Widen strokes by a pixel on each side and turn white to black, `[N, C, S, S]` uint8."""
    # Padded with black, the colour of the paper.
    thick = max_pool2d(pad(pixels.float(), (1, 1, 1, 1)), 3, stride=1)
    return (255 - thick).to(torch.uint8)


def _every_second_changed(split: ImageSplit) -> ImageSplit:
    count = len(split.labels)
    pixels = split.source.take(range(count)).clone()
    pixels[1::2] = thicken_and_invert(pixels[1::2])
    return replace(split, source=ResidentImages(pixels), labels=torch.arange(count) % 2)
