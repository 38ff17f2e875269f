"""Images that are one shade after reading: what hides their content, and how to show it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from PIL import Image

from datamodules.errors import UnreadableImageError
from datamodules.reading.images.background import Background
from datamodules.reading.images.bands import Native
from datamodules.reading.images.header import read_bytes
from datamodules.reading.images.image import open_image, range_of
from datamodules.reading.images.reader import ImageReader
from datamodules.reading.images.window import format_range

# Of 255 steps: differences up to FAINT are hardly visible. What a crop cuts off must exceed PLAIN,
# because a flat image has slightly more noise at its original size.
FAINT, PLAIN = 16, 64
# Number of files to reopen in search of what hides their content.
LOOKED_AT = 100
TRANSPARENT, DEEP, PALE, OUTSIDE, EMPTY = "transparent", "deep", "pale", "outside", "empty"


class Flat(NamedTuple):
    """A file whose image is flat.

    Attributes:
        path: The file.
        cause: What hides its content; EMPTY if it has no content.
        low: The smallest value in the file.
        high: The largest.
        color: The color of an empty file.
    """

    path: str
    cause: str
    low: float = 0.0
    high: float = 0.0
    color: tuple[float, ...] = ()


def is_flat(pixels: np.ndarray, limit: int = FAINT) -> bool:
    """Return whether `[height, width, channels]` uint8 pixels all have nearly the same color.

    Args:
        pixels: The image.
        limit: Largest allowed difference within a channel.
    """
    flat = pixels.reshape(-1, pixels.shape[2])
    return bool((flat.max(axis=0) - flat.min(axis=0) <= limit).all())


def remarks_on_flat(paths: Sequence[str], flat: Sequence[int], reader: ImageReader) -> list[str]:
    """Return remarks on what hides the content of flat images, and how to show it.

    Args:
        paths: All files.
        flat: Positions of the flat ones, in order.
        reader: The reader of the files.
    """
    files = [file for path in _spread([paths[i] for i in flat]) if (file := _cause(path, reader))]
    remarks = []
    for cause in (TRANSPARENT, DEEP, PALE, OUTSIDE, EMPTY):
        cases = [file for file in files if file.cause == cause]
        # A single empty image is normal, and so is a set of different plain colors.
        plain = len(flat) == len(paths) and len({file.color for file in cases}) > 1
        if not plain and len(cases) > (cause != TRANSPARENT):
            count = round(len(flat) * len(cases) / len(files))
            about = "" if len(flat) <= LOOKED_AT else "about "
            head = f"{about}{count:,} of {len(paths):,} images, such as '{cases[0].path}', "
            remarks.append(head + _advice(cause, cases, paths, reader))
    return remarks


def _spread(paths: Sequence[str]) -> Sequence[str]:
    return paths[:: max(1, -(-len(paths) // LOOKED_AT))]


def _cause(path: str, reader: ImageReader) -> Flat | None:
    """Return what hides a file's content, or None if it can no longer be read."""
    try:
        content = read_bytes(path, reader.max_pixels)
        if not is_flat(reader.whole(content, path), PLAIN):
            return Flat(path, OUTSIDE)
        image = open_image(content, path, reader.max_pixels, bands=reader.bands, page=reader.page)
    except UnreadableImageError:
        return None
    if _varies(image.alpha if isinstance(image, Native) else _alpha_of(image)):
        return Flat(path, TRANSPARENT)
    values = image.values if isinstance(image, Native) else _plain(image, reader.channels)
    if bool((values == values[0, 0]).all()):
        return Flat(path, EMPTY, color=tuple(np.atleast_1d(values[0, 0]).tolist()))
    deep = values.dtype != np.uint8
    return Flat(path, DEEP if deep else PALE, *range_of(values))


def _alpha_of(image: Image.Image) -> np.ndarray | None:
    return np.asarray(image.convert("RGBA"))[..., 3] / 255 if image.has_transparency_data else None


def _varies(alpha: np.ndarray | None) -> bool:
    return alpha is not None and np.ptp(alpha) * 255 > FAINT


def _plain(image: Image.Image, channels: int) -> np.ndarray:
    return np.asarray(image.convert("L" if channels == 1 else "RGB"))


def _advice(cause: str, files: Sequence[Flat], paths: Sequence[str], reader: ImageReader) -> str:
    """Return text on what hides the content of files, and how to show it."""
    values = min(file.low for file in files), max(file.high for file in files)
    if cause == TRANSPARENT:
        better = _better_background([file.path for file in files], paths, reader)
        return (
            f"are one color on the {reader.background or 'white'} background, though parts of them "
            f"are transparent; set background to {better} to see what is on them"
        )
    if cause == DEEP:
        low, high = (f"{value:g}" for value in values)
        return (
            f"are nearly one shade: their values are {format_range(values)}, and the window is "
            f"wider; set window to {low},{high} if others have such values, too, or save these "
            "over the whole range"
        )
    if cause == PALE:
        return (
            f"are nearly one shade, with values of {format_range(values)} out of 0 to 255, as in "
            "masks that number classes; spread the values over 0 to 255, or name these files in "
            "ignore"
        )
    if cause == OUTSIDE:
        return (
            "are nearly one shade once cut to a square; set fit to pad or stretch to keep what is "
            "at the edges"
        )
    return "are of a single color; name them in ignore if they show nothing"


def _better_background(examples: Sequence[str], paths: Sequence[str], reader: ImageReader) -> str:
    """Return the background on which the fewest of these and other images are flat."""
    sample = {*examples, *_spread(paths)}

    def flat(background: Background) -> int:
        other = replace(reader, background=background)
        return sum(_is_flat_by(other, path) for path in sample)

    # Black before gray, because it has as much contrast as white.
    current = reader.background or "white"
    return min((name for name in ("black", "white", "gray") if name != current), key=flat)


def _is_flat_by(reader: ImageReader, path: str) -> bool:
    try:
        return is_flat(reader.whole(read_bytes(path, reader.max_pixels), path))
    except UnreadableImageError:
        return False
