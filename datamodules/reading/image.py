"""Reads an image file of any kind as an 8-bit array."""

import io
import stat
import threading
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from datamodules.errors import UnreadableImageError
from datamodules.reading.tiff import decode_tiff, tiff_size

# Image files by name. Pillow may lack the kinds of the last row: such a file is then reported, not
# skipped.
IMAGE_EXTENSIONS = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".bmp", ".tif", ".tiff", ".gif"}
    | {".ppm", ".pgm", ".pbm", ".pnm"}
    | {".avif", ".heic", ".heif", ".jp2", ".jxl"}
)
# Pillow also opens formats that start other programs (EPS); only these are allowed.
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "DIB", "TIFF", "GIF", "PPM", "AVIF", "JPEG2000")
# 300 MB once decoded to RGB; the largest cameras on sale make 100-megapixel files.
MAX_PIXELS = 100_000_000
BYTES_PER_PIXEL = 16  # four 32-bit channels, the widest that Pillow reads
LARGE = 2**24  # pixels; an image of more is decoded alone
RESCALED_AT_ONCE = 2**20  # values
HEADER_BYTES = 2**24  # metadata and thumbnails can be larger than a small image
# Behind transparent pixels: most cut-out images are meant for a white page.
BACKGROUND = (255, 255, 255)
WHITE_IS_ZERO, PHOTOMETRIC_TAG = 0, 262
_opening, _large = threading.Lock(), threading.Lock()


def read_image(path: str | Path, channels: int, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """Read an image file of any kind as 8-bit grey or RGB.

    Palettes are resolved, transparency is put on white, EXIF rotation is applied and an animation
    gives its first frame. Deeper pixels are rescaled: 16-bit full range by 1/257, floats
    within [0, 1] by 255, and floats or 32-bit integers beyond those ranges from their own minimum
    and maximum to [0, 255].

    Args:
        path: The file; its content decides the format, not its name.
        channels: 1 for grey, 3 for RGB.
        max_pixels: Width times height above which the file is refused, before it is decoded.

    Returns:
        `[height, width, channels]` uint8.

    Raises:
        UnreadableImageError: The file is missing, empty, corrupt, truncated, too large or no image.
    """
    return decode_image(read_bytes(path, max_pixels), path, channels, max_pixels)


def read_bytes(path: str | Path, max_pixels: int = MAX_PIXELS) -> bytes:
    """Read a file's content; refuse a file too large for an image of `max_pixels`.

    Raises:
        UnreadableImageError: The file is missing, empty, too large or not a regular file.
    """
    try:
        status = Path(path).stat()
        # A pipe would block forever.
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableImageError(path, "not a regular file")
        if status.st_size > max_pixels * BYTES_PER_PIXEL + HEADER_BYTES:
            raise UnreadableImageError(
                path, f"too large: {status.st_size:,} bytes for at most {max_pixels:,} pixels"
            )
        content = Path(path).read_bytes()
    except OSError as error:
        raise UnreadableImageError(path, error.strerror or str(error)) from error
    if not content:
        raise UnreadableImageError(path, "empty file (0 bytes)")
    return content


def decode_image(
    content: bytes, path: str | Path, channels: int, max_pixels: int = MAX_PIXELS
) -> np.ndarray:
    """Decode a file's content as `read_image` does; `path` only names it in errors.

    Raises:
        UnreadableImageError: The content is corrupt, truncated, too large or no image.
    """
    try:
        return _decode(content, path, channels, max_pixels)
    except UnreadableImageError:
        raise
    # Pillow raises OSError, SyntaxError, ValueError, struct.error and more, by format and damage.
    except Exception as error:
        raise UnreadableImageError(path, " ".join(str(error).split()) or repr(error)) from error


def _decode(content: bytes, path: str | Path, channels: int, max_pixels: int) -> np.ndarray:
    try:
        image = _open_header(content)
    except UnidentifiedImageError as error:
        return _decode_deep_tiff(content, path, channels, max_pixels, error)
    with image:
        _check_size(image.size, path, max_pixels)
        with _in_turn(image.size):
            image.load()
            # Pillow inverts such TIFF files itself, but only those of 8 bits and fewer.
            inverted = getattr(image, "tag_v2", {}).get(PHOTOMETRIC_TAG) == WHITE_IS_ZERO
            return _as_array(_eight_bit(ImageOps.exif_transpose(image), inverted), channels)


def _decode_deep_tiff(
    content: bytes, path: str | Path, channels: int, max_pixels: int, error: Exception
) -> np.ndarray:
    if (size := tiff_size(content)) is not None:
        _check_size(size, path, max_pixels)
        with _in_turn(size):
            if (pixels := decode_tiff(content)) is not None:
                return _as_array(Image.fromarray(rescale(pixels)), channels)
    raise UnreadableImageError(path, "not an image, or of an unknown kind") from error


def _in_turn(size: tuple[int, int]) -> AbstractContextManager[Any]:
    """Decode one large image at a time, so that several threads don't take all memory."""
    return _large if size[0] * size[1] > LARGE else nullcontext()


def _check_size(size: tuple[int, int], path: str | Path, max_pixels: int) -> None:
    pixels = size[0] * size[1]
    if pixels > max_pixels:
        shown = f"{size[0]} x {size[1]}"
        raise UnreadableImageError(
            path, f"too large: {shown} is {pixels:,} pixels, the limit is {max_pixels:,}"
        )


def _open_header(content: bytes) -> Image.Image:
    """Parse the header alone; nothing is decoded yet."""
    # Pillow's own limit is global and is switched off here, hence the lock; ours is checked right
    # after.
    with _opening:
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            Image.init()
            # A format that this build of Pillow lacks would raise a KeyError.
            known = [name for name in FORMATS if name in Image.OPEN]
            return Image.open(io.BytesIO(content), formats=known)
        finally:
            Image.MAX_IMAGE_PIXELS = limit


def _eight_bit(image: Image.Image, inverted: bool) -> Image.Image:
    """Rescale 16-bit, 32-bit and float pixels, which Pillow's `convert` would clip."""
    if not (image.mode.startswith("I") or image.mode == "F"):
        return image
    pixels = rescale(np.asarray(image))
    return Image.fromarray(255 - pixels if inverted else pixels)


def rescale(values: np.ndarray) -> np.ndarray:
    """Rescale integer or float pixels to 8 bits, as described in `read_image`.

    Args:
        values: Any shape; non-finite floats count as the smallest finite value.

    Returns:
        uint8 of the same shape.
    """
    low, high = _range_of(values)
    ceiling = 65535.0 if np.issubdtype(values.dtype, np.integer) else 1.0
    if low >= 0 and high <= ceiling:
        low, high = 0.0, ceiling
    # Halves, because the range of doubles can exceed what a double holds.
    spread = (high / 2 - low / 2) or 1.0
    result = np.empty(values.shape, np.uint8)
    for part, target in zip(_parts(values), _parts(result), strict=True):
        known = np.where(np.isfinite(part), part, low).astype(np.float64)
        target[...] = np.rint((known / 2 - low / 2) / spread * 255.0)
    return result


def _range_of(values: np.ndarray) -> tuple[float, float]:
    """Return the smallest and the largest finite value; 0 and 0 if there is none."""
    ranges = []
    for part in _parts(values):
        if (known := part[np.isfinite(part)]).size:
            ranges += [float(known.min()), float(known.max())]
    return (min(ranges), max(ranges)) if ranges else (0.0, 0.0)


def _parts(values: np.ndarray) -> list[np.ndarray]:
    """Split an image into bands: as doubles, a large image would take eight times its bytes."""
    return np.array_split(values, max(1, min(len(values), values.size // RESCALED_AT_ONCE)))


def _as_array(image: Image.Image, channels: int) -> np.ndarray:
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, (*BACKGROUND, 255)), image)
    pixels = np.array(image.convert("L" if channels == 1 else "RGB"))
    return pixels.reshape(*pixels.shape[:2], channels)
