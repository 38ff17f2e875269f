"""The image size at which a set from another program is compared with real images."""

from pathlib import Path
from statistics import median_low

from datamodules.console import say
from datamodules.errors import UnreadableImageError
from datamodules.reading.folders.walking import find_all
from datamodules.reading.survey import shape_of

# Number of files whose size is read, and the allowed sizes: networks are too slow on larger images.
LOOKED_AT, LEAST, MOST = 100, 16, 128


def common_size(synthetic: int, real: str | Path) -> int:
    """Return the smaller of the real and the synthetic size, from 16 to 128 pixels, and print it.

    Args:
        synthetic: Side of the synthetic images.
        real: Folder of the real images, whose size is the median of their shorter sides.

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
    median_size = median_low(sides) if sides else synthetic
    size = max(LEAST, min(median_size, synthetic, MOST))
    say(
        f"set: compared at {size} px; real images have {median_size} px and synthetic ones "
        f"{synthetic} px (image_size changes it)"
    )
    return size
