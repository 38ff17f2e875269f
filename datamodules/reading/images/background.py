"""The background color of transparent pixels, the same for all images of a set."""

from typing import Literal, get_args

import numpy as np
from PIL import Image

Background = Literal["white", "gray", "black"]
BACKGROUNDS = get_args(Background)
LEVELS = {"white": 255, "gray": 128, "black": 0}


def on_background(image: Image.Image, background: Background) -> Image.Image:
    """Composite an 8-bit image onto the background; an opaque image is returned unchanged.

    Colors whose alpha is 0 everywhere count as opaque: some programs leave alpha empty.
    """
    if not image.has_transparency_data:
        return image
    image = image.convert("RGBA")
    transparent = image.getchannel("A").getbbox() is None
    if transparent and np.ptp(np.asarray(image), axis=(0, 1)).any():
        return image.convert("RGB")
    level = LEVELS[background]
    return Image.alpha_composite(Image.new("RGBA", image.size, (level, level, level, 255)), image)


def blend(
    pixels: np.ndarray, alpha: np.ndarray, background: Background, *, premultiplied: bool
) -> np.ndarray:
    """Composite pixels onto the background, as `on_background`.

    Args:
        pixels: `[height, width, bands]` uint8.
        alpha: `[height, width]` opacity from 0 to 1.
        background: Color behind them.
        premultiplied: Whether the pixels are already multiplied by alpha.
    """
    if not alpha.any() and (pixels != pixels[0, 0]).any():
        return pixels
    opacity = alpha[..., None]
    opaque = pixels * (1 if premultiplied else opacity) + LEVELS[background] * (1 - opacity)
    return np.rint(opaque).clip(0, 255).astype(np.uint8)
