"""Writes and reads folders of small images for tests."""

import io
import re

import numpy as np
import tifffile
from PIL import Image

from datamodules.image_folder import ImageFolderDataModule
from datamodules.reading.splits.splits import SPLITS


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


def sorted_images(data, split):
    images, labels = data.images(split)
    order = sorted(range(len(labels)), key=lambda i: images[i].flatten().tolist())
    return images[order], labels[order]


def content(number):
    """Return a file's bytes: a PNG, 16-bit PNG, JPEG with EXIF rotation or RGB TIFF."""
    rng, stream = np.random.default_rng(number), io.BytesIO()
    pixels = rng.integers(0, 256, (12, 10, 3), np.uint8)
    if number % 4 == 1:
        Image.fromarray(rng.integers(0, 40_000, (12, 10), np.uint16)).save(stream, "PNG")
    elif number % 4 == 2:
        exif = Image.Exif()
        exif[274] = 6
        Image.fromarray(pixels).save(stream, "JPEG", exif=exif)
    elif number % 4 == 3:
        tifffile.imwrite(stream, pixels, photometric="rgb")
    else:
        Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def follow(said, root):
    """Set the arguments that an error suggests, and read the data."""
    found = {
        argument: re.search(rf"{argument} to '([^']+)'", said)
        for argument in ("labels", "label_column", "groups")
    }
    return load(root, **{argument: match[1] for argument, match in found.items() if match})
