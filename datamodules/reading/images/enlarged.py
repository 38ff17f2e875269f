"""Images enlarged so much to the training size that a model would learn their blur."""

from collections.abc import Sequence
from statistics import median_low

from datamodules.reading.images.reader import ImageReader

# From this factor on, enlarged images are visibly blurred. The remark needs more than this share of
# such images, since an ordinary data set has a few small ones.
FACTOR, SHARE = 2, 0.5
# Networks double a side of 4 to 7 pixels several times.
SIZES = sorted(side * 2**times for side in range(4, 8) for times in range(1, 9))


def side_of(shape: Sequence[int], reader: ImageReader) -> int:
    """Return the side of an image that becomes the side of its square.

    Args:
        shape: Shape of the image, which begins with height and width.
        reader: The reader of the image.

    Example:
        >>> side_of((20, 30, 3), ImageReader(64, 3))
        20
        >>> side_of((20, 30, 3), ImageReader(64, 3, fit="pad"))
        30
    """
    return max(shape[:2]) if reader.fit == "pad" else min(shape[:2])


def remarks_on_enlarged(sides: Sequence[int], reader: ImageReader) -> list[str]:
    """Return a remark if most images are enlarged to twice their size or more.

    Args:
        sides: As `side_of`, for each image; 0 if it can't be read.
        reader: The reader of the files.

    Example:
        >>> [remark] = remarks_on_enlarged([20, 20, 21, 90], ImageReader(64, 3))
        >>> remark.split("; ")[1]
        'set image_size to 20'
    """
    readable = [side for side in sides if side]
    small = sorted(side for side in readable if FACTOR * side <= reader.image_size)
    if not small or len(small) <= SHARE * len(readable):
        return []
    size = next(candidate for candidate in SIZES if candidate >= min(median_low(small), SIZES[-1]))
    if size >= reader.image_size:
        return []
    extent = f"{small[0]}" if small[0] == small[-1] else f"{small[0]} to {small[-1]}"
    return [
        f"{len(small):,} of {len(readable):,} images have only {extent} pixels on a side and are "
        f"enlarged to {reader.image_size}, so that a model learns their blur; set image_size to "
        f"{size}"
    ]
