"""Color files of 16 bits, of which Pillow keeps the upper 8: PNG, PPM and JPEG 2000."""

import re
from collections.abc import Sequence

import numpy as np
from PIL import Image

from datamodules.reading.images.bands import Native
from datamodules.reading.images.tiff import ORIENTATION, decode_with_opencv

PNG = b"\x89PNG\r\n\x1a\n"
PNG_DEPTH, PNG_COLOR = 24, 25  # positions of two bytes
PNG_GRAY, PNG_RGB, PNG_GRAY_AND_ALPHA = b"\0", b"\2", b"\4"
PPM = re.compile(rb"P[36](?:\s|#[^\n]*\n)+\d+(?:\s|#[^\n]*\n)+\d+(?:\s|#[^\n]*\n)+65535\s")
# A JPEG 2000 codestream, and 36 bytes later the number of bands and the first band's depth - 1.
JPEG_2000 = re.compile(rb"\xff\x4f\xff\x51.{36}\0[\x02-\x04]\x0f", re.DOTALL)
JPEG_2000_FILE = b"\0\0\0\x0cjP  "
CODESTREAM = b"\xff\x4f\xff\x51"
# The box that declares which of its bands is alpha.
MEANINGS = b"cdef"
START = 4096  # bytes of a file that suffice
# Chunks of a PNG that may hold its orientation.
ORIENTED = (b"eXIf", b"Raw profile type exif", b"XML:com.adobe.xmp")


def is_deep(start: bytes, upper_byte: bool = False) -> bool:
    """Return whether a file that starts with these bytes has 16 bits, and color or alpha.

    Files with a declared depth between 8 and 16 bits don't count: Pillow scales them correctly.

    Args:
        start: The file's first bytes.
        upper_byte: Whether opaque colors may be cut to their upper 8 bits, as Pillow does.
    """
    if start.startswith(PNG):
        exact = (PNG_GRAY, PNG_RGB) if upper_byte else (PNG_GRAY,)
        return start[PNG_DEPTH:PNG_COLOR] == b"\x10" and start[PNG_COLOR:][:1] not in exact
    return not upper_byte and bool(PPM.match(start) or JPEG_2000.search(start[:START]))


def is_unmarked_jpeg_2000(content: bytes) -> bool:
    """Return whether this is a JPEG 2000 file that does not declare which band is alpha."""
    head = content[:START].partition(CODESTREAM)[0]
    return content.startswith((JPEG_2000_FILE, CODESTREAM)) and MEANINGS not in head


def orientation_of(image: Image.Image, content: bytes) -> int:
    """Return the EXIF orientation of an opened file, which OpenCV does not apply.

    Args:
        image: The file, opened by Pillow.
        content: The file's content.
    """
    # Without this check, Pillow would decode the whole PNG to look for the orientation.
    if not any(part in content for part in ORIENTED):
        return 1
    orientation = image.getexif().get(ORIENTATION, 1)
    return int(orientation) if orientation in range(1, 9) else 1


def read_deep(content: bytes, bands: Sequence[int] | None) -> Native | None:
    """Decode a deep file, with alpha separate unless bands are chosen; None if it is damaged."""
    pixels = decode_with_opencv(content)
    if pixels is None or pixels.dtype != np.uint16 or pixels.ndim != 3:
        return None
    if bands or pixels.shape[2] != 4 or is_unmarked_jpeg_2000(content):
        return Native(pixels)
    gray = content.startswith(PNG) and content[PNG_COLOR:][:1] == PNG_GRAY_AND_ALPHA
    return Native(pixels[..., : 1 if gray else 3], pixels[..., 3] / 65535)
