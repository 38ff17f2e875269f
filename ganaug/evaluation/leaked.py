"""Warns of synthetic images that are real test images: pixel for pixel, resized or re-encoded."""

import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

# How far two files of one image may be apart: in bits of 64, and in steps of 255 at 16 by 16
# pixels. Of photos halved by bicubic interpolation, or as JPEG of quality 20, 19 in 20 are within
# both, and about half of those halved by nearest neighbour; of digits that differ, 5 pairs in 12
# million.
MOST_BITS, MOST_STEPS = 8, 2.0
AT_ONCE, NAMED = 1024, 3


def warn_of_test_images(images: "Tensor", files: Sequence[str], data: Any) -> int:
    """Name synthetic images that are, or look like, a test image of the real data.

    Args:
        images: `[N, C, S, S]` uint8, in the form of the real images.
        files: Their files.
        data: The data module.

    Returns:
        How many there are.
    """
    test, _ = data.images("test")
    if not len(test) or not len(images):
        return 0
    names = data.names("test")
    pairs = [(files[i], names[j], same) for i, j, same in matches(images, test)]
    for same, words in ((True, "are"), (False, "look like a resized or re-encoded copy of")):
        found = [f"{file} is {name}" for file, name, equal in pairs if equal == same]
        if found:
            more = f"; and {len(found) - NAMED:,} more" if len(found) > NAMED else ""
            print(
                f"warning: {len(found):,} synthetic images {words} a real test image "
                f"({'; '.join(found[:NAMED])}{more}), so tests on it are too kind: remove them "
                "from the set",
                file=sys.stderr,
            )
    return len(pairs)


def matches(images: "Tensor", test: "Tensor") -> "Iterator[tuple[int, int, bool]]":
    """Yield each image that matches a test image: both places, and whether all pixels are equal.

    Args:
        images: `[N, C, S, S]` uint8.
        test: `[M, C, S, S]` uint8.
    """
    import torch

    bits, greys = sketches(test)
    for start in range(0, len(images), AT_ONCE):
        own, own_greys = sketches(images[start : start + AT_ONCE])
        apart = torch.cdist(own_greys, greys, p=1) / greys.shape[1]
        apart[(64 - own @ bits.T) / 2 > MOST_BITS] = torch.inf
        for place in (apart <= MOST_STEPS).any(1).nonzero().flatten().tolist():
            other = int(apart[place].argmin())
            yield start + place, other, torch.equal(images[start + place], test[other])


def sketches(images: "Tensor") -> "tuple[Tensor, Tensor]":
    """Return each image's difference hash `[N, 64]`, of -1 and 1, and its greys `[N, 256]`."""
    from torch.nn.functional import adaptive_avg_pool2d

    grey = images.float().mean(1, keepdim=True)
    steps = adaptive_avg_pool2d(grey, (8, 9)).diff(dim=3)
    return (steps > 0).flatten(1).float() * 2 - 1, adaptive_avg_pool2d(grey, 16).flatten(1)
