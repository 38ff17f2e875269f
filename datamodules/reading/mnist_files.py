"""MNIST's four files: where they are, and their content as torchvision reads it."""

import gzip
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np

from datamodules.errors import DataError

# Files of images and labels, by split.
FILES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}


class Digits(NamedTuple):
    """Images with labels, and the position of each in MNIST.

    Attributes:
        images: `[N, 28, 28]` uint8.
        labels: `[N]` uint8, 0 to 9.
        places: `[N]` position of each in the full split.
    """

    images: np.ndarray
    labels: np.ndarray
    places: np.ndarray


def mnist_folders(root: Path) -> tuple[Path, ...]:
    """Return the folders below a root in which MNIST's files may be."""
    return root / "MNIST" / "raw", root / "raw", root


def find_mnist(root: Path) -> Path | None:
    """Find the folder of all four files (plain or .gz); see `mnist_folders`."""
    names = [name for pair in FILES.values() for name in pair]
    for folder in mnist_folders(root):
        if all(_existing(folder, name) for name in names):
            return folder
    return None


def read_digits(folder: Path, split: str) -> Digits:
    """Read one split from a folder that `find_mnist` returned.

    Args:
        folder: The folder of the four files.
        split: "train" or "test".

    Raises:
        DataError: A file is damaged, or images and labels do not match.
    """
    images, labels = (_read(folder, name) for name in FILES[split])
    if len(images) != len(labels):
        raise DataError(
            f"{folder}: {FILES[split][0]} holds {len(images):,} images and {FILES[split][1]} "
            f"{len(labels):,} labels, so they do not belong together; download MNIST again"
        )
    return Digits(images, labels, np.arange(len(images)))


def _existing(folder: Path, name: str) -> Path | None:
    paths = (folder / name, folder / f"{name}.gz")
    return next((path for path in paths if path.is_file()), None)


def _read(folder: Path, name: str) -> np.ndarray:
    from torchvision.datasets.mnist import read_image_file, read_label_file

    read_file = read_image_file if "images" in name else read_label_file
    path = _existing(folder, name) or folder / name
    try:
        if path.suffix != ".gz":
            return read_file(str(path)).numpy().astype(np.uint8)
        with TemporaryDirectory() as unpacked:
            file = Path(unpacked) / name
            file.write_bytes(gzip.decompress(path.read_bytes()))
            return read_file(str(file)).numpy().astype(np.uint8)
    # AssertionError, EOFError, OSError, RuntimeError or ValueError, depending on the damage.
    except Exception as error:
        reason = " ".join(str(error).split()) or "not a file of MNIST"
        raise DataError(f"{path} is damaged ({reason}); download MNIST again") from error
