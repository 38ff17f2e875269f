"""The data module for MNIST: the full set, or the sample that comes with this package."""
# ruff: noqa: ARG002 - the arguments are read through `hparams`

import contextlib
from pathlib import Path
from typing import Literal

import numpy as np
import torch

from datamodules.arguments import choose_classes
from datamodules.augmentation import fit_square
from datamodules.base import ImageDataModule
from datamodules.errors import DataError
from datamodules.reading.idx import Digits, find_idx_folder, read_digits
from datamodules.reading.in_memory import ResidentImages, fits_in_memory
from datamodules.reading.splits import SPLITS, Gathered, ImageSplit
from datamodules.reading.subsets import content_hash, split_by_content

SAMPLE = Path(__file__).parent / "assets" / "mnist_sample.npz"
DEFAULT_ROOT = Path("data")
NAMES = tuple(str(digit) for digit in range(10))


class MNISTDataModule(ImageDataModule):
    """MNIST's handwritten digits.

    Validation images are cut from the training images by content; the test images are MNIST's own.
    `paths` gives names such as "train/00012", the image's position in MNIST's own order.

    Args:
        root: Folder of the full set: the four idx files, packed or not, or torchvision's layout.
            Left out, ./data is looked into, and without MNIST there the sample that comes with
            this package is used (2,000 training and 400 test images a class).
        image_size: Side in pixels that the 28-pixel images are resized to.
        channels: 1 for grey, 3 for the same grey in three channels.
        classes: Digits to keep, in the order of their labels; all when left out.
        per_class: Training images to keep of each digit: one number, or a number by digit (others
            keep all). The smaller choice is always part of the larger.
        labels_per_class: Training images of each class that keep their label, one number or a number by
            class; the others are learned from without it, and half of each batch has labels. For
            models that learn from both, such as sgan.
        balance: How often classes are drawn: 0 as often as they occur, 1 all equally often, and
            between by their number of images to the power of 1 - balance.
        paired: Whether the second half of each batch is another image of the class of each image
            in the first, as dagan needs it.
        subset_seed: Another seed chooses other images for per_class and labels_per_class.
        batch_size: Images in a training batch on each device.
        epoch_images: At least so many images make an epoch: a smaller set is gone through several
            times, so that an epoch is worth its sheet, its checkpoint and its figures.
        augmentation: Random changes of training images: none, light, mirror, elastic, strong (flips, as
            mirror does), or the path of a file that albumentations.save wrote.
        validation: Share of the training images for validation.
        num_workers: Processes that prepare batches; auto uses none where there is no augmentation.
        seed: Of the order of training images and of the augmentation's draws.
        download: Whether to download the full set into root when it is not there.
    """

    def __init__(
        self,
        root: str | None = None,
        image_size: int = 28,
        channels: Literal[1, 3] = 1,
        classes: list[str | int] | None = None,
        per_class: int | dict[str, int] | None = None,
        labels_per_class: int | dict[str, int] | None = None,
        balance: float = 0.0,
        paired: bool = False,
        subset_seed: int = 0,
        batch_size: int = 128,
        epoch_images: int = 10_000,
        augmentation: str = "none",
        validation: float = 0.1,
        num_workers: int | Literal["auto"] = "auto",
        seed: int = 0,
        download: bool = True,
    ) -> None:
        super().__init__()
        self.root = None if root is None else str(root)
        self.download = download
        self._kept = choose_classes(NAMES, classes)

    def gather(self) -> Gathered:
        """Read the full set or the sample, and cut validation images from the training images."""
        folder = self._find_full_set()
        splits = {}
        for origin in ("train", "test"):
            digits = read_digits(folder, origin) if folder else read_sample(origin)
            splits[origin] = self._as_split(digits, origin)
        train = splits["train"]
        sides: dict[str, list[int]] = {name: [] for name in SPLITS}
        share = self.hparams["validation"]
        chosen = split_by_content(train.hashes, train.labels.tolist(), share, 0.0)
        for position, side in enumerate(chosen):
            sides[side].append(position)
        splits = {
            "train": train.chosen(sides["train"]),
            "validation": train.chosen(sides["validation"]),
            "test": splits["test"],
        }
        if folder:
            return Gathered(self._kept, splits, f"MNIST, full set in {folder}")
        hint = "--data.root DIR uses the full set"
        return Gathered(self._kept, splits, "MNIST, embedded sample", hint)

    def _find_full_set(self) -> Path | None:
        if self.root is None:
            return find_idx_folder(DEFAULT_ROOT)
        root = Path(self.root)
        if not find_idx_folder(root) and self.download:
            _download(root)
        folder = find_idx_folder(root)
        if folder is None:
            raise DataError(
                f"no MNIST in '{root}': neither it nor its MNIST/raw holds the four idx files; "
                "allow the download, or leave root out for the embedded sample"
            )
        return folder

    def _as_split(self, digits: Digits, origin: str) -> ImageSplit:
        kept = [int(name) for name in self._kept]
        rows = np.flatnonzero(np.isin(digits.labels, kept))
        size, channels = self.image_size, self.channels
        if not fits_in_memory(len(rows), size, channels=1):
            raise DataError(
                f"image_size {size} is too large to hold {len(rows):,} MNIST images in memory; "
                "choose a smaller image_size or fewer classes"
            )
        hashes = [content_hash(digits.images[row].tobytes()) for row in rows]
        images = [fit_square(digits.images[row, ..., None], size) for row in rows]
        pixels = torch.from_numpy(np.array(images, np.uint8).reshape(-1, 1, size, size))
        labels = [kept.index(label) for label in digits.labels[rows].tolist()]
        return ImageSplit(
            # A view: the three channels share memory until a batch is taken.
            ResidentImages(pixels.expand(-1, channels, -1, -1)),
            torch.tensor(labels, dtype=torch.long),
            hashes,
            [f"{origin}/{place:05}" for place in digits.places[rows]],
        )


def read_sample(split: str) -> Digits:
    """Read one split ("train" or "test") of the sample that comes with this package."""
    with np.load(SAMPLE, allow_pickle=False) as arrays:
        return Digits(*(arrays[f"{split}_{name}"] for name in Digits._fields))


def _download(root: Path) -> None:
    from torchvision.datasets import MNIST

    folders = [root / "MNIST" / "raw", root / "MNIST", root]
    made = [folder for folder in folders if not folder.exists()]
    try:
        MNIST(str(root), download=True)
    # Depending on what is unreachable, torchvision raises URLError, RuntimeError or OSError.
    except Exception as error:
        for folder in made:
            with contextlib.suppress(OSError):  # not empty: a part that did arrive
                folder.rmdir()
        reason = " ".join(str(error).split())
        raise DataError(
            f"no MNIST in '{root}', and its download failed ({reason}); put the four idx files "
            "there, or leave root out for the embedded sample"
        ) from error
