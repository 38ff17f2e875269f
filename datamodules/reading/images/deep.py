"""PNG, PNM and JPEG 2000 files whose values of more than 8 bits Pillow cuts or scales."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from datamodules.errors import UnreadableImageError
from datamodules.reading.images.bands import Native
from datamodules.reading.images.tiff import ORIENTATION, decode_with_opencv

PNG = b"\x89PNG\r\n\x1a\n"
PNG_DEPTH, PNG_COLOR = 24, 25  # positions of two bytes
PNG_GRAY, PNG_RGB, PNG_GRAY_AND_ALPHA = b"\0", b"\2", b"\4"
PNM = re.compile(rb"P([2356])(?:\s|#[^\n]*\n)+\d+(?:\s|#[^\n]*\n)+\d+(?:\s|#[^\n]*\n)+(\d+)\s")
# Start of a JPEG 2000 codestream, with the number of bands and the first one's depth - 1. Signed
# gray is left to Pillow, since OpenCV lacks it.
JPEG_2000 = re.compile(
    rb"\xff\x4f\xff\x51.{36}\0(?:\x01([\x08-\x0f])|[\x02-\x04]([\x08-\x0f\x88-\x8f]))", re.DOTALL
)
JPEG_2000_FILE = b"\0\0\0\x0cjP  "
CODESTREAM = b"\xff\x4f\xff\x51"
# The box that declares which of its bands is alpha.
MEANINGS = b"cdef"
START = 4096  # bytes of a file that suffice
UNREAD = "an unsupported kind of JPEG 2000 of more than 8 bits; export it as PNG or TIFF"
# Chunks of a PNG that may hold its orientation.
ORIENTED = (b"eXIf", b"Raw profile type exif", b"XML:com.adobe.xmp")


def is_deep(start: bytes, upper_byte: bool = False) -> bool:
    """Return whether Pillow would change the values of a file that starts with these bytes.

    PNM files with a maximum below 65,535 don't count: Pillow scales them correctly.

    Args:
        start: The file's first bytes.
        upper_byte: Whether opaque colors may be cut to their upper 8 bits, as Pillow does, except
            in JPEG 2000, where white would become black.
    """
    if start.startswith(PNG):
        exact = (PNG_GRAY, PNG_RGB) if upper_byte else (PNG_GRAY,)
        return start[PNG_DEPTH:PNG_COLOR] == b"\x10" and start[PNG_COLOR:][:1] not in exact
    if pnm := PNM.match(start):
        return pnm[1] in b"36" and int(pnm[2]) == 65535 and not upper_byte
    return _jpeg_2000(start) is not None


def _jpeg_2000(start: bytes) -> re.Match[bytes] | None:
    is_one = start.startswith((JPEG_2000_FILE, CODESTREAM))
    return JPEG_2000.match(start, max(0, start.find(CODESTREAM))) if is_one else None


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
    if pixels is None or pixels.dtype != np.uint16:
        return None
    full = _maximum(content)
    if pixels.ndim == 2:
        return Native(pixels[..., None], full=full)
    if bands or pixels.shape[2] != 4 or is_unmarked_jpeg_2000(content):
        return Native(pixels, full=full)
    gray = content.startswith(PNG) and content[PNG_COLOR:][:1] == PNG_GRAY_AND_ALPHA
    return Native(pixels[..., : 1 if gray else 3], pixels[..., 3] / full, full=full)


def refuse_misread(image: Image.Image, content: bytes, path: str | Path) -> None:
    """Refuse a deep JPEG 2000 that Pillow decoded to colors, whose white it made black.

    Raises:
        UnreadableImageError: The file is one.
    """
    if _jpeg_2000(content) and image.mode not in ("L", "I;16"):
        raise UnreadableImageError(path, UNREAD)


def pgm_maximum(content: bytes) -> int | None:
    """Return the value of white in a PGM of more than 8 bits, which Pillow scales to 65,535."""
    pnm = PNM.match(content)
    return int(pnm[2]) if pnm and pnm[1] in b"25" and int(pnm[2]) > 255 else None


def _maximum(content: bytes) -> int:
    """Return the largest value that a deep file may hold."""
    found = _jpeg_2000(content)
    return 2 ** (ord(found[1] or found[2]) % 128 + 1) - 1 if found else 65535
