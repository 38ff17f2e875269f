"""Random images of every depth and number of bands, and the expected result of reading them."""

import numpy as np
from PIL import Image

from datamodules.image_folder import ImageFolderDataModule

SIDE = 16
RANDOM = np.random.default_rng(0)


def noise(bands, dtype, least, most):
    """Return random values with a known minimum and maximum."""
    shape = (SIDE, SIDE, bands) if bands > 1 else (SIDE, SIDE)
    values = RANDOM.uniform(least, most, shape).astype(dtype)
    values.flat[0], values.flat[-1] = least, most
    return values


MANY = {"photometric": "minisblack", "planarconfig": "contig"}
APART = {"photometric": "minisblack", "planarconfig": "separate"}
TRUE = {"photometric": "rgb"}
GRAY8, RGB8, RGBA8 = (noise(bands, np.uint8, 0, 255) for bands in (1, 3, 4))
RGB12, GRAY12 = noise(3, np.uint16, 0, 4095), noise(1, np.uint16, 0, 4095)
GRAY = Image.fromarray(GRAY8)


def load(folder, **options):
    settings = {"image_size": SIDE, "validation": 0.0, "test": 0.0, **options}
    return ImageFolderDataModule(str(folder), **settings)


def pixels_of(folder, **options):
    """Return the only image of a folder, `[SIDE, SIDE, channels]`."""
    return load(folder, **options).images("train")[0][0].permute(1, 2, 0).numpy()


def in_bytes(values, low, high):
    """Map values to 8 bits by an independent formula, `[SIDE, SIDE, channels]`."""
    if values.shape[0] in (3, 4) and values.ndim == 3:
        values = np.moveaxis(values, 0, -1)
    scaled = (values.astype(np.float64) - low) / (high - low) * 255
    return scaled.clip(0, 255).reshape(SIDE, SIDE, -1)[..., :3]
