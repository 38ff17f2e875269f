"""TIFF files that Pillow misreads or can't read: deep, with many bands, with several pages."""

import io
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from datamodules.errors import UnreadableImageError
from datamodules.reading.images.bands import Native
from datamodules.reading.images.tiff_header import is_tiff

if TYPE_CHECKING:
    from tifffile import TiffFile, TiffPage

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE = 0, 1, 2, 3
# None, fax, LZW, JPEG, deflate, PackBits, LZMA and ZSTD.
PILLOWS_COMPRESSIONS = (1, 2, 3, 4, 5, 6, 7, 8, 32946, 32773, 34925, 50000)
UNSIGNED, PREMULTIPLIED, ALPHA, INTERLEAVED = 1, 1, 2, 1
PHOTOMETRIC, ORIENTATION, MISSING = 262, 274, 42113
# GeoTIFF's scale, tie points, transformation and keys, and GDAL's metadata.
GEO_TAGS = (33550, 33922, 34264, 34735, 42112)
# Mean second difference of neighbors: at least 0.01 in photographs, 0 for constant opacity or a
# linear gradient.
ROUGH = 0.005
# Above this correlation, a band shows the same content as the others.
ALIKE = 0.3


class Tiff:
    """A TIFF file's pages, one of which is the image.

    Directories marked as thumbnails or masks do not count as pages.

    Args:
        content: The file's content.
        path: The file, for error messages.
        page: Number of the page to use, from 1; None requires that there is only one.

    Attributes:
        index: Position of the page among all directories, as Pillow counts them.

    Raises:
        UnreadableImageError: There are several pages, or there is no such page.
        Exception: The file is damaged; tifffile raises errors of any type.
    """

    def __init__(self, content: bytes, path: str | Path, page: int | None) -> None:
        import tifffile

        logging.getLogger("tifffile").setLevel(logging.CRITICAL)  # which lack the file's name
        self.content, self.path = content, path
        with tifffile.TiffFile(io.BytesIO(content)) as file:
            self.index, self.page = self._choose(file, page)
        if not isinstance(self.page.bitspersample, int) or not self.page.nbytes:
            raise ValueError("bands of different depths, or no pixels")

    def _choose(self, file: "TiffFile", number: int | None) -> "tuple[int, TiffPage]":
        # All are pages: tifffile only uses frames for identical pages on request.
        directories = [(index, cast("TiffPage", page)) for index, page in enumerate(file.pages)]
        pages = [entry for entry in directories if not (entry[1].is_reduced or entry[1].is_mask)]
        if not (pages := pages or directories):
            raise ValueError("no page")
        stacked = (file.imagej_metadata or {}).get("images", 1) if len(pages) == 1 else 1
        depth = pages[0][1].imagedepth if len(pages) == 1 else 1
        check_page(max(len(pages), stacked, depth), number, self.path)
        if (number or 1) > len(pages):
            raise UnreadableImageError(
                self.path, f"page is {number}, and the file keeps its slices in one page; export it"
            )
        return pages[(number or 1) - 1]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.page.imagewidth, self.page.imagelength

    @property
    def bytes(self) -> int:
        """Decoded size in bytes, with all bands."""
        return self.page.nbytes

    def suits_pillow(self, bands: Sequence[int] | None, upper_byte: bool) -> bool:
        """Return whether Pillow reads the page correctly: 8 bits, gray or RGB, alpha or none.

        Args:
            bands: The requested bands.
            upper_byte: Whether opaque 16-bit colors may be cut to 8 bits, as Pillow does.
        """
        page = self.page
        if page.photometric == PALETTE:  # of 16 bits, or of 8 by old programs
            return page.bitspersample != 8 or page.colormap is None or page.colormap.max() > 255
        if page.photometric not in (WHITE_IS_ZERO, BLACK_IS_ZERO, RGB):
            return True  # CMYK and YCbCr, which Pillow converts
        if page.compression not in PILLOWS_COMPRESSIONS:
            return False
        opaque = page.photometric == RGB and page.samplesperpixel == 3
        # Pillow misreads separate planes of 16 bits.
        bits = 16 if upper_byte and opaque and page.planarconfig == INTERLEAVED else 8
        if bands or page.sampleformat != UNSIGNED or page.bitspersample > bits:
            return False
        extra = tuple(page.extrasamples)
        if page.photometric == RGB:
            marked = extra in ((PREMULTIPLIED,), (ALPHA,))
            return page.samplesperpixel == 3 or (page.samplesperpixel == 4 and marked)
        # Pillow confuses gray and alpha in separate planes, and doesn't convert gray that is
        # premultiplied by alpha.
        marked = extra == (ALPHA,) and page.planarconfig == INTERLEAVED
        return not extra or (page.samplesperpixel == 2 and marked)

    def read(self, bands: Sequence[int] | None) -> Native:
        """Decode the page.

        Args:
            bands: The requested bands, which may include the one marked as alpha.

        Raises:
            UnreadableImageError: Its compression needs a package that is not installed.
        """
        values, page = self._decode(), self.page
        if page.photometric == PALETTE and page.colormap is not None:
            values = page.colormap.T[values[..., 0]].astype(np.uint8)
        if page.bitspersample < 8:
            raise UnreadableImageError(
                self.path, f"{values.shape[2]} bands of {page.bitspersample} bits; export 8 bits"
            )
        image = Native(
            values,
            # Zero is black unless the file declares otherwise.
            inverted=page.tags.valueof(PHOTOMETRIC) == WHITE_IS_ZERO,
            orientation=int(page.tags.valueof(ORIENTATION, 1)),
        )
        return self._fill_missing(self._without_alpha(image, bands))

    def _without_alpha(self, image: Native, bands: Sequence[int] | None) -> Native:
        values, page = image.values, self.page
        extra, count = tuple(page.extrasamples), values.shape[2]
        if bands is None and count in (2, 4) and extra[-1:] in ((PREMULTIPLIED,), (ALPHA,)):
            full = np.iinfo(values.dtype).max if values.dtype.kind in "iu" else 1.0
            alpha = (values[..., -1] / full).clip(0, 1)
            self.refuse_a_band_as_alpha(alpha, values[..., :-1].mean(axis=2))
            return image._replace(
                values=values[..., :-1], alpha=alpha, premultiplied=extra[-1] == PREMULTIPLIED
            )
        # The file names only three of them.
        if bands is None and count == 4 and page.photometric == RGB:
            return image._replace(values=without_unnamed(values, self.path))
        return image

    def refuse_a_band_as_alpha(self, alpha: np.ndarray, gray: np.ndarray) -> None:
        """Refuse a last band that is marked as alpha but holds values such as near-infrared.

        GDAL marks any fourth band as alpha. True opacity is mostly 0 or 1, changes smoothly, or is
        uncorrelated with the picture.

        Args:
            alpha: `[height, width]` from 0 to 1.
            gray: The mean of the other bands.

        Raises:
            UnreadableImageError: Names the bands to choose.
        """
        if self.page.samplesperpixel not in (2, 4) or ((alpha > 0) & (alpha < 1)).mean() <= 0.5:
            return
        rough = alpha.shape[1] > 2 and np.abs(np.diff(alpha, 2, axis=1)).mean() > ROUGH
        # Colors that were divided by the band no longer correlate with it.
        divided = self.page.extrasamples[-1] == PREMULTIPLIED
        correlated = gray.std() > 0 and abs(np.corrcoef(alpha.flat, gray.flat)[0, 1]) > ALIKE
        if (rough and (divided or correlated)) or any(tag in self.page.tags for tag in GEO_TAGS):
            colors = "1,2,3" if self.page.samplesperpixel == 4 else "1"
            raise UnreadableImageError(
                self.path,
                "its last band is marked as alpha and has many values, as near-infrared has; set "
                f"bands {colors} to leave it out, or export without it",
            )

    def _fill_missing(self, image: Native) -> Native:
        """Replace values that GDAL's tag marks as missing by the smallest other value."""
        values, text = image.values, self.page.tags.valueof(MISSING)
        try:
            missing = float(str(text).strip("\0 "))
        except ValueError:
            return image
        if values.dtype.kind == "f":
            missing = float(values.dtype.type(missing))
        valid = values != missing
        if values.dtype == np.uint8 or valid.all():
            return image
        if not valid.any():
            raise UnreadableImageError(self.path, f"every value is {text}, which means missing")
        smallest = np.nanmin(values[valid]) if np.isfinite(values[valid]).any() else np.nan
        return image._replace(values=np.where(valid, values, values.dtype.type(smallest)))

    def _decode(self) -> np.ndarray:
        shape = (self.page.imagelength, self.page.imagewidth, self.page.samplesperpixel)
        try:
            planes = self.page.asarray(squeeze=False)[:, 0]
        except ValueError as error:
            if "imagecodecs" not in str(error):
                raise UnreadableImageError(
                    self.path, f"a damaged TIFF ({str(error) or type(error).__name__})"
                ) from error
            pixels = decode_with_opencv(self.content) if self.index == 0 else None
            if (
                pixels is not None
                and pixels.dtype == self.page.dtype
                and pixels.size == np.prod(shape)
            ):
                return pixels.reshape(shape)
            name = getattr(self.page.compression, "name", self.page.compression)
            raise UnreadableImageError(
                self.path,
                f"compression {name} needs the package imagecodecs: pip install 'ganaug[tiff]', or "
                "export without compression",
            ) from error
        except Exception as error:  # the type depends on the damage
            raise UnreadableImageError(
                self.path, f"a damaged TIFF ({str(error) or type(error).__name__})"
            ) from error
        # Moved because bands may be stored as separate planes or interleaved.
        return np.moveaxis(planes, 0, -1).reshape(shape)


def open_tiff(content: bytes, path: str | Path, page: int | None) -> Tiff | None:
    """Open a TIFF; None if the content is not one, or too damaged to list its pages.

    Raises:
        UnreadableImageError: There are several pages, or there is no such page.
    """
    if not is_tiff(content):
        return None
    try:
        return Tiff(content, path, page)
    except UnreadableImageError:
        raise
    except Exception:  # of any type; Pillow then reads or reports the file
        return None


def without_unnamed(values: np.ndarray, path: str | Path) -> np.ndarray:
    """Return RGB without a constant fourth band, which only pads pixels to 4 bytes.

    Args:
        values: `[height, width, 4]`.
        path: The file, for error messages.

    Raises:
        UnreadableImageError: The fourth band has several values, and may be near-infrared.
    """
    if (values[..., 3] == values[0, 0, 3]).all():
        return values[..., :3]
    raise UnreadableImageError(
        path,
        "4 bands, and the file doesn't say what the last one is; set bands 1,2,3 to leave it out, "
        "or choose others, such as bands 4,1,2",
    )


def check_page(count: int, page: int | None, path: str | Path) -> None:
    """Refuse a file with several pages if none is chosen, and a page that does not exist.

    Raises:
        UnreadableImageError: States the number of pages.
    """
    if page is None and count > 1:
        raise UnreadableImageError(
            path,
            f"{count} pages, slices or frames; export one, or choose with page, such as page 1",
        )
    if (page or 1) > count:
        raise UnreadableImageError(path, f"page is {page}, and the file has {count}")


def decode_with_opencv(content: bytes) -> np.ndarray | None:
    """Decode with OpenCV, which supports TIFF compressions that tifffile lacks.

    Returns:
        `[height, width]` gray or `[height, width, 3 or 4]` RGB(A) of the file's own type; None
        if OpenCV can't read it.
    """
    import cv2  # slow to import, and rarely needed

    # Otherwise, OpenCV would print errors without the file's name.
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None
    if pixels is None or pixels.ndim == 2:
        return pixels
    order = {3: [2, 1, 0], 4: [2, 1, 0, 3]}.get(pixels.shape[2])  # blue, green, red
    return None if order is None else pixels[..., order]
