"""Surveys a set's files before they are read: whether they are gray, and their range."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image, UnidentifiedImageError

from datamodules.errors import UnreadableImageError
from datamodules.reading.images.bands import Native
from datamodules.reading.images.deep import START, is_deep
from datamodules.reading.images.header import open_file, open_header, read_bytes, unknown_kind
from datamodules.reading.images.image import open_image
from datamodules.reading.images.reader import ImageReader
from datamodules.reading.images.tiff_header import is_tiff
from datamodules.reading.images.window import SetRange, Window, by_percentiles, format_range
from datamodules.reading.scan import run_in_threads

# Number of color files to decode to see whether they are gray; stops at the first with colors.
SAMPLED = 20
# Largest difference between the channels of a gray JPEG, relative to the largest value.
NEARLY = 2 / 255
GRAY = ("1", "L", "LA", "La", "I", "F")


class Survey(NamedTuple):
    """What the files determine.

    Attributes:
        settings: Channels and window, as the files determine them.
        remark: The range of the values in words, and whether color files are gray, or "".
    """

    settings: dict[str, Any]
    remark: str


def survey(paths: Sequence[str], settings: Mapping[str, Any]) -> Survey:
    """Resolve `channels` auto and a window of the whole set for these files.

    8-bit files are only opened; deeper files are decoded to find their range.

    Args:
        paths: The files; unreadable ones are ignored.
        settings: The data module's arguments.

    Raises:
        DataError: Both percentiles of the set's values are the same.
    """
    channels, window, bands = settings["channels"], settings["window"], settings["bands"]
    reader = ImageReader.of(settings)
    set_range, colors = SetRange(len(paths)), set[bool]()
    if "auto" in (channels, window) or by_percentiles(window):

        def look(positions: range) -> int:
            for position in positions:
                try:
                    image = _opened(paths[position], reader)
                except Exception:  # the type depends on format and damage; reported when read
                    continue
                if isinstance(image, Native) and image.values.dtype != np.uint8:
                    set_range.add(image.values)
                colors.add(_has_color(image))
            return len(positions)

        run_in_threads(look, len(paths), "looking over images")
    gray = ""
    if channels == "auto":
        if bands is None and True in colors and _look_gray(paths, reader):
            gray = "red, green and blue are equal, so channels 1 would do"
        channels = 3 if True in colors or not colors else 1
        channels = channels if bands is None else len(bands)
    resolved = set_range.resolve(window)
    remark = _remark(window, resolved, set_range.deep, len(paths) if colors else None)
    if window == "auto" and (narrow_range := set_range.narrow()):
        remark += (
            f", but 99.8% of them are {format_range(narrow_range)} (window 0.1%,99.9% shows these)"
        )
    remark = "; ".join(part for part in (remark, gray) if part)
    return Survey({"channels": channels, "window": resolved}, remark)


def _remark(window: Window, resolved: Window, deep: int, files: int | None) -> str:
    """Return the window's values in words; `files` is None if no file was opened."""
    if files and not deep:
        return "" if window in ("auto", "file") else f"window {window} is not used, all are 8-bit"
    if isinstance(resolved, str) or by_percentiles(resolved):
        return "deep files are mapped each by its own range" if deep and resolved == "file" else ""
    ranges = resolved if isinstance(resolved, dict) else {"values": resolved}
    limits_text = " and ".join(f"{kind} {format_range(limits)}" for kind, limits in ranges.items())
    subset = f" in the {deep:,} files of more than 8 bits" if files and deep < files else ""
    return f"{limits_text} become black to white{subset}"


def shape_of(path: str | Path) -> tuple[int, int, int]:
    """Return a file's height and width, and 1 if it is gray or else 3.

    Raises:
        UnreadableImageError: The file can't be read.
    """
    try:
        image = _opened(str(path), ImageReader(0, 0))
    except UnidentifiedImageError as error:
        with open_file(path) as stream:
            raise UnreadableImageError(path, unknown_kind(stream.read(START), path)) from error
    except UnreadableImageError:
        raise
    except Exception as error:  # the type depends on format and damage
        raise UnreadableImageError(path, " ".join(str(error).split()) or repr(error)) from error
    size = image.values.shape[:2] if isinstance(image, Native) else image.size[::-1]
    return (*size, 3 if _has_color(image) else 1)


def _opened(path: str, reader: ImageReader) -> Image.Image | Native:
    """Open a file: only the header if it has 8 bits, otherwise decoded."""
    with open_file(path, reader.max_pixels) as stream:
        start = stream.read(START)
        stream.seek(0)
        if not is_tiff(start) and not is_deep(start):
            image = open_header(stream)
            if image.mode not in ("P", "PA", "F") and not image.mode.startswith("I"):
                return image
            stream.seek(0)
        return open_image(
            stream.read(), path, reader.max_pixels, bands=reader.bands, page=reader.page
        )


def _look_gray(paths: Sequence[str], reader: ImageReader) -> bool:
    """Return whether a sample of the set's files holds gray images in three channels."""
    num_gray = 0
    for path in paths[:: -(-len(paths) // SAMPLED)]:
        try:
            content = read_bytes(path, reader.max_pixels)
            image = open_image(content, path, reader.max_pixels, page=reader.page)
        except UnreadableImageError:
            continue
        values = image.values if isinstance(image, Native) else np.asarray(image.convert("RGB"))
        if values.shape[2] == 3:
            values = np.nan_to_num(values.astype(np.float64))
            if np.ptp(values, axis=2).max() > NEARLY * np.abs(values).max():
                return False
            num_gray += 1
    return num_gray > 0


def _has_color(image: Image.Image | Native) -> bool:
    if isinstance(image, Native):
        return image.values.shape[2] > 1
    if image.mode not in ("P", "PA"):
        return image.mode not in GRAY
    pixels = np.asarray(image.convert("RGBA")).reshape(-1, 4)
    pixels = pixels[pixels[:, 3] > 0]
    return bool((pixels[:, :1] != pixels[:, 1:3]).any())
