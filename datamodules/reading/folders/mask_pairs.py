"""Masks that have the name of their image, in another format: `part_7.jpg` and `part_7.png`."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from statistics import median

import numpy as np
from PIL import Image

from datamodules.reading.images.header import open_file, open_header

PHOTOGRAPHS, LOSSLESS = (".jpg", ".jpeg"), (".png", ".bmp", ".gif", ".tif", ".tiff")
# Masks number objects with few values, and differ from their photographs: mean difference of the
# gray values, 0 to 255.
MOST_VALUES, APART = 32, 12
FEWEST, LOOKED_AT, SIDE = 3, 8, 16


def paired_masks(entries: Sequence[Path]) -> list[Path]:
    """Return the files that are masks of the photographs of the same names next to them.

    All lossless files in the folder must belong to a photograph, and a sample of them must have few
    values, and the sizes of the photographs, and differ from them, unlike copies in another format.

    Args:
        entries: The files of a folder.
    """
    photographs = {entry.stem: entry for entry in entries if entry.suffix.lower() in PHOTOGRAPHS}
    masks = [entry for entry in entries if entry.suffix.lower() in LOSSLESS]
    if len(masks) < FEWEST or any(mask.stem not in photographs for mask in masks):
        return []
    sample = masks[:: -(-len(masks) // LOOKED_AT)]
    differences = [_difference(photographs[mask.stem], mask) for mask in sample]
    measured = [difference for difference in differences if difference is not None]
    return masks if len(measured) == len(differences) and median(measured) > APART else []


def _difference(photograph: Path, mask: Path) -> float | None:
    """Return how much a mask differs from its photograph; None if it is no mask."""
    try:
        times = [path.stat().st_mtime_ns for path in (photograph, mask)]
    except OSError:
        return None
    return _pixel_difference(str(photograph), str(mask), *times)


@lru_cache(maxsize=1024)
def _pixel_difference(photograph: str, mask: str, *_times: int) -> float | None:
    """Return the difference of files; their times are for the cache."""
    small, sizes = [], set()
    try:
        for path in (photograph, mask):
            with open_file(path) as stream:
                image = open_header(stream)
                sizes.add(image.size)
                has_few_colors = image.getcolors(MOST_VALUES) is not None
                if has_few_colors != (path == mask) or len(sizes) > 1:
                    return None
                small.append(
                    np.asarray(image.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX))
                )
    except Exception:  # the type depends on format and damage; reported when read
        return None
    return float(np.abs(np.subtract(*small, dtype=np.float64)).mean())
