"""Square images of one size."""

from typing import Literal, get_args

import numpy as np
from PIL import Image

Fit = Literal["crop", "pad", "stretch"]
FITS = get_args(Fit)


def fit_square(image: np.ndarray, size: int, fit: Fit = "crop") -> np.ndarray:
    """Make an image a square of `size`, antialiased.

    Args:
        image: `[height, width, channels]` uint8, one or three channels.
        size: Side of the result in pixels.
        fit: "crop" keeps the central square, "pad" keeps the whole image between two black bars,
            "stretch" keeps the whole image and changes its proportions.

    Returns:
        `[size, size, channels]` uint8; the image itself when it already has that size.
    """
    height, width, channels = image.shape
    if height == width == size:
        return image
    side = min(height, width)
    left, top = (width - side) / 2, (height - side) / 2
    box = (left, top, left + side, top + side) if fit == "crop" else None
    shape = (size, size)
    if fit == "pad":
        longer = max(height, width)
        shape = (max(1, round(size * width / longer)), max(1, round(size * height / longer)))
    # Crop and resize in one call: a 1 x 10,000 strip resized first would need gigabytes.
    resized = Image.fromarray(image[..., 0] if channels == 1 else image).resize(
        shape, Image.Resampling.BICUBIC, box=box
    )
    pixels = np.array(resized).reshape(shape[1], shape[0], channels)
    if fit != "pad":
        return pixels
    square = np.zeros((size, size, channels), np.uint8)
    top, left = (size - shape[1]) // 2, (size - shape[0]) // 2
    square[top : top + shape[1], left : left + shape[0]] = pixels
    return square
