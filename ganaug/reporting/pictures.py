"""Pictures in a page: strips of images as data URIs."""

import base64
import io

import numpy as np
from PIL import Image
from torch import Tensor

from ganaug.reporting.blocks import Picture
from ganaug.utils.webp import fitting_webp

# Minimum and maximum width of thumbnails, and the gap between them. Small images are enlarged by
# integer factors, which keeps pixels square, and large ones are reduced with a Lanczos filter.
SMALLEST, LARGEST, GAP = 56, 112, 4
QUALITY = 82


def strip(images: Tensor, alt: str, label: str = "") -> Picture:
    """Return images side by side, with transparent gaps.

    Args:
        images: `[N, 1 or 3, S, S]` uint8, N ≥ 1.
        alt: Alternative text.
        label: Text below the picture.
    """
    thumbs = [_thumb(image) for image in images.permute(0, 2, 3, 1).cpu().numpy()]
    side = thumbs[0].width
    picture = Image.new("RGBA", (len(thumbs) * (side + GAP) - GAP, side), (0, 0, 0, 0))
    for number, thumb in enumerate(thumbs):
        picture.paste(thumb, (number * (side + GAP), 0))
    picture = fitting_webp(picture)
    # Lossless if the file is small anyway, for gray or small images.
    exact = images.shape[1] == 1 or images.shape[-1] < SMALLEST
    file = io.BytesIO()
    picture.save(file, "WEBP", **({"lossless": True} if exact else {"quality": QUALITY}))
    source = f"data:image/webp;base64,{base64.b64encode(file.getvalue()).decode()}"
    return Picture(source, alt, picture.size, label)


def _thumb(pixels: np.ndarray) -> Image.Image:
    image = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).convert("RGB")
    if image.width > LARGEST:
        return image.resize((LARGEST, LARGEST), Image.Resampling.LANCZOS)
    times = max(1, -(-SMALLEST // image.width))
    return image.resize((image.width * times,) * 2, Image.Resampling.NEAREST)
