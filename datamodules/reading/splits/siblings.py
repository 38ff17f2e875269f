"""Finds images of one source in different splits by name: channels, frames, tiles, copies."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from datamodules.reading.folders.class_folders import given_by
from datamodules.reading.folders.folder_names import split_of
from datamodules.reading.folders.view_words import LETTERS, SIDES, STAINS
from datamodules.reading.splits.splits import SPLITS, ImageSplit

_COPIES = (
    *("aug(?:mented)?", "flip(?:ped)?", "[hv]_?flip", "flip_?[hvlrtbudx]{1,2}", "mirror(?:ed)?"),
    *("rot(?:ate|ated)?", "blur(?:red)?", "bright(?:er|ness)?", "dark(?:er)?", "noisy?", "noise"),
    *("contrast", "zoom(?:ed)?", "shift(?:ed)?", "shear", "edited", "copy", "hdr"),
)
# Kinds of images by the end of the file name. Not a number alone, which most names have.
KINDS = {
    "copies by Roboflow": r"rf\.\w{8,}",
    "tiles": r"x[-_=]?\d+[-_, ]*y[-_=]?\d+(?:_class\d+)?|r(?:ow)?\d+[-_ ]?c(?:ol)?\d+"
    r"|(?:tile|patch|crop)[-_ ]?\d+(?:[-_ ]\d+)?",
    "frames": r"(?:frame|frm|burst)[-_ ]?\d+(?:_cover)?",
    "slices": r"(?:slice|z)[-_ ]?\d+",
    "channels": rf"(?:channel|chan|ch)[-_ ]?\d\d?|[cw]\d\d?|{'|'.join(STAINS)}",
    "color channels": "red|green|blue|yellow",
    "augmented copies": rf"(?:{'|'.join(_COPIES)})(?:[-_ ]?\d{{1,3}})?",
    "views": "|".join((*LETTERS, *SIDES)),
}
# The separators come first, so that most positions in a name fail quickly.
MARK = re.compile(f"[-_ .]+(?:{'|'.join(f'({kind})' for kind in KINDS.values())})$", re.IGNORECASE)
FORMATS = "copies in other formats"
MOST_SHAPES = 12
# Number of pairs, and share of held-out images in pairs; fewer may be a coincidence.
FEWEST, SHARE = 2, 0.02
# A product may come in two colors.
FEWEST_COLORS = 3


class _Image(NamedTuple):
    """The parts of an image's path.

    Attributes:
        path: The path below the root.
        source: The folders except those of splits, and the name without its mark.
        mark: The rest of the name, such as a channel; "" if there is none.
        kind: Kind of the mark; "" without one.
    """

    path: str
    source: str
    mark: str
    kind: str


class Siblings(NamedTuple):
    """Sources of images, as suggested by file names.

    Attributes:
        warnings: A warning if splits share sources, or none.
        sources: The source that an image shares with others, by image name.
    """

    warnings: list[str]
    sources: dict[str, str]


def siblings_apart(
    splits: Mapping[str, ImageSplit], own_splits: Collection[str], root: str
) -> Siblings:
    """Find images of one source in different splits by their file names.

    Args:
        splits: The splits by name; with groups, there is no search.
        own_splits: Names of the data's own splits; the others were chosen here.
        root: Folder of the data.
    """
    if any(split.groups for split in splits.values()):
        return Siblings([], {})
    images = {name: [_parsed(path, root) for path in split.names] for name, split in splits.items()}
    related = _related(splits, images)
    names = [name for split in splits.values() for name in split.names]
    all_images = [image for split_images in images.values() for image in split_images]
    sources = {n: i.source for n, i in zip(names, all_images, strict=True) if i.source in related}
    return Siblings(_warnings(images, related, own_splits), sources)


def _related(
    splits: Mapping[str, ImageSplit], images: Mapping[str, Sequence["_Image"]]
) -> dict[str, list["_Image"]]:
    """Return the images of each source that has several images.

    In a class with fewer sources than there are splits, the names just number the images.
    """
    by_source: dict[str, list[_Image]] = defaultdict(list)
    classes: dict[str, set[int]] = defaultdict(set)
    for name, split in splits.items():
        for image, label in zip(images[name], split.labels.tolist(), strict=True):
            by_source[image.source].append(image)
            classes[image.source].add(label)
    count = Counter(label for labels in classes.values() for label in labels)
    return {
        source: members
        for source, members in by_source.items()
        if _are_related(members) and all(count[label] >= len(SPLITS) for label in classes[source])
    }


def _warnings(
    images: Mapping[str, Sequence["_Image"]],
    related: Mapping[str, Sequence["_Image"]],
    own_splits: Collection[str],
) -> list[str]:
    """Return a warning if splits share sources of images."""
    pairs = _pairs(images, related)
    count = sum(len(images.get(name, ())) for name in SPLITS[1:])
    if len(pairs) < max(FEWEST, SHARE * count):
        return []
    kinds = [a.kind or b.kind or FORMATS for a, b in pairs]
    kind = max(sorted({*kinds}), key=kinds.count)
    held_out, other = pairs[kinds.index(kind)]
    marks = {image.mark for members in related.values() for image in members if image.kind}
    pattern = _pattern(
        marks, [image.path for split_images in images.values() for image in split_images], pairs
    )
    advice = ""
    if {*SPLITS[1:]} & {*own_splits}:
        advice = ", and to leave out training images whose source is in your own splits"
    return [
        f"warning: judging by their names, {len(pairs):,} of the {count:,} validation and test "
        f"images come from the same source as images of another split, as {kind} do "
        f"({held_out.path} and {other.path}), so results on them are too good: "
        f"{given_by('groups', pattern)} to keep each source in one split{advice}"
    ]


def _parsed(path: str, root: str) -> _Image:
    relative = Path(path).relative_to(root) if Path(path).is_relative_to(root) else Path(path)
    folders = [part for part in relative.parts[:-1] if not split_of(part)]
    source, kind = relative.stem, ""
    # A name may end with several marks, such as a slice and a channel.
    while (match := MARK.search(source)) and match.start() and match.lastindex:
        source, kind = source[: match.start()], [*KINDS][match.lastindex - 1]
    mark = relative.stem[len(source) :]
    return _Image(relative.as_posix(), "/".join([*folders, source]), mark, kind)


def _are_related(images: Sequence[_Image]) -> bool:
    """Return whether images with the same source in their names come from one source.

    The mark of a single image may be part of its name. If each split has its own folder, numbering
    may restart in each.
    """
    if {image.kind for image in images} == {"color channels"} and len(images) < FEWEST_COLORS:
        return False
    ends = {(image.mark, Path(image.path).suffix) for image in images}
    one_folder = len({Path(image.path).parent for image in images}) == 1
    return 1 < len(images) == len(ends) and (one_folder or any(image.kind for image in images))


def _pairs(
    images: Mapping[str, Sequence[_Image]], related: Collection[str]
) -> list[tuple[_Image, _Image]]:
    """Pair each held-out image with an image of the same source in an earlier split."""
    pairs: list[tuple[_Image, _Image]] = []
    first_by_source: dict[str, _Image] = {}
    for name in SPLITS:
        split_images = [image for image in images.get(name, ()) if image.source in related]
        pairs += [
            (image, first_by_source[image.source])
            for image in split_images
            if image.source in first_by_source
        ]
        first_by_source = {**{image.source: image for image in split_images}, **first_by_source}
    return pairs


def _pattern(
    marks: Collection[str], paths: Sequence[str], pairs: Sequence[tuple[_Image, _Image]]
) -> str | None:
    """Return a pattern that reads the source from a path; None if there is no short one."""
    shapes = sorted({_shape(mark) for mark in marks})
    if len(shapes) > MOST_SHAPES:
        return None
    ends = f"(?:{'|'.join(shapes)})?" if shapes else ""
    for start in ("^(.*?)", "([^/]+/[^/]*?)", "([^/]*?)"):
        pattern = re.compile(rf"{start}{ends}[.][^.]+$")
        sources = {path: match[1] for path in paths if (match := pattern.search(path))}
        if len(sources) == len({*paths}) and all(
            sources[a.path] == sources[b.path] for a, b in pairs
        ):
            return pattern.pattern
    return None


def _shape(mark: str) -> str:
    """Return a pattern for marks like this one, with any numbers."""
    if match := re.fullmatch(r"(.*\.rf\.)\w+", mark, re.IGNORECASE):
        return re.escape(match[1]) + r"\w+"
    return re.sub(r"\d+", r"\\d+", re.sub(r"[^\w -]", r"\\\g<0>", mark))
