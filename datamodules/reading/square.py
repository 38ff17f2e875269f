"""Square images of one size."""

import numpy as np
from PIL import Image


def fit_square(image: np.ndarray, size: int) -> np.ndarray:
    """Crop the central square of an image and resize it to `size`, antialiased.

    Args:
        image: `[height, width, channels]` uint8, one or three channels.
        size: Side of the result in pixels.

    Returns:
        `[size, size, channels]` uint8; the image itself when it already has that size.
    """
    height, width, channels = image.shape
    if height == width == size:
        return image
    side = min(height, width)
    left, top = (width - side) / 2, (height - side) / 2
    # Crop and resize in one call: a 1 x 10,000 strip resized first would need gigabytes.
    resized = Image.fromarray(image[..., 0] if channels == 1 else image).resize(
        (size, size), Image.Resampling.BICUBIC, box=(left, top, left + side, top + side)
    )
    return np.array(resized).reshape(size, size, channels)
