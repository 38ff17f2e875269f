"""The data module of MNIST: the full set, or the sample in this package."""
# ruff: noqa: ARG002 - the arguments are read through `hparams`

import contextlib
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch

from datamodules.arguments import choose_classes
from datamodules.base import ImageDataModule
from datamodules.errors import DataError
from datamodules.reading.folders.class_names import expanded
from datamodules.reading.images.square import fit_square
from datamodules.reading.mnist_files import Digits, find_mnist, read_digits
from datamodules.reading.splits.in_memory import InMemoryImages, fits_in_memory
from datamodules.reading.splits.splits import SPLITS, DataSplits, ImageSplit
from datamodules.reading.splits.subsets import content_hash, split_by_content

SAMPLE = Path(__file__).parent / "assets" / "mnist_sample.npz"
DEFAULT_ROOT = Path("data")
NAMES = tuple(str(digit) for digit in range(10))


class MNISTDataModule(ImageDataModule):
    """MNIST's handwritten digits (LeCun et al. 1998).

    Validation images are taken from the training images by content; the test images are MNIST's
    own. `paths` returns names such as "train/00012", with the image's position in MNIST.

    Args:
        root: Folder of the full set: its four files, compressed or not, or torchvision's layout. By
            default, ./data is searched, and if MNIST is not there, the sample in this package is
            used (2,000 training and 400 test images of each class).
        image_size: Side in pixels that the 28-pixel images are resized to.
        channels: 1 for grayscale, 3 for the same values in three channels.
        batch_size: Images in a training batch on each device.
        classes: Digits to keep, in the order of their labels; all by default.
        labels_per_class: Training images of each class that keep their label, as one number or a
            number by class. The others are trained on without labels; half of each batch is
            labeled. For models that learn from both, such as sgan.
        balance: How often classes are drawn: 0 by frequency, 1 all equally often, and in between by
            their number of images to the power of 1 - balance.
        paired: Whether the second half of each batch has another image of the same class for each
            image in the first half, as dagan needs.
        download: Whether to download the full set into root if it is not there.
        settings: The other arguments of `ImageDataModule`.

    Example:
        >>> data = MNISTDataModule(classes=[3, 8], per_class=100, batch_size=50)
        >>> data.class_counts  # doctest: +ELLIPSIS
        data: MNIST, ...
        {'3': 100, '8': 100}
        >>> images, labels = next(iter(data.train_dataloader()))
        >>> images.shape, labels.shape
        (torch.Size([50, 1, 28, 28]), torch.Size([50]))
    """

    def __init__(
        self,
        root: str | None = None,
        image_size: int = 28,
        channels: Literal[1, 3] = 1,
        batch_size: int = 128,
        classes: list[str | int] | None = None,
        labels_per_class: int | dict[str, int] | None = None,
        balance: float = 0.0,
        paired: bool = False,
        download: bool = False,
        **settings: Any,
    ) -> None:
        super().__init__(image_size, channels, batch_size=batch_size, **settings)
        self.root = None if root is None else expanded(root)
        self.download = download
        self._class_names = choose_classes(NAMES, classes)

    def read_splits(self) -> DataSplits:
        """Read the full set or the sample, and take validation images from the training images."""
        folder = self._find_full_set()
        splits = {}
        for origin in ("train", "test"):
            digits = read_digits(folder, origin) if folder else read_sample(origin)
            splits[origin] = self._as_split(digits, origin)
        train = splits["train"]
        positions: dict[str, list[int]] = {name: [] for name in SPLITS}
        share = self.hparams["validation"]
        split_names = split_by_content(train.hashes, train.labels.tolist(), share, 0.0)
        for position, split in enumerate(split_names):
            positions[split].append(position)
        splits = {
            "train": train.chosen(positions["train"]),
            "validation": train.chosen(positions["validation"]),
            "test": splits["test"],
        }
        if folder:
            return DataSplits(self._class_names, splits, f"MNIST, full set in {folder}")
        hint = "set root to a folder to use the full set"
        return DataSplits(self._class_names, splits, "MNIST, embedded sample", hint)

    def _find_full_set(self) -> Path | None:
        if self.root is None:
            return find_mnist(DEFAULT_ROOT)
        root = Path(self.root)
        if not find_mnist(root) and self.download:
            _download(root)
        folder = find_mnist(root)
        if folder is None:
            raise DataError(
                f"no MNIST in '{root}': neither it nor its MNIST/raw holds the four idx files; "
                "set download to true, or leave root out for the embedded sample; for other "
                "images use the data module image_folder"
            )
        return folder

    def _as_split(self, digits: Digits, origin: str) -> ImageSplit:
        kept_digits = [int(name) for name in self._class_names]
        rows = np.flatnonzero(np.isin(digits.labels, kept_digits))
        size, channels = self.image_size, self.channels
        if not fits_in_memory(len(rows), size, channels=1):
            raise DataError(
                f"image_size {size} is too large to hold {len(rows):,} MNIST images in memory; "
                "choose a smaller image_size or fewer classes"
            )
        hashes = [content_hash(digits.images[row].tobytes()) for row in rows]
        images = [fit_square(digits.images[row, ..., None], size) for row in rows]
        pixels = torch.from_numpy(np.array(images, np.uint8).reshape(-1, 1, size, size))
        labels = [kept_digits.index(label) for label in digits.labels[rows].tolist()]
        return ImageSplit(
            # A view: the channels share memory until a batch is copied.
            InMemoryImages(pixels.expand(-1, channels, -1, -1)),
            torch.tensor(labels, dtype=torch.long),
            hashes,
            [f"{origin}/{position:05}" for position in digits.places[rows]],
        )


def read_sample(split: str) -> Digits:
    """Read one split ("train" or "test") of the sample in this package."""
    with np.load(SAMPLE, allow_pickle=False) as arrays:
        return Digits(*(arrays[f"{split}_{name}"] for name in Digits._fields))


def _download(root: Path) -> None:
    from torchvision.datasets import MNIST

    folders = [root / "MNIST" / "raw", root / "MNIST", root]
    new_folders = [folder for folder in folders if not folder.exists()]
    try:
        MNIST(str(root), download=True)
    # torchvision raises URLError, RuntimeError or OSError, depending on what is unreachable.
    except Exception as error:
        for folder in new_folders:
            with contextlib.suppress(OSError):  # not empty: part of it was downloaded
                folder.rmdir()
        reason = " ".join(str(error).split())
        raise DataError(
            f"no MNIST in '{root}', and its download failed ({reason}); put the four idx files "
            "there, or leave root out for the embedded sample"
        ) from error
