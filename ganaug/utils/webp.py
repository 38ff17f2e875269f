"""Scaling pictures down to the largest size of a WebP file."""

from PIL import Image

# The longest side that a WebP can have.
MOST_PIXELS = 16_383


def fitting_webp(picture: Image.Image) -> Image.Image:
    """Return a picture that fits into a WebP: the given one, or a smaller copy.

    Args:
        picture: A picture of any size.

    Example:
        >>> fitting_webp(Image.new("RGB", (32_766, 100))).size
        (16383, 50)
    """
    if max(picture.size) <= MOST_PIXELS:
        return picture
    smaller = picture.copy()
    smaller.thumbnail((MOST_PIXELS, MOST_PIXELS))
    return smaller
