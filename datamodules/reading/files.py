"""Files of folders: each is read once, assigned to a split, and reported if unusable."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import torch

from datamodules.console import say
from datamodules.errors import DataError
from datamodules.printing import printable
from datamodules.reading.folders.walking import Layout
from datamodules.reading.images.flat import remarks_on_flat
from datamodules.reading.images.header import KINDS
from datamodules.reading.images.reader import ImageReader
from datamodules.reading.remarks import Divide, small_classes
from datamodules.reading.scan import Scan, scan_images
from datamodules.reading.splits.groups import joined, split_by_group
from datamodules.reading.splits.in_memory import (
    ImageSource,
    InMemoryImages,
    StreamedImages,
    fits_in_memory,
)
from datamodules.reading.splits.lookalikes import leaks_between
from datamodules.reading.splits.splits import SPLITS, UNLABELLED, DataSplits, ImageSplit
from datamodules.reading.splits.subsets import split_by_content
from datamodules.reading.survey import survey

REPORT_LINES = 20
WITHOUT_CLASS = "unlabelled"


class Candidate(NamedTuple):
    """A file that may become an image of the data.

    Attributes:
        path: The file.
        name: Its class, "" for none.
        split: The split folder it is in, "" if the split is still to be chosen, or
            `WITHOUT_CLASS`.
    """

    path: str
    name: str
    split: str


def candidates_of(layout: Layout, class_names: Iterable[str]) -> list[Candidate]:
    """List a layout's files class by class."""
    return [
        Candidate(str(path), name, split)
        for split, classes in layout.files.items()
        for name in class_names
        for path in classes.get(name, [])
    ]


def read_and_split(
    candidates: Sequence[Candidate],
    class_names: tuple[str, ...],
    settings: Mapping[str, Any],
    layout: Layout,
    origin: str,
    groups: Mapping[str, str] = MappingProxyType({}),
) -> DataSplits:
    """Read each file once, report unusable ones, and assign the others to splits.

    Args:
        candidates: The files.
        class_names: In the order of the labels.
        settings: The data module's arguments, image_size to test.
        layout: Where the files are; unusable ones are added to its `left_out`.
        origin: The folder, as the user named it.
        groups: Group of each file whose images stay in one split, if there are groups.

    Raises:
        DataError: A class has no image that can be read.
    """
    paths = [candidate.path for candidate in candidates]
    found = survey(paths, settings)
    apart = len({candidate.split for candidate in candidates}) > 1
    reader = ImageReader.of({**settings, **found.settings})
    scan, source = _read(paths, reader, settings["in_memory"], hash_pixels=apart)
    layout.left_out.update((candidates[i].path, why) for i, why in scan.unreadable.items())
    splits = _split_up(candidates, scan, settings, layout.left_out, groups)
    _report(layout, origin)
    _report_equal(candidates, scan)
    readable = {c.name for i, c in enumerate(candidates) if i not in scan.unreadable}
    for name in class_names:
        if name not in readable:
            raise DataError(
                f"class '{name}' has no readable image in '{origin}', see the report above; "
                "repair or remove its files, or leave the class out"
            )
    by_split = {
        name: _as_split(source, candidates, scan, class_names, members, groups)
        for name, members in splits.items()
    }
    given = {candidate.split for candidate in candidates}
    shares = {name: 0.0 if name in given else settings[name] for name in SPLITS[1:]}
    pool = [by_split[name] for name in ("train", *shares) if name == "train" or shares[name]]
    for remark in small_classes(
        {name: split.labels.tolist() for name, split in by_split.items()},
        class_names,
        shares,
        _divided(pool, class_names, groups),
        own_test="test" in given,
    ):
        say(printable(f"data: {remark}"))
    small = {} if scan.small is None else {s: scan.small[own] for s, own in splits.items()}
    alike = leaks_between(by_split, given, origin, small)
    for remark in (*remarks_on_flat(paths, scan.flat, reader), *alike):
        say(printable(f"data: {remark}"))
    grey = ["grey"] * (found.settings["channels"] == 1)
    kind = "in memory" if isinstance(source, InMemoryImages) else "streamed"
    count = f"{len(class_names)} {'class' if len(class_names) == 1 else 'classes'}"
    return DataSplits(
        class_names,
        by_split,
        f"{Path(origin).absolute().name} ({', '.join([count, *grey, kind])})",
        found.remark,
        resolved=found.settings,
    )


def _read(
    paths: list[str], reader: ImageReader, in_memory: bool | str, *, hash_pixels: bool
) -> tuple[Scan, ImageSource]:
    keep = bool(in_memory)
    if in_memory == "auto":
        keep = fits_in_memory(len(paths), reader.image_size, reader.channels)
    scan = scan_images(
        paths, keep_pixels=keep, keep_small=not keep, hash_pixels=hash_pixels, **vars(reader)
    )
    if scan.pixels is not None:
        return scan, InMemoryImages(scan.pixels)
    return scan, StreamedImages(paths, **vars(reader))


def _split_up(
    candidates: Sequence[Candidate],
    scan: Scan,
    settings: Mapping[str, Any],
    left_out: dict[str, str],
    groups: Mapping[str, str],
) -> dict[str, list[int]]:
    """Return positions by split: the folder's own splits, and others taken from train."""
    given = {candidate.split for candidate in candidates}
    shares = [0.0 if name in given else settings[name] for name in ("validation", "test")]
    splits: dict[str, list[int]] = {name: [] for name in (*SPLITS, WITHOUT_CLASS)}
    undivided: list[int] = []
    # By pixels: a copy in another encoding would be trained on, and scored, all the same.
    same = {"image": scan.pixel_hashes, "group": [groups.get(c.path, "") for c in candidates]}
    held_out = {
        (name, kind): {v for c, v in zip(candidates, values, strict=True) if c.split == name and v}
        for name in ("test", "validation")
        for kind, values in same.items()
    }
    for position, candidate in enumerate(candidates):
        if not scan.hashes[position]:
            continue
        split = candidate.split or "train"
        shared = (place for place in held_out if same[place[1]][position] in held_out[place])
        copied, kind = next(shared, (split, ""))
        if copied != split and split != "test":
            left_out[candidate.path] = f"the same {kind} is in {copied}"
            continue
        (undivided if split == "train" else splits[split]).append(position)
    names = sorted({candidate.name for candidate in candidates})
    hashes = [scan.hashes[position] for position in undivided]
    labels = [names.index(candidates[position].name) for position in undivided]
    if groups:
        own = [groups[candidates[position].path] for position in undivided]
        chosen = split_by_group(own, hashes, labels, *shares)
    else:
        chosen = split_by_content(hashes, labels, *shares)
    for position, split in zip(undivided, chosen, strict=True):
        splits[split].append(position)
    labelled = {scan.pixel_hashes[i]: name for name in SPLITS for i in splits[name]}
    of_group = {same["group"][i]: name for name in SPLITS[1:] for i in splits[name] if groups}
    for position in splits.pop(WITHOUT_CLASS):
        if where := labelled.get(scan.pixel_hashes[position]):
            left_out[candidates[position].path] = f"the same image is in {where}"
        elif where := of_group.get(same["group"][position]):
            left_out[candidates[position].path] = f"the same group is in {where}"
        else:
            splits["train"].append(position)
    return splits


def _divided(
    pool: Sequence[ImageSplit], class_names: Sequence[str], groups: Mapping[str, str]
) -> Divide:
    """Return what counts the images of each class in each split, by fractions."""
    ranks = {label: sorted(class_names).index(name) for label, name in enumerate(class_names)}
    images = [each for split in pool for each in split.labelled()]
    ranked = [ranks[label] for label, _, _ in images]
    hashes = [digest for _, digest, _ in images]
    own = [groups[name] for _, _, name in images if groups]

    def divide(validation: float, test: float) -> dict[str, Counter[int]]:
        if groups:
            chosen = split_by_group(own, hashes, ranked, validation, test)
        else:
            chosen = split_by_content(hashes, ranked, validation, test)
        found = {name: Counter[int]() for name in SPLITS}
        for (label, _, _), split in zip(images, chosen, strict=True):
            found[split][label] += 1
        return found

    return divide


def _report(layout: Layout, origin: str) -> None:
    left_out = sorted(layout.left_out.items())
    # Of a kind that is not read, all files need the same done, so they share a line.
    of_kind: dict[str, list[str]] = {}
    for path, reason in left_out:
        if reason in KINDS:
            of_kind.setdefault(reason, []).append(path)
    lines = []
    for kind, (first, *others) in sorted(of_kind.items()):
        more = f" and {len(others):,} more" if others else ""
        lines.append(printable(f"  {first}{more}: {kind}"))
    lines += [printable(f"  {path}: {reason}") for path, reason in left_out if reason not in KINDS]
    if lines:
        rest = [f"  ... and {len(lines) - REPORT_LINES:,} more"][: len(lines) > REPORT_LINES]
        head = f"data: left out {len(left_out):,} image files of '{origin}'"
        say("\n".join([head, *lines[:REPORT_LINES], *rest]))
    for kind, passed in sorted(layout.passed_over.items()):
        paths = [printable(str(path)) for path in dict.fromkeys(passed)]
        say(f"data: passed over {kind}: {len(paths):,}, such as {', '.join(paths[:3])}")
    for remark in layout.all_remarks:
        say(printable(f"data: {remark}"))
    if skipped := layout.skipped():
        say(printable(f"data: {skipped}"))


def _report_equal(candidates: Sequence[Candidate], scan: Scan) -> None:
    """Name equal files in two classes, of which one is labelled wrongly."""
    first: dict[str, Candidate] = {}
    pairs = []
    for candidate, digest in zip(candidates, scan.hashes, strict=True):
        other = first.setdefault(digest, candidate)
        if digest and candidate.name and other.name and candidate.name != other.name:
            pairs.append(f"{other.path} ({other.name}) and {candidate.path} ({candidate.name})")
    if pairs:
        lines = [printable(f"  {pair}") for pair in pairs[:REPORT_LINES]]
        head = f"data: {len(pairs):,} equal files in two classes; remove the wrong one of each"
        say("\n".join([head, *lines]))


def _as_split(
    source: ImageSource,
    candidates: Sequence[Candidate],
    scan: Scan,
    class_names: tuple[str, ...],
    members: list[int],
    groups: Mapping[str, str],
) -> ImageSplit:
    label_of = {name: label for label, name in enumerate(class_names)}
    labels = [label_of.get(candidates[i].name, UNLABELLED) for i in members]
    hashes = [scan.hashes[i] for i in members]
    own = [groups[candidates[i].path] for i in members if groups]
    return ImageSplit(
        source.chosen(members),
        torch.tensor(labels, dtype=torch.long),
        hashes,
        [candidates[i].path for i in members],
        joined(own, hashes) if own else [],
    )
