"""Images in different splits that look alike: identical, re-encoded, or frames of a film."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from datamodules.printing import name_below
from datamodules.reading.folders.class_folders import given_by
from datamodules.reading.splits.splits import SPLITS, ImageSplit

# Largest distances between two files of the same image: in bits of 64, and in steps of 255 at 16
# by 16 pixels. 19 in 20 photos stay within both when halved by bicubic interpolation or saved as
# JPEG of quality 20, and about half of them when halved by nearest neighbor. So do 5 in 12 million
# pairs of different digits.
MOST_BITS, MOST_STEPS = 8, 2.0
AT_ONCE, PAIRS_AT_ONCE, MOST_NAMED = 1024, 2**14, 3
TAKEN_AT_ONCE = 8 * AT_ONCE
# Share of a split's images that may match others by chance, such as plain ones.
BY_CHANCE = 0.02
# Pattern of the common part of a group's numbered files, and share of pairs that must match.
NUMBERED, MOST_OF = r"^(.*?)[-_ .]*\d+\.[^.]+$", 0.9
MOST_PAIRS = 20_000_000


class Lookalikes(NamedTuple):
    """Pairs of names of images that look alike, and how many held-out images were compared."""

    pairs: list[tuple[str, str]]
    compared: int

    def without(self, sources: Mapping[str, str]) -> "Lookalikes":
        """Return a copy without pairs of images from the same source."""
        pairs = [(a, b) for a, b in self.pairs if sources.get(a, a) != sources.get(b, b)]
        return self._replace(pairs=pairs)


def leaks_between(
    splits: Mapping[str, ImageSplit],
    own_splits: Collection[str],
    root: str,
    small: Mapping[str, Tensor] = MappingProxyType({}),
    *,
    sources: Mapping[str, str] = MappingProxyType({}),
) -> list[str]:
    """Return warnings about images of a split that look like images of another.

    Args:
        splits: The splits by name, in the order train, validation, test.
        own_splits: Names of the data's own splits; the others were chosen here.
        root: Folder of the data.
        small: Small versions of each split's images, if these are not in memory.
        sources: Sources that file names suggest, by image name; images of one source are not
            reported again in splits that were chosen here.
    """
    warnings = []
    names = list(splits)
    for index, held_out in enumerate(names):
        for other in names[:index]:
            if len(splits[other].labels) and len(splits[held_out].labels):
                lookalikes = _pairs(splits, small, other, held_out)
                if held_out in own_splits:
                    warnings += _leak(splits, lookalikes, other, held_out, root)
                else:
                    lookalikes = lookalikes.without(sources)
                    warnings += _belong_together(splits, lookalikes, other, held_out, root)
    return warnings


def _leak(
    splits: Mapping[str, ImageSplit], lookalikes: Lookalikes, other: str, held_out: str, root: str
) -> list[str]:
    pairs, count = lookalikes.pairs, len(splits[held_out].labels)
    note = ""
    if lookalikes.compared < count:
        note = (
            f"only {lookalikes.compared:,} of {count:,} {held_out} images were compared with the "
            f"{other} images for resized or compressed copies, since there are too many; those "
            "with the same pixels are found"
        )
    if not pairs:
        return [note] if note else []
    return [
        f"warning: {len(pairs):,} {other} images look like {held_out} images, the same pixels or "
        f"resized or re-encoded ({_listed(pairs, root)}), so results on {held_out} look too good: "
        "remove them from one of the two, or name them in ignore" + (note and f"; {note}")
    ]


def _belong_together(
    splits: Mapping[str, ImageSplit], lookalikes: Lookalikes, other: str, held_out: str, root: str
) -> list[str]:
    # Images of different classes don't belong together.
    kinds = {n: k for s in splits.values() for n, k in zip(s.names, s.labels.tolist(), strict=True)}
    pairs = [(image, test) for image, test in lookalikes.pairs if kinds[image] == kinds[test]]
    matched = {test for _, test in pairs}
    if len(matched) < max(2, BY_CHANCE * lookalikes.compared):
        return []
    pattern = _numbering(pairs, kinds, root)
    of = "compared " if lookalikes.compared < len(splits[held_out].labels) else ""
    return [
        f"warning: {len(matched):,} of the {lookalikes.compared:,} {of}{held_out} images look like "
        f"{other} images, as frames of one film or copies do ({_listed(pairs, root)}), so results "
        f"on {held_out} look too good: {given_by('groups', pattern)} to keep images that belong "
        "together in one split"
    ]


def _pairs(
    splits: Mapping[str, ImageSplit], small: Mapping[str, Tensor], other: str, held_out: str
) -> Lookalikes:
    """Compare a split with evenly spaced held-out images, at most `MOST_PAIRS` pairs."""
    images, test = splits[other], splits[held_out]
    count = min(len(test.names), max(1, MOST_PAIRS // len(images.names)))
    positions = [number * len(test.names) // count for number in range(count)]
    test_pixels = _pixels(test, small.get(held_out), positions)
    pairs = []
    # In parts, because `take` copies the images.
    for start in range(0, len(images.names), TAKEN_AT_ONCE):
        part = range(start, min(start + TAKEN_AT_ONCE, len(images.names)))
        for index, other_index, _ in matches(_pixels(images, small.get(other), part), test_pixels):
            pairs.append((images.names[start + index], test.names[positions[other_index]]))
    return Lookalikes(pairs, count)


def _pixels(split: ImageSplit, small: Tensor | None, positions: Sequence[int]) -> Tensor:
    return split.source.take(positions) if small is None else small[list(positions)]


def _listed(pairs: Sequence[tuple[str, str]], root: str) -> str:
    names = [" is ".join(name_below(name, [root]) for name in pair) for pair in pairs[:MOST_NAMED]]
    suffix = [f"and {len(pairs) - MOST_NAMED:,} more"] if len(pairs) > MOST_NAMED else []
    return "; ".join([*names, *suffix])


def _numbering(pairs: Sequence[tuple[str, str]], kinds: Mapping[str, int], root: str) -> str | None:
    """Return the pattern of groups with numbered files; None if it doesn't match enough pairs."""

    def group(name: str) -> str:
        match = re.search(NUMBERED, name_below(name, [root]))
        return match[1] if match else name

    num_same = sum(group(a) == group(b) for a, b in pairs)
    groups: dict[int, set[str]] = {}
    for name, kind in kinds.items():
        groups.setdefault(kind, set()).add(group(name))
    fits = num_same >= MOST_OF * len(pairs) and min(map(len, groups.values())) >= len(SPLITS)
    return NUMBERED if fits else None


def matches(images: Tensor, test: Tensor) -> Iterator[tuple[int, int, bool]]:
    """Yield the positions of an image and its matching test image, and whether they are identical.

    Args:
        images: `[N, C, S, S]` uint8.
        test: `[M, C, S, S]` uint8.
    """
    bits, grays = sketches(test)
    for start in range(0, len(images), AT_ONCE):
        image_bits, image_grays = sketches(images[start : start + AT_ONCE])
        near_pairs = ((64 - image_bits @ bits.T) / 2 <= MOST_BITS).nonzero()
        # By bits alone, many simple images, such as digits, would match.
        distances = torch.cat(
            [
                (image_grays[part[:, 0]] - grays[part[:, 1]]).abs().mean(1)
                for part in near_pairs.split(PAIRS_AT_ONCE)
            ]
        )
        nearest: dict[int, tuple[float, int]] = {}
        close = (distances <= MOST_STEPS).nonzero().flatten()
        for steps, (index, other) in zip(
            distances[close].tolist(), near_pairs[close].tolist(), strict=True
        ):
            nearest[index] = min(nearest.get(index, (steps, other)), (steps, other))
        for index, (_, other) in sorted(nearest.items()):
            yield start + index, other, torch.equal(images[start + index], test[other])


def sketches(images: Tensor) -> tuple[Tensor, Tensor]:
    """Return each image's difference hash `[N, 64]` of -1 and 1, and gray values `[N, 256]`."""
    # In parts, because float32 images take four times the memory.
    parts = [_sketches(part) for part in images.split(AT_ONCE)]
    bits, grays = (torch.cat(tensors) for tensors in zip(*parts, strict=True))
    return bits, grays


def _sketches(images: Tensor) -> tuple[Tensor, Tensor]:
    gray = images.float().mean(1, keepdim=True)
    steps = adaptive_avg_pool2d(gray, (8, 9)).diff(dim=3)
    return (steps > 0).flatten(1).float() * 2 - 1, adaptive_avg_pool2d(gray, 16).flatten(1)
