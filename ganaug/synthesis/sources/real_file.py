"""The file of a real image: copied if common loaders read it as the model did, else converted."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from PIL import ExifTags, Image

from datamodules.errors import UnreadableImageError
from datamodules.reading.images.header import readable_formats
from datamodules.reading.images.image import TURNS
from ganaug.synthesis.writer.files import kind_of
from ganaug.utils.errors import UsageError

if TYPE_CHECKING:
    from datamodules.reading.images.reader import ImageReader

# Formats that torchvision's ImageFolder and Hugging Face's imagefolder both read.
LOADED = frozenset((".png", ".jpg", ".jpeg", ".bmp", ".ppm", ".pgm", ".tif", ".tiff", ".webp"))


@dataclass(frozen=True)
class RealFile:
    """A file that holds one real image.

    Attributes:
        path: Path of the file.
        reader: Reader that returns the image as the model saw it, if common loaders would not; None
            if the file can be copied.
    """

    path: str
    reader: "ImageReader | None" = None

    def stored_as(self, kind: str | None) -> Literal["copied", "encoded", "converted"]:
        """Return how the image is stored in a set.

        Args:
            kind: The format of the set's file (`kind_of`); None for the file's own.

        Returns:
            copied: the bytes are those of the file. encoded: its pixels are stored in another
            format. converted: the pixels that `reader` returns are stored.
        """
        if self.reader is not None:
            return "converted"
        return "copied" if kind in (None, kind_of(self.path)) else "encoded"

    def content(self) -> bytes:
        """Return the file's bytes, unchanged.

        Raises:
            UsageError: The file can't be read.
        """
        try:
            return Path(self.path).read_bytes()
        except OSError as error:
            raise UsageError(f"can't copy the real image {self.path}: {error.strerror}") from error

    def pixels(self) -> np.ndarray:
        """Read the image at its original size, `[height, width, 1 or 3]` uint8.

        Raises:
            UsageError: The file can't be read.
        """
        content = self.content()
        if self.reader is None:
            with Image.open(io.BytesIO(content), formats=readable_formats()) as image:
                return np.atleast_3d(np.asarray(image))
        try:
            return self.reader.whole(content, self.path)
        except UnreadableImageError as error:
            raise UsageError(f"can't convert a real image: {error}") from error


def files_of(paths: Sequence[str], reader: "ImageReader") -> list[RealFile | None]:
    """Return the file of each real image; None if a file holds many, as in MNIST.

    Args:
        paths: The data module's name for each image.
        reader: Reader of the images for the model.
    """
    # With these settings, the reader returns something else than common loaders.
    is_default = not reader.bands and reader.page in (None, 1)
    return [
        RealFile(path, None if is_default and loads_plainly(Path(path)) else reader)
        if Path(path).is_file()
        else None
        for path in paths
    ]


def loads_plainly(file: Path) -> bool:
    """Return whether common loaders read a file correctly, as 8-bit gray or RGB.

    They ignore the EXIF orientation of photographs, and transparency.
    """
    if file.suffix.lower() not in LOADED:
        return False
    try:
        with Image.open(file, formats=readable_formats()) as image:
            return image.mode in ("L", "RGB") and _is_one(image) and _is_as_stored(image)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return False


def _is_one(image: Image.Image) -> bool:
    # The first image of an MPO file, which cameras write, is the photograph; the rest are previews.
    frames: Any = getattr(image, "n_frames", 1)
    return frames == 1 or image.format == "MPO"


def _is_as_stored(image: Image.Image) -> bool:
    upright = image.getexif().get(ExifTags.Base.Orientation) not in TURNS
    return upright and not image.has_transparency_data
