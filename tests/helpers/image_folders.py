"""Folders of small images for tests to make and read."""

import numpy as np
from PIL import Image

from datamodules.image_folder import ImageFolderDataModule
from datamodules.reading.splits import SPLITS


def write(path, number):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(number).integers(0, 256, (12, 10, 3), np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def fill(folder, count, first=0):
    return [write(folder / f"{first + i:03}.png", first + i) for i in range(count)]


def load(root, **options):
    return ImageFolderDataModule(**{"root": str(root), "image_size": 8, **options})


def everything(data):
    return sorted(path for split in SPLITS for path in data.paths(split))
