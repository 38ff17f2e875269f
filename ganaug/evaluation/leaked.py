"""Warns of synthetic images that are real test images: pixel for pixel, resized or re-encoded."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

NAMED = 3


def warn_of_test_images(images: "Tensor", files: Sequence[str], data: Any) -> int:
    """Name synthetic images that are, or look like, a test image of the real data.

    Args:
        images: `[N, C, S, S]` uint8, in the form of the real images.
        files: Their files.
        data: The data module.

    Returns:
        How many there are.
    """
    from datamodules.reading.lookalikes import matches

    test, _ = data.images("test")
    if not len(test) or not len(images):
        return 0
    names = data.names("test")
    pairs = [(files[i], names[j], same) for i, j, same in matches(images, test)]
    for same, words in ((True, "are"), (False, "look like resized or re-encoded copies of")):
        found = [f"{file} is {name}" for file, name, equal in pairs if equal == same]
        if found:
            more = f"; and {len(found) - NAMED:,} more" if len(found) > NAMED else ""
            print(
                f"warning: synthetic images {words} real test images ({len(found):,}: "
                f"{'; '.join(found[:NAMED])}{more}), which makes test results too good: remove "
                "them from the set",
                file=sys.stderr,
            )
    return len(pairs)
