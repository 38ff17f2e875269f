"""ImageReader: reads all images of a set, or of a fitted model, in the same way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from datamodules.errors import DataError
from datamodules.reading.images.background import BACKGROUNDS, Background
from datamodules.reading.images.bands import parse_bands
from datamodules.reading.images.header import MAX_PIXELS, read_bytes
from datamodules.reading.images.image import FULL, Limits, decode_image
from datamodules.reading.images.square import FITS, Fit, fit_square
from datamodules.reading.images.window import by_percentiles, parse_window

# Settings of data modules that name files or folders.
PATHS = ("root", "unlabelled", "labels", "groups", "source", "target", "augmentation")


@dataclass(frozen=True)
class ImageReader:
    """Reads image files as squares of 8 bits.

    Attributes:
        image_size: Side in pixels.
        channels: 1 for gray, 3 for RGB.
        max_pixels: Width times height above which a file is refused.
        fit: How an image becomes a square, as in `fit_square`.
        bands: Numbers of the bands to use, from 1; None if they are unambiguous.
        window: The values that become black and white in files of more than 8 bits, or those for
            integers and for floats; None for each file by its own type.
        page: Which page, slice or frame to use, from 1; None refuses files with several.
        background: Color behind transparent pixels and of pad's bars; None for white behind
            transparent pixels and each image's border color for bars.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> from PIL import Image
        >>> folder = TemporaryDirectory()
        >>> file = Path(folder.name, "scan.png")
        >>> Image.fromarray(np.full((16, 16), 4095, np.uint16)).save(file)
        >>> ImageReader(8, 1, window=[0, 4095]).read(file).max()
        np.uint8(255)
    """

    image_size: int
    channels: int
    max_pixels: int = MAX_PIXELS
    fit: Fit = "crop"
    bands: Sequence[int] | None = None
    window: Limits | None = None
    page: int | None = 1
    background: Background | None = None

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "ImageReader":
        """Return the reader for a data module's arguments, whose channels are a number."""
        kwargs = {f.name: settings[f.name] for f in fields(cls) if f.name in settings}
        window = kwargs.get("window", "file")
        unknown = isinstance(window, str) or by_percentiles(window)
        return cls(**{**kwargs, "window": None if unknown else window})

    @property
    def unusual(self) -> tuple[Any, ...]:
        """The settings that change pixels and differ from what older versions always used."""
        full = {kind: [0.0, ceiling] for kind, ceiling in FULL.items()}
        is_default = self.window in [None, full, *full.values()]
        window = None if is_default else self.window
        page = None if self.page == 1 else self.page
        settings = (self.fit, self.bands and [*self.bands], window, page)
        backdrop: tuple[str, ...] = ()
        if self.fit == "pad":
            # Older versions always used black bars.
            backdrop = (f"{self.background or 'border'} bars",)
        elif self.background not in (None, "white"):
            backdrop = (self.background,)
        return backdrop if settings == ("crop", None, None, None) else (*settings, *backdrop)

    def read(self, path: str | Path) -> np.ndarray:
        """Read a file as `[image_size, image_size, channels]` uint8.

        Raises:
            UnreadableImageError: As `decode_image`, or the file can't be read.
        """
        return self.decode(read_bytes(path, self.max_pixels), path)

    def decode(self, content: bytes, path: str | Path) -> np.ndarray:
        """Decode a file's content as `read` does; `path` only names it in errors."""
        return self.square(self.whole(content, path))

    def square(self, image: np.ndarray) -> np.ndarray:
        """Crop, pad or stretch an image from `whole` to a square of `image_size`."""
        return fit_square(image, self.image_size, self.fit, self.background)

    def whole(self, content: bytes, path: str | Path) -> np.ndarray:
        """Decode a file's content at its original size, as `[height, width, channels]` uint8.

        Raises:
            UnreadableImageError: As `decode_image`.
        """
        return decode_image(
            content,
            path,
            self.channels,
            self.max_pixels,
            bands=self.bands,
            window=self.window,
            page=self.page,
            background=self.background or "white",
        )


def with_old_reading(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data arguments of a fit, with defaults added for fits of an older version.

    That version read files of more than 8 bits by their own range, and the first of several pages.
    """
    reads_files = "max_pixels" in settings and "window" not in settings
    return {**settings, "window": "file", "page": 1} if reads_files else dict(settings)


def plain_settings(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return a data module's bands and window in plain form, and check its other settings.

    Raises:
        DataError: One of them is invalid.
    """
    page = arguments["page"]
    for name, choices in (("fit", FITS), ("background", BACKGROUNDS)):
        value = arguments.get(name, choices[0])
        if value not in choices and (name, value) != ("background", None):
            raise DataError(f"{name} is {value!r}; it must be one of {', '.join(choices)}")
    if page is not None and (not isinstance(page, int) or page < 1):
        raise DataError(f"page is {page}; it must be a whole number of 1 or more")
    return {
        "bands": parse_bands(arguments["bands"]),
        "window": parse_window(arguments["window"]),
    }
