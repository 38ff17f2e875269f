"""Resizes images to squares of one size."""

from typing import Literal, get_args

import numpy as np
from PIL import Image

from datamodules.reading.images.background import LEVELS, Background

Fit = Literal["crop", "pad", "stretch"]
FITS = get_args(Fit)
# A border is of one color if the share ALIKE of its pixels differ by at most NEAR (of 255) from
# their median. This tolerates camera noise and an object that touches the border.
ALIKE, NEAR = 0.9, 16


def fit_square(
    image: np.ndarray, size: int, fit: Fit = "crop", background: Background | None = None
) -> np.ndarray:
    """Resize an image to a square, with antialiasing.

    Args:
        image: `[height, width, channels]` uint8, one or three channels.
        size: Side of the result in pixels.
        fit: "crop" keeps the central square, "pad" keeps the whole image between two bars,
            "stretch" keeps the whole image and changes its proportions.
        background: Color of the bars; None for the color of the image's border (`border_color`).

    Returns:
        `[size, size, channels]` uint8; the same array if it already has that size.
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
    # Crop and resize in one call: resizing a 1 x 10,000 strip first would need gigabytes.
    resized = Image.fromarray(image[..., 0] if channels == 1 else image).resize(
        shape, Image.Resampling.BICUBIC, box=box
    )
    pixels = np.array(resized).reshape(shape[1], shape[0], channels)
    if fit != "pad":
        return pixels
    square = np.empty((size, size, channels), np.uint8)
    square[:] = border_color(image) if background is None else LEVELS[background]
    top, left = (size - shape[1]) // 2, (size - shape[0]) // 2
    square[top : top + shape[1], left : left + shape[0]] = pixels
    return square


def border_color(image: np.ndarray) -> np.ndarray:
    """Return the median color of an image's outermost pixels; black if they differ.

    Args:
        image: `[height, width, channels]` uint8.

    Returns:
        `[channels]` uint8.

    Example:
        >>> page = np.full((4, 9, 1), 250, np.uint8)
        >>> page[1:3, 2:5] = 0
        >>> border_color(page)
        array([250], dtype=uint8)
    """
    sides = (image[0], image[-1], image[1:-1, 0], image[1:-1, -1])
    border = np.concatenate(sides)
    color = np.median(border, axis=0)
    is_near = (np.abs(border - color) <= NEAR).all(axis=1)
    return (color if is_near.mean() >= ALIKE else np.zeros_like(color)).astype(np.uint8)
