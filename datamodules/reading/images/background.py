"""The background of transparent pixels, the same for all images of a set."""

from typing import Literal, get_args

import numpy as np
from PIL import Image

Background = Literal["white", "gray", "black"]
BACKGROUNDS = get_args(Background)
LEVELS = {"white": 255, "gray": 128, "black": 0}


def on_background(image: Image.Image, background: Background) -> Image.Image:
    """Put an image of 8 bits on the background; an opaque one is returned unchanged."""
    if not image.has_transparency_data:
        return image
    image = image.convert("RGBA")
    level = LEVELS[background]
    return Image.alpha_composite(Image.new("RGBA", image.size, (level, level, level, 255)), image)


def blend(
    pixels: np.ndarray, alpha: np.ndarray, background: Background, *, premultiplied: bool
) -> np.ndarray:
    """Put pixels on the background.

    Args:
        pixels: `[height, width, bands]` uint8.
        alpha: `[height, width]` opacity from 0 to 1.
        background: Color behind them.
        premultiplied: Whether pixels are multiplied by alpha already.
    """
    opacity = alpha[..., None]
    opaque = pixels * (1 if premultiplied else opacity) + LEVELS[background] * (1 - opacity)
    return np.rint(opaque).clip(0, 255).astype(np.uint8)
