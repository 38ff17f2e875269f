"""Images so elongated that cropping to a square removes most of them."""

from collections.abc import Sequence

from datamodules.reading.images.reader import ImageReader

# Ratio of the sides of a narrow image, and the share of narrow images that causes a remark.
MAX_RATIO, SHARE = 2.0, 0.1
FEWEST = 2


def is_narrow(shape: Sequence[int]) -> bool:
    """Return whether the central square is less than half of an image.

    Args:
        shape: Shape of the image, which begins with height and width.

    Example:
        >>> is_narrow((20, 400, 3)), is_narrow((300, 400, 3))
        (True, False)
    """
    return max(shape[:2]) > MAX_RATIO * min(shape[:2])


def remarks_on_narrow(
    paths: Sequence[str], narrow: Sequence[int], reader: ImageReader
) -> list[str]:
    """Return a remark if many images lose more than half of their area to the crop.

    Args:
        paths: All files.
        narrow: Positions of the narrow ones.
        reader: The reader of the files.
    """
    if reader.fit != "crop" or len(narrow) < max(FEWEST, SHARE * len(paths)):
        return []
    return [
        f"{len(narrow):,} of {len(paths):,} images, such as '{paths[narrow[0]]}', have an aspect "
        "ratio above 2:1, so that the crop to a square keeps less than half of each; set fit to "
        "pad or stretch to keep everything"
    ]
