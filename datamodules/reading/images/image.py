"""Reads an image file of any kind as an 8-bit array."""

import io
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from datamodules.errors import UnreadableImageError
from datamodules.reading.images.background import Background, blend, on_background
from datamodules.reading.images.bands import Native, choose_bands
from datamodules.reading.images.deep import (
    is_deep,
    is_unmarked_jpeg_2000,
    orientation_of,
    pgm_maximum,
    read_deep,
    refuse_misread,
)
from datamodules.reading.images.header import (
    MAX_PIXELS,
    check_end,
    check_size,
    open_header,
    read_bytes,
    unknown_kind,
)
from datamodules.reading.images.tiff import (
    WHITE_IS_ZERO,
    check_page,
    open_tiff,
    without_unnamed,
)
from datamodules.reading.images.tiff_header import tiff_size

# Extensions of image files. If Pillow was built without a format of the last row, its files are
# reported, not skipped.
IMAGE_EXTENSIONS = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".bmp", ".tif", ".tiff", ".gif"}
    | {".ppm", ".pgm", ".pbm", ".pnm", ".pfm", ".dib"}
    | {".avif", ".heic", ".heif", ".jp2", ".j2k", ".jpx", ".jpf", ".jxl"}
)
LARGE = 2**24  # pixels; larger images are decoded one at a time
RESCALED_AT_ONCE = 2**20  # values
FULL_RANGE = [0.0, 65535.0]  # of 16 bits
FULL = {"integers": FULL_RANGE[1], "floats": 1.0}
Range = tuple[float, float]
Limits = Sequence[float] | Mapping[str, Sequence[float]]
PHOTOMETRIC_TAG = 262
# By EXIF orientation, the operation that turns the image upright.
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_large = threading.Lock()


def read_image(path: str | Path, channels: int, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """Read an image file of any kind as 8-bit gray or RGB.

    Palettes are resolved, transparent pixels become white, EXIF rotation is applied and animations
    yield their first frame. Deeper pixels are rescaled by this file alone: 16 bits by 1/257, floats
    within [0, 1] by 255, and floats or 32-bit integers beyond those ranges from their own minimum
    and maximum to [0, 255]. `ImageReader` reads all files of a set in the same way.

    Args:
        path: The file; its content decides the format, not its name.
        channels: 1 for gray, 3 for RGB.
        max_pixels: Width times height above which the file is refused, before it is decoded.

    Returns:
        `[height, width, channels]` uint8.

    Raises:
        UnreadableImageError: The file is missing, empty, damaged, too large or not an image.
    """
    return decode_image(read_bytes(path, max_pixels), path, channels, max_pixels)


def decode_image(
    content: bytes,
    path: str | Path,
    channels: int,
    max_pixels: int = MAX_PIXELS,
    *,
    bands: Sequence[int] | None = None,
    window: Limits | None = None,
    page: int | None = 1,
    background: Background = "white",
) -> np.ndarray:
    """Decode a file's content as `read_image` does; `path` only names it in errors.

    Args:
        content: The file's content.
        path: The file.
        channels: 1 for gray, 3 for RGB.
        max_pixels: As in `read_image`.
        bands: Numbers of the bands to use, from 1; None if they are unambiguous.
        window: The values that become black and white in files of more than 8 bits, or those for
            integers and for floats; None as in `read_image`.
        page: Which page, slice or frame to use, from 1; None refuses files with several.
        background: Color behind transparent pixels.

    Raises:
        UnreadableImageError: The content is damaged, too large or not an image, or its bands or
            page are unclear.
    """
    limits = window.get("integers") if isinstance(window, Mapping) else window
    exact = limits is None or [*limits] == FULL_RANGE
    image = open_image(content, path, max_pixels, bands=bands, page=page, upper_byte=exact)
    with _naming(path):
        if isinstance(image, Native):
            if isinstance(window, Mapping):
                window = window.get(kind_of(image.values))
            image = _eight_bit(image, window, background)
        return _as_array(on_background(image, background), channels)


def open_image(
    content: bytes,
    path: str | Path,
    max_pixels: int = MAX_PIXELS,
    *,
    bands: Sequence[int] | None = None,
    page: int | None = 1,
    upper_byte: bool = False,
) -> Image.Image | Native:
    """Decode a file's content with its original values.

    Args:
        content: The file's content.
        path: The file.
        max_pixels: As in `read_image`.
        bands: As in `decode_image`.
        page: As in `decode_image`.
        upper_byte: Whether 16-bit colors may be cut to their upper 8 bits, which is correct for the
            full range.

    Returns:
        A Pillow image of 8 bits, or a `Native` of any depth.

    Raises:
        UnreadableImageError: As `decode_image`.
    """
    with _naming(path, content):
        return _open(content, path, max_pixels, bands, page, upper_byte)


@contextmanager
def _naming(path: str | Path, content: bytes = b"") -> Iterator[None]:
    """Convert any error into one that names the file."""
    try:
        yield
    except UnreadableImageError:
        raise
    except UnidentifiedImageError as error:
        raise UnreadableImageError(path, unknown_kind(content, path)) from error
    # Pillow raises OSError, SyntaxError, ValueError, struct.error and more, by format and damage.
    except Exception as error:
        raise UnreadableImageError(path, " ".join(str(error).split()) or repr(error)) from error


def _open(
    content: bytes,
    path: str | Path,
    max_pixels: int,
    bands: Sequence[int] | None,
    page: int | None,
    upper_byte: bool,
) -> Image.Image | Native:
    if (size := tiff_size(content)) is not None:
        check_size(size, path, max_pixels)
    tiff = open_tiff(content, path, page)
    if tiff and not tiff.suits_pillow(bands, upper_byte):
        check_size(tiff.size, path, max_pixels, tiff.bytes)
        with _in_turn(tiff.size):
            return choose_bands(tiff.read(bands), bands, path)
    check_end(content, path)
    with open_header(io.BytesIO(content)) as image:
        check_size(image.size, path, max_pixels)
        with _in_turn(image.size):
            if tiff is None and page != 1 and image.format != "MPO":  # preview, or stereo view
                check_page(getattr(image, "n_frames", 1), page, path)
            if is_deep(content, upper_byte) and (deep := read_deep(content, bands)):
                deep = deep._replace(orientation=orientation_of(image, content))
                return choose_bands(deep, bands, path)
            if index := tiff.index if tiff else (page or 1) - 1:
                image.seek(index)
            image.load()
            refuse_misread(image, content, path)
            if tiff and image.mode in ("RGBA", "LA"):
                values = np.asarray(image) / 255
                tiff.refuse_a_band_as_alpha(values[..., -1], values[..., :-1].mean(axis=2))
            if bands is None and image.mode == "RGBA" and is_unmarked_jpeg_2000(content):
                image = Image.fromarray(without_unnamed(np.asarray(image), path))
            return _upright(image, bands, path, pgm_maximum(content))


def _upright(
    image: Image.Image, bands: Sequence[int] | None, path: str | Path, full: int | None
) -> Image.Image | Native:
    # Pillow itself inverts such TIFF files only up to 8 bits.
    inverted = getattr(image, "tag_v2", {}).get(PHOTOMETRIC_TAG) == WHITE_IS_ZERO
    upright = ImageOps.exif_transpose(image)
    if image.mode.startswith("I") or image.mode == "F":
        values = np.asarray(upright)[..., None]
        if full:
            values = np.rint(values * (full / 65535)).astype(np.uint16)
        return choose_bands(Native(values, inverted=inverted, full=full), bands, path)
    if bands is None:
        return upright
    if upright.mode in ("P", "PA", "1", "YCbCr", "LAB", "HSV"):
        upright = upright.convert("L" if upright.mode == "1" else "RGB")
    values = np.asarray(upright).reshape(upright.height, upright.width, -1)
    values = choose_bands(Native(values), bands, path).values
    return Image.fromarray(values if len(bands) > 1 else values[..., 0])


def _in_turn(size: tuple[int, int]) -> AbstractContextManager[Any]:
    """Decode large images one at a time, so that threads don't exhaust the memory together."""
    return _large if size[0] * size[1] > LARGE else nullcontext()


def _eight_bit(
    image: Native, window: Sequence[float] | None, background: Background
) -> Image.Image:
    """Map deep values to 8 bits, composite them onto the background, and turn them upright."""
    if window is None and image.full is not None:
        window = [0.0, image.full]
    pixels = rescale(image.values, window)
    if image.inverted:
        pixels = 255 - pixels
    if image.alpha is not None:
        pixels = blend(pixels, image.alpha, background, premultiplied=image.premultiplied)
    turned = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    return turned.transpose(TURNS[turn]) if (turn := image.orientation) in TURNS else turned


def kind_of(values: np.ndarray) -> str:
    """Return "integers" or "floats"."""
    return "integers" if np.issubdtype(values.dtype, np.integer) else "floats"


def range_of(values: np.ndarray) -> Range:
    """Return the smallest and the largest finite value; 0 and 0 if there is none."""
    ranges = []
    for part in _parts(values):
        if (finite := part[np.isfinite(part)]).size:
            ranges += [float(finite.min()), float(finite.max())]
    return (min(ranges), max(ranges)) if ranges else (0.0, 0.0)


def rescale(values: np.ndarray, window: Sequence[float] | None = None) -> np.ndarray:
    """Map integer or float pixels to 8 bits; 8-bit pixels are unchanged.

    Args:
        values: Any shape; NaN counts as the smallest value.
        window: The values that become 0 and 255; values beyond are clipped. None maps 16 bits
            from their full range, floats within [0, 1] by 255, and others from their own range.

    Returns:
        uint8 of the same shape.
    """
    if values.dtype == np.uint8:
        return values
    if window is None:
        low, high = range_of(values)
        ceiling = FULL[kind_of(values)]
        if low >= 0 and high <= ceiling:
            low, high = 0.0, ceiling
    else:
        low, high = window
    # Halved, because the difference of two doubles can exceed the largest double.
    spread = (high / 2 - low / 2) or 1.0
    result = np.empty(values.shape, np.uint8)
    for part, target in zip(_parts(values), _parts(result), strict=True):
        finite = np.where(np.isfinite(part), part, low).astype(np.float64).clip(low, high)
        target[...] = np.rint((finite / 2 - low / 2) / spread * 255.0)
    return result


def _parts(values: np.ndarray) -> list[np.ndarray]:
    """Split an image into strips, since as doubles the whole would take eight times its memory."""
    return np.array_split(values, max(1, min(len(values), values.size // RESCALED_AT_ONCE)))


def _as_array(image: Image.Image, channels: int) -> np.ndarray:
    if image.mode == "LAB":  # Pillow only converts LAB to RGB
        image = image.convert("RGB")
    pixels = np.array(image.convert("L" if channels == 1 else "RGB"))
    return pixels.reshape(*pixels.shape[:2], channels)
