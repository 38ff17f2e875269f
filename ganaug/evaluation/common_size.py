"""The size at which real images are compared with a set from another program."""

from pathlib import Path
from statistics import median_low

from datamodules.console import say
from datamodules.errors import UnreadableImageError
from datamodules.reading.folders.walking import find_all
from datamodules.reading.survey import shape_of

# Files whose size is looked up, and the limits of the size: larger images take networks too long.
LOOKED_AT, LEAST, MOST = 100, 16, 128


def common_size(synthetic: int, real: str | Path) -> int:
    """Return the smaller of both sides, from 16 to 128 pixels, and print it.

    Args:
        synthetic: Side of the synthetic images.
        real: Folder of the real images, whose side is the median of their shorter sides.

    Raises:
        DataError: There is no such folder.
    """
    files, _ = find_all(real)
    sides = []
    for file in files[:: max(1, len(files) // LOOKED_AT)]:
        try:
            sides.append(min(shape_of(file)[:2]))
        except UnreadableImageError:
            continue
    usual = median_low(sides) if sides else synthetic
    size = max(LEAST, min(usual, synthetic, MOST))
    say(
        f"set: compared at {size} px; real images have {usual} px and synthetic ones "
        f"{synthetic} px (image_size changes it)"
    )
    return size
