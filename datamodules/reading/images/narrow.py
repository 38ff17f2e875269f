"""Images so long that the cut to a square leaves out most of them."""

from collections.abc import Sequence

from datamodules.reading.images.reader import ImageReader

# Longer side by the shorter one, and share of the set from which it is worth a remark.
MOST, SHARE = 2.0, 0.1
FEWEST = 2


def is_narrow(shape: Sequence[int]) -> bool:
    """Return whether the central square is less than half of an image.

    Args:
        shape: Its height and width first.

    Example:
        >>> is_narrow((20, 400, 3)), is_narrow((300, 400, 3))
        (True, False)
    """
    return max(shape[:2]) > MOST * min(shape[:2])


def remarks_on_narrow(
    paths: Sequence[str], narrow: Sequence[int], reader: ImageReader
) -> list[str]:
    """Return a remark if many images are cut to less than half of them.

    Args:
        paths: All files.
        narrow: Positions of the narrow ones.
        reader: How they are read.
    """
    if reader.fit != "crop" or len(narrow) < max(FEWEST, SHARE * len(paths)):
        return []
    return [
        f"{len(narrow):,} of {len(paths):,} images, such as '{paths[narrow[0]]}', have an aspect "
        "ratio above 2:1, so that the crop to a square keeps less than half of each; set fit to "
        "pad or stretch to keep everything"
    ]
