"""The window of a set of images: the range of deep values that maps to black to white."""

import math
import threading
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from datamodules.errors import DataError
from datamodules.reading.images.image import FULL, Range, kind_of, range_of

REACHED = 0.9  # of the full range; a set with values above this share uses all of it
NEARLY_ALL = (0.1, 99.9)  # percentiles
SAMPLED = 2**22  # values of a set that percentiles are computed from
# "auto", "file", two numbers, two percentages, or two numbers for integers and two for floats.
Window = str | list[float] | list[str] | dict[str, list[float]]


def parse_window(window: str | Sequence[Any] | Mapping[str, Any]) -> Window:
    """Return a window in plain form.

    Args:
        window: Such as "auto", "file", "0,4095", [0, 4095] or "1%,99%"; a card may hold a range for
            integers and one for floats.

    Raises:
        DataError: The value is not one of these.
    """
    if window in ("auto", "file"):
        return str(window)
    if isinstance(window, Mapping) and set(window) <= set(FULL):
        return {kind: [*limits] for kind, limits in window.items()}
    listed = isinstance(window, list | tuple)
    parts = window if listed else str(window).strip("[]() ").split(",")
    texts = [str(part).strip(" '\"") for part in parts]
    percentiles = {text.endswith("%") for text in texts}
    try:
        numbers = [float(text.removesuffix("%")) for text in texts]
    except ValueError:
        numbers = []
    low, high = (0, 100) if percentiles == {True} else (-math.inf, math.inf)
    if len(numbers) == 2 and len(percentiles) == 1 and low <= numbers[0] < numbers[1] <= high:
        if percentiles == {True}:
            return [f"{number:g}%" for number in numbers]
        if all(math.isfinite(number) for number in numbers):
            return numbers
    raise DataError(
        f"window is {window!r}; give the values of black and white, such as 0,4095, two "
        "percentiles of the set, such as 1%,99%, 'auto' (the set's range) or 'file' (each file's)"
    )


class SetRange:
    """The range of a set's deep values, gathered file by file in constant memory.

    Integers and floats have separate ranges.

    Args:
        files: How many files the set has.

    Attributes:
        deep: How many of them have more than 8 bits.
    """

    def __init__(self, files: int) -> None:
        self.deep = 0
        self._ranges: dict[str, Range] = {}
        self._samples: dict[str, list[np.ndarray]] = {}
        self._samples_per_file = max(16, SAMPLED // max(1, files))
        self._lock = threading.Lock()

    def add(self, values: np.ndarray) -> None:
        """Add the values of a file, of any shape and type."""
        (low, high), kind, sample = range_of(values), kind_of(values), values.reshape(-1)
        if sample.size > self._samples_per_file:
            sample = sample[
                np.random.default_rng(0).integers(0, sample.size, self._samples_per_file)
            ]
        sample = sample[np.isfinite(sample)].astype(np.float64)
        with self._lock:
            self.deep += 1
            first, last = self._ranges.get(kind, (low, high))
            self._ranges[kind] = (min(first, low), max(last, high))
            self._samples.setdefault(kind, []).append(sample)

    def resolve(self, window: Window) -> Window:
        """Return the values that map to black and white for all files of the set, in plain form.

        A set that reaches the full range of its type (16 bits, or 0 to 1) keeps that range. A
        window given as two values, and the window of a set of 8-bit files, is returned unchanged.

        Raises:
            DataError: Both percentiles are the same value.
        """
        if not self.deep or not (window == "auto" or by_percentiles(window)):
            return window
        by_kind = {kind: self._resolve(kind, window) for kind in sorted(self._ranges)}
        return next(iter(by_kind.values())) if len(by_kind) == 1 else by_kind

    def narrow(self) -> list[float] | None:
        """Return the range of nearly all values if it is less than a quarter of the set's range.

        In such a set, a few hot pixels or codes for missing values take the others' contrast.
        """
        for kind, (low, high) in self._ranges.items():
            limits = np.percentile(np.concatenate(self._samples[kind]), NEARLY_ALL).tolist()
            if limits[1] - limits[0] < (high - low) / 4:
                return limits
        return None

    def _resolve(self, kind: str, window: Window) -> list[float]:
        if not by_percentiles(window):
            (low, high), full = self._ranges[kind], FULL[kind]
            if low >= 0 and high <= full and (high >= REACHED * full or low == high):
                return [0.0, full]
            return [low, high]
        shares = [float(str(text).removesuffix("%")) for text in window]
        low, high = np.percentile(np.concatenate(self._samples[kind]), shares).tolist()
        if low == high:
            raise DataError(
                f"window is {window!r}, and both percentiles of the set's values are {low:g}; "
                "choose others, or two values"
            )
        return [low, high]


def by_percentiles(window: Window) -> bool:
    """Return whether a window is given as percentiles of the set."""
    return isinstance(window, list) and isinstance(window[0], str)


def format_range(limits: Sequence[Any]) -> str:
    """Return a range in words, such as "0 to 4,095"."""
    digits = [",.0f" if 10**6 <= abs(value) < 10**12 else ",.6g" for value in limits]
    return " to ".join(f"{value:{form}}" for value, form in zip(limits, digits, strict=True))
