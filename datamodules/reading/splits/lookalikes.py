"""Images that are others, pixel for pixel, resized or re-encoded, such as across given splits."""

from collections.abc import Collection, Iterator, Mapping

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from datamodules.printing import name_below
from datamodules.reading.splits.in_memory import InMemoryImages
from datamodules.reading.splits.splits import ImageSplit

# How far two files of one image may be apart: in bits of 64, and in steps of 255 at 16 by 16
# pixels. Of photos halved by bicubic interpolation, or as JPEG of quality 20, 19 in 20 are within
# both, and about half of those halved by nearest neighbour; of digits that differ, 5 pairs in 12
# million.
MOST_BITS, MOST_STEPS = 8, 2.0
AT_ONCE, NAMED = 1024, 3
MOST_PAIRS = 20_000_000


def leaks_between(splits: Mapping[str, ImageSplit], given: Collection[str], root: str) -> list[str]:
    """Return warnings of images of a split that was given that look like images of another.

    Args:
        splits: By name, in the order train, validation, test.
        given: The names of those that the data has itself.
        root: Folder of the data.
    """
    said = []
    names = list(splits)
    for place, held_out in enumerate(names):
        for other in names[:place]:
            if held_out in given and len(splits[other].labels) and len(splits[held_out].labels):
                said += _leak(splits, other, held_out, root)
    return said


def _leak(splits: Mapping[str, ImageSplit], other: str, held_out: str, root: str) -> list[str]:
    images, test = splits[other].source, splits[held_out].source
    in_memory = isinstance(images, InMemoryImages) and isinstance(test, InMemoryImages)
    if not in_memory or len(images) * len(test) > MOST_PAIRS:
        return [
            f"{other} and {held_out} are too large to look for images that are in both as resized "
            "or compressed files; those with the same pixels are found"
        ]
    pairs = matches(images.take(range(len(images))), test.take(range(len(test))))
    files = [(splits[other].names[i], splits[held_out].names[j]) for i, j, _ in pairs]
    if not files:
        return []
    shown = "; ".join(
        " is ".join(name_below(each, [root]) for each in pair) for pair in files[:NAMED]
    )
    more = f"; and {len(files) - NAMED:,} more" if len(files) > NAMED else ""
    return [
        f"warning: {len(files):,} {other} images look like {held_out} images, the same pixels or "
        f"resized or re-encoded ({shown}{more}), so results on {held_out} look too good: remove "
        "them from one of the two, or name them in ignore"
    ]


def matches(images: Tensor, test: Tensor) -> Iterator[tuple[int, int, bool]]:
    """Yield each image that matches a test image: both places, and whether all pixels are equal.

    Args:
        images: `[N, C, S, S]` uint8.
        test: `[M, C, S, S]` uint8.
    """
    bits, greys = sketches(test)
    for start in range(0, len(images), AT_ONCE):
        own, own_greys = sketches(images[start : start + AT_ONCE])
        near = (64 - own @ bits.T) / 2 <= MOST_BITS
        for place in near.any(1).nonzero().flatten().tolist():
            others = near[place].nonzero().flatten()
            apart = (greys[others] - own_greys[place]).abs().mean(1)
            if apart.min() <= MOST_STEPS:
                other = int(others[apart.argmin()])
                yield start + place, other, torch.equal(images[start + place], test[other])


def sketches(images: Tensor) -> tuple[Tensor, Tensor]:
    """Return each image's difference hash `[N, 64]`, of -1 and 1, and its greys `[N, 256]`."""
    # A part at a time, since as numbers of 32 bits images take four times the memory.
    parts = [_sketches(part) for part in images.split(AT_ONCE)]
    bits, greys = (torch.cat(each) for each in zip(*parts, strict=True))
    return bits, greys


def _sketches(images: Tensor) -> tuple[Tensor, Tensor]:
    grey = images.float().mean(1, keepdim=True)
    steps = adaptive_avg_pool2d(grey, (8, 9)).diff(dim=3)
    return (steps > 0).flatten(1).float() * 2 - 1, adaptive_avg_pool2d(grey, 16).flatten(1)
