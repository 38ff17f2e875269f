"""MNIST's own file format (idx), and where its four files lie."""

import gzip
from pathlib import Path
from typing import NamedTuple

import numpy as np

from datamodules.errors import DataError

# By split: images, labels.
FILES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}


class Digits(NamedTuple):
    """Images with labels, and where each stands in MNIST's own order.

    Attributes:
        images: `[N, 28, 28]` uint8.
        labels: `[N]` uint8, 0 to 9.
        places: `[N]` position in the full split.
    """

    images: np.ndarray
    labels: np.ndarray
    places: np.ndarray


def find_idx_folder(root: Path) -> Path | None:
    """Find where all four files lie, packed or not: `root/MNIST/raw`, `root/raw` or `root`."""
    names = [name for pair in FILES.values() for name in pair]
    for folder in (root / "MNIST" / "raw", root / "raw", root):
        if all(_existing(folder, name) for name in names):
            return folder
    return None


def read_digits(folder: Path, split: str) -> Digits:
    """Read one split from a folder that `find_idx_folder` gave.

    Args:
        folder: Of the four files.
        split: "train" or "test".

    Raises:
        DataError: A file is damaged, or images and labels do not belong together.
    """
    images, labels = (_read(folder, name) for name in FILES[split])
    if images.ndim != 3 or labels.shape != images.shape[:1]:
        raise DataError(
            f"{folder}: {FILES[split][0]} of shape {images.shape} and {FILES[split][1]} of shape "
            f"{labels.shape} do not belong together; fetch MNIST again"
        )
    return Digits(images, labels, np.arange(len(images)))


def _existing(folder: Path, name: str) -> Path | None:
    paths = (folder / name, folder / f"{name}.gz")
    return next((path for path in paths if path.is_file()), None)


def _read(folder: Path, name: str) -> np.ndarray:
    path = _existing(folder, name) or folder / name
    try:
        content = path.read_bytes()
        content = gzip.decompress(content) if path.suffix == ".gz" else content
        # Two zero bytes, the type (8: unsigned byte), the number of dimensions, then each size.
        magic, dimensions = content[:3], content[3]
        start = 4 + 4 * dimensions
        shape = np.frombuffer(content[4:start], ">u4").tolist()
        if magic != b"\0\0\x08":
            raise ValueError("it does not begin like an idx file of bytes")
        return np.frombuffer(content, np.uint8, offset=start).reshape(shape).copy()
    except (OSError, EOFError, ValueError, IndexError) as error:
        raise DataError(f"{path} is damaged ({error}); fetch MNIST again") from error
