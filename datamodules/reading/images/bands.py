"""Selects the bands of a file that are the image: gray or RGB, and alpha."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from datamodules.errors import DataError, UnreadableImageError


class Native(NamedTuple):
    """An image of any depth, before its values are mapped to 8 bits.

    Attributes:
        values: `[height, width, bands]` of the file's own type; 1 or 3 bands after selection.
        alpha: `[height, width]` opacity from 0 to 1, if the file declares an alpha band.
        premultiplied: Whether the values are already multiplied by alpha.
        inverted: Whether the smallest value is white.
        orientation: EXIF orientation; 1 is upright.
        full: The largest value that the file may hold, if it declares one.
    """

    values: np.ndarray
    alpha: np.ndarray | None = None
    premultiplied: bool = False
    inverted: bool = False
    orientation: int = 1
    full: int | None = None


def parse_bands(bands: int | str | Sequence[int] | None) -> list[int] | None:
    """Return the numbers of the requested bands, counted from 1.

    Args:
        bands: Numbers, or a text such as "4,3,2".

    Raises:
        DataError: They are not one or three numbers from 1.
    """
    if bands is None:
        return None
    parts: Sequence[Any] = str(bands).strip("[]() ").split(",")
    if isinstance(bands, list | tuple):
        parts = bands
    try:
        numbers = [int(str(part)) for part in parts]
    except ValueError:
        numbers = []
    if len(numbers) not in (1, 3) or min(numbers) < 1:
        raise DataError(
            f"bands is {bands!r}; give one number for gray, or three for red, green and blue, "
            "counted from 1, such as 4,3,2"
        )
    return numbers


def choose_bands(image: Native, bands: Sequence[int] | None, path: str | Path) -> Native:
    """Return the image with only the requested bands, or with its gray or RGB if unambiguous.

    Args:
        image: The image with all bands except alpha.
        bands: Numbers from 1; None for the only band, or the only three.
        path: The file, for error messages.

    Raises:
        UnreadableImageError: The bands are unclear or don't exist, or no value is a number.
    """
    count = image.values.shape[2]
    if bands is None and count not in (1, 3):
        example = "3,2,1" if count > 2 else "1"
        raise UnreadableImageError(
            path, f"{count} bands; export RGB, or choose with bands, such as bands {example}"
        )
    if bands is not None and max(bands) > count:
        raise UnreadableImageError(path, f"bands names band {max(bands)}, and the file has {count}")
    if bands is not None:
        values = image.values[..., [number - 1 for number in bands]]
        image = image._replace(values=values, alpha=None)
    if image.values.dtype.kind == "c":
        raise UnreadableImageError(path, "complex values; export their magnitude")
    if image.values.dtype.kind == "f" and not np.isfinite(image.values).any():
        raise UnreadableImageError(path, "no value is a finite number (all are NaN or infinite)")
    return image
