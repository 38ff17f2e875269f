"""Reads each file of a folder once, assigns it to a split, and reports unusable files."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from datamodules.console import say
from datamodules.errors import DataError
from datamodules.printing import printable
from datamodules.reading.dividing import Candidate, ReadFiles, divide_by, positions_by_split
from datamodules.reading.folders.layout import Layout
from datamodules.reading.images.enlarged import remarks_on_enlarged
from datamodules.reading.images.flat import remarks_on_flat
from datamodules.reading.images.header import KINDS
from datamodules.reading.images.narrow import remarks_on_narrow
from datamodules.reading.images.reader import ImageReader
from datamodules.reading.remarks import small_classes
from datamodules.reading.scan import Scan, scan_images
from datamodules.reading.splits.in_memory import (
    ImageSource,
    InMemoryImages,
    StreamedImages,
    fits_in_memory,
)
from datamodules.reading.splits.lookalikes import leaks_between
from datamodules.reading.splits.siblings import siblings_apart
from datamodules.reading.splits.splits import SPLITS, DataSplits
from datamodules.reading.survey import survey

REPORT_LINES = 20


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
    *,
    chosen_size: bool = True,
) -> DataSplits:
    """Read each file once, report unusable ones, and assign the others to splits.

    Args:
        candidates: The files.
        class_names: Names of the classes, in the order of the labels.
        settings: The data module's arguments.
        layout: Where the files are; unusable ones are added to its `left_out`.
        origin: The folder, as the user named it.
        groups: Group of each file, if there are groups; a group's images stay in one split.
        chosen_size: Whether the user chose the image size, so that a remark names what it enlarges.

    Raises:
        DataError: A class has no image that can be read.
    """
    paths = [candidate.path for candidate in candidates]
    survey_result = survey(paths, settings)
    reader = ImageReader.of({**settings, **survey_result.settings})
    by_folder = {candidate.split for candidate in candidates}
    scan, source = _read(paths, reader, settings["in_memory"], hash_pixels=len(by_folder) > 1)
    file_groups = [groups[path] for path in paths] if groups else []
    files = ReadFiles(candidates, class_names, file_groups, scan, source)
    shares = {name: 0.0 if name in by_folder else settings[name] for name in SPLITS[1:]}
    layout.left_out.update((paths[i], why) for i, why in scan.unreadable.items())
    positions = positions_by_split(files, shares, layout.left_out)
    _report(layout, origin)
    _report_equal(candidates, scan)
    _refuse_unreadable(files, origin)
    splits = {name: files.split(indices) for name, indices in positions.items()}
    divided = [i for name, indices in positions.items() if shares.get(name, 1) for i in indices]
    small = {} if scan.small is None else {name: scan.small[i] for name, i in positions.items()}
    siblings = siblings_apart(splits, by_folder, origin)
    remarks = [
        *small_classes(
            {name: split.labels.tolist() for name, split in splits.items()},
            class_names,
            shares,
            divide_by(files, divided),
            own_test="test" in by_folder,
        ),
        *remarks_on_flat(paths, scan.flat, reader),
        *remarks_on_narrow(paths, scan.narrow, reader),
        *remarks_on_enlarged(scan.sides if chosen_size else [], reader),
        *siblings.warnings,
        *leaks_between(splits, by_folder, origin, small, sources=siblings.sources),
    ]
    for remark in remarks:
        say(printable(f"data: {remark}"))
    gray = ["gray"] * (survey_result.settings["channels"] == 1)
    kind = "in memory" if isinstance(source, InMemoryImages) else "streamed"
    count = f"{len(class_names)} {'class' if len(class_names) == 1 else 'classes'}"
    return DataSplits(
        class_names,
        splits,
        f"{Path(origin).absolute().name} ({', '.join([count, *gray, kind])})",
        survey_result.remark,
        resolved=survey_result.settings,
    )


def _refuse_unreadable(files: ReadFiles, origin: str) -> None:
    """Refuse classes without a readable image."""
    unreadable = files.scan.unreadable
    readable = {c.name for i, c in enumerate(files.candidates) if i not in unreadable}
    for name in files.class_names:
        if name not in readable:
            raise DataError(
                f"class '{name}' has no readable image in '{origin}', see the report above; "
                "repair or remove its files, or leave the class out"
            )


def _read(
    paths: list[str], reader: ImageReader, in_memory: bool | str, *, hash_pixels: bool
) -> tuple[Scan, ImageSource]:
    keep = bool(in_memory)
    if in_memory == "auto":
        keep = fits_in_memory(len(paths), reader.image_size, reader.channels)
    scan = scan_images(
        paths, reader, keep_pixels=keep, keep_small=not keep, hash_pixels=hash_pixels
    )
    if scan.pixels is not None:
        return scan, InMemoryImages(scan.pixels)
    return scan, StreamedImages(paths, reader)


def _report(layout: Layout, origin: str) -> None:
    left_out = sorted(layout.left_out.items())
    # All files of an unsupported format need the same fix, so they share a line.
    paths_by_kind: dict[str, list[str]] = {}
    for path, reason in left_out:
        if reason in KINDS:
            paths_by_kind.setdefault(reason, []).append(path)
    lines = []
    for kind, (first, *other_paths) in sorted(paths_by_kind.items()):
        suffix = f" and {len(other_paths):,} more" if other_paths else ""
        lines.append(printable(f"  {first}{suffix}: {kind}"))
    lines += [printable(f"  {path}: {reason}") for path, reason in left_out if reason not in KINDS]
    if lines:
        tail = [f"  ... and {len(lines) - REPORT_LINES:,} more"][: len(lines) > REPORT_LINES]
        head = f"data: left out {len(left_out):,} image files of '{origin}'"
        say("\n".join([head, *lines[:REPORT_LINES], *tail]))
    for kind, skipped_paths in sorted(layout.passed_over.items()):
        paths = [printable(str(path)) for path in dict.fromkeys(skipped_paths)]
        say(f"data: passed over {kind}: {len(paths):,}, such as {', '.join(paths[:3])}")
    for remark in layout.all_remarks:
        say(printable(f"data: {remark}"))
    if skipped := layout.skipped():
        say(printable(f"data: {skipped}"))


def _report_equal(candidates: Sequence[Candidate], scan: Scan) -> None:
    """Report identical files in two classes, since one must be mislabeled."""
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
