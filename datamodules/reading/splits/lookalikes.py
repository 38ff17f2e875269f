"""Images of different splits that look alike: the same, re-encoded, or frames of a film."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from datamodules.printing import name_below
from datamodules.reading.folders.class_folders import given_by
from datamodules.reading.splits.in_memory import InMemoryImages
from datamodules.reading.splits.splits import SPLITS, ImageSplit

# How far two files of one image may be apart: in bits of 64, and in steps of 255 at 16 by 16
# pixels. Of photos halved by bicubic interpolation, or as JPEG of quality 20, 19 in 20 are within
# both, and about half of those halved by nearest neighbour; of digits that differ, 5 pairs in 12
# million.
MOST_BITS, MOST_STEPS = 8, 2.0
AT_ONCE, PAIRS_AT_ONCE, NAMED = 1024, 2**14, 3
# Share of the images of a split that may match others by chance, as plain ones do.
BY_CHANCE = 0.02
# What files of a group have in common that are numbered, and the share of pairs that must fit.
NUMBERED, MOST_OF = r"^(.*?)[-_ .]*\d+\.[^.]+$", 0.9
MOST_PAIRS = 20_000_000


def leaks_between(splits: Mapping[str, ImageSplit], given: Collection[str], root: str) -> list[str]:
    """Return warnings of images of a split that look like images of another.

    Args:
        splits: By name, in the order train, validation, test.
        given: The names of those that the data has itself; the others were chosen here.
        root: Folder of the data.
    """
    said = []
    names = list(splits)
    for place, held_out in enumerate(names):
        for other in names[:place]:
            if len(splits[other].labels) and len(splits[held_out].labels):
                find = _leak if held_out in given else _belong_together
                said += find(splits, other, held_out, root)
    return said


def _leak(splits: Mapping[str, ImageSplit], other: str, held_out: str, root: str) -> list[str]:
    if (pairs := _pairs(splits[other], splits[held_out])) is None:
        return [
            f"{other} and {held_out} are too large to look for images that are in both as resized "
            "or compressed files; those with the same pixels are found"
        ]
    if not pairs:
        return []
    return [
        f"warning: {len(pairs):,} {other} images look like {held_out} images, the same pixels or "
        f"resized or re-encoded ({_shown(pairs, root)}), so results on {held_out} look too good: "
        "remove them from one of the two, or name them in ignore"
    ]


def _belong_together(
    splits: Mapping[str, ImageSplit], other: str, held_out: str, root: str
) -> list[str]:
    pairs = _pairs(splits[other], splits[held_out])
    # Of different classes, they don't belong together.
    kinds = {n: k for s in splits.values() for n, k in zip(s.names, s.labels.tolist(), strict=True)}
    pairs = [(one, test) for one, test in pairs or () if kinds[one] == kinds[test]]
    alike, count = {test for _, test in pairs}, len(splits[held_out].labels)
    if len(alike) < max(2, BY_CHANCE * count):
        return []
    pattern = _numbering(pairs, kinds, root)
    return [
        f"warning: {len(alike):,} of the {count:,} {held_out} images look like {other} images, as "
        f"frames of one film or copies do ({_shown(pairs, root)}), so results on {held_out} look "
        f"too good: {given_by('groups', pattern)} to keep images that belong together in one split"
    ]


def _pairs(images: ImageSplit, test: ImageSplit) -> list[tuple[str, str]] | None:
    """Return the names of images that match a test image, with its own; None for too many."""
    one, other = images.source, test.source
    in_memory = isinstance(one, InMemoryImages) and isinstance(other, InMemoryImages)
    if not in_memory or len(one) * len(other) > MOST_PAIRS:
        return None
    found = matches(one.take(range(len(one))), other.take(range(len(other))))
    return [(images.names[i], test.names[j]) for i, j, _ in found]


def _shown(pairs: Sequence[tuple[str, str]], root: str) -> str:
    named = [" is ".join(name_below(each, [root]) for each in pair) for pair in pairs[:NAMED]]
    more = [f"and {len(pairs) - NAMED:,} more"] if len(pairs) > NAMED else []
    return "; ".join([*named, *more])


def _numbering(pairs: Sequence[tuple[str, str]], kinds: Mapping[str, int], root: str) -> str | None:
    """Return the pattern of groups for files that are numbered within each, None if none fits."""

    def group(name: str) -> str:
        found = re.search(NUMBERED, name_below(name, [root]))
        return found[1] if found else name

    together = sum(group(one) == group(other) for one, other in pairs)
    groups: dict[int, set[str]] = {}
    for name, kind in kinds.items():
        groups.setdefault(kind, set()).add(group(name))
    fits = together >= MOST_OF * len(pairs) and min(map(len, groups.values())) >= len(SPLITS)
    return NUMBERED if fits else None


def matches(images: Tensor, test: Tensor) -> Iterator[tuple[int, int, bool]]:
    """Yield each image that matches a test image: both places, and whether all pixels are equal.

    Args:
        images: `[N, C, S, S]` uint8.
        test: `[M, C, S, S]` uint8.
    """
    bits, greys = sketches(test)
    for start in range(0, len(images), AT_ONCE):
        own, own_greys = sketches(images[start : start + AT_ONCE])
        near = ((64 - own @ bits.T) / 2 <= MOST_BITS).nonzero()
        # Of plain images, such as digits, many are near by their bits alone.
        apart = torch.cat(
            [
                (own_greys[part[:, 0]] - greys[part[:, 1]]).abs().mean(1)
                for part in near.split(PAIRS_AT_ONCE)
            ]
        )
        nearest: dict[int, tuple[float, int]] = {}
        close = (apart <= MOST_STEPS).nonzero().flatten()
        for steps, (place, other) in zip(apart[close].tolist(), near[close].tolist(), strict=True):
            nearest[place] = min(nearest.get(place, (steps, other)), (steps, other))
        for place, (_, other) in sorted(nearest.items()):
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
