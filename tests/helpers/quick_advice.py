"""A search that takes moments: striped images, and a classifier that learns them quickly."""

import numpy as np
from PIL import Image

from datamodules.image_folder import ImageFolderDataModule
from helpers.quick_classifiers import LINEAR

# A fast classifier and augmentation, because the tests are about the search.
QUICK = {"trials": 30, "augmentation": "mirror", "classifier": LINEAR}


def stripes(folder, count, first=0, classes=("across", "down")):
    """Write images with a horizontal or vertical stripe in a random place."""
    for label, name in enumerate(classes):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for number in range(first, first + count):
            random = np.random.default_rng([label, number])
            pixels = random.integers(0, 90, (16, 16), dtype=np.uint8)
            pixels[random.integers(4, 12)] += 120
            pixels = pixels.T if label else pixels
            Image.fromarray(np.ascontiguousarray(pixels)).save(folder / name / f"{number}.png")


def data_of(root, **settings):
    return ImageFolderDataModule(str(root), image_size=16, **settings)
