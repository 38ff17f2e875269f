"""Checking a set against its manifest: complete, readable, of one size, marked."""

import hashlib
import io
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from PIL import Image

from datamodules.reading.images.header import readable_formats
from ganaug.synthesis.manifest import read_manifest, rows_of
from ganaug.synthesis.marks import mark_in
from ganaug.synthesis.writer.journal import UNFINISHED
from ganaug.synthesis.writer.naming import folder_name
from ganaug.synthesis.writer.webdataset import Sample, member_of, shard_members
from ganaug.utils.errors import UsageError
from ganaug.utils.notebook import Printed

# Problems of files, and the check that each fails. A file only counts for its first problem, since
# an unreadable file is also altered and unmarked.
PROBLEMS = {
    "missing": "whole",
    "extra": "whole",
    "unreadable": "readable",
    "odd_size": "of one size",
    "misnamed": "named rightly",
    "unmarked": "marked",
    "altered": "whole",
}
Size = tuple[int, int]
FORMATS = {".png": "PNG", ".jpg": "JPEG", ".webp": "WEBP"}


class Check(NamedTuple):
    """Result of a check of a set.

    Attributes:
        name: The property that is checked, such as `readable`.
        passed: Whether the set has it; None if unknown.
        words: Details.
    """

    name: str
    passed: bool | None
    words: str

    def __str__(self) -> str:
        answer = {True: "yes", False: "no", None: "not known"}[self.passed]
        return f"{self.name:<28}{answer:<11}{self.words}"


@dataclass(frozen=True)
class Verification(Printed):
    """Result of verifying a set; prints its checks. Each bad file is in one of the tuples.

    Attributes:
        files: Number of images in the rows.
        missing: Files that don't exist.
        altered: Files that have changed, without any of the problems below.
        extra: Files in `images/` that no row names, and images that shards hold twice.
        unreadable: Files that are not images.
        odd_size: Synthetic images of another size than the set's.
        misnamed: Files in the folder of another class, with another class in their shard, or with
            the suffix of another format.
        unmarked: Files without the mark that their method has in the manifest.
        size: Width and height of the synthetic images; None without one.
        marks: The marks in the manifest: by method, the digital source type.
        short: Planned images that were never made.
    """

    files: int
    missing: tuple[str, ...] = ()
    altered: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    odd_size: tuple[str, ...] = ()
    misnamed: tuple[str, ...] = ()
    unmarked: tuple[str, ...] = ()
    size: Size | None = None
    marks: Mapping[str, str] | None = None
    short: int = 0

    @property
    def sound(self) -> bool:
        """Whether all files are unchanged, and there are no additional ones."""
        return not any(getattr(self, kind) for kind in PROBLEMS)

    @property
    def checks(self) -> list[Check]:
        """The results of the checks."""
        state = "as they were written" if self.sound else "there"
        good = {
            "whole": f"all {self.files:,} files are {state}"
            + (f"; {self.short:,} planned images were never made" if self.short else ""),
            "readable": "every file is an image",
            "of one size": "{} by {} pixels".format(*self.size) if self.size else "no image",
            "named rightly": "each file is in the folder of its class",
            "marked": ", ".join(f"{term} ({name})" for name, term in (self.marks or {}).items()),
        }
        checks = [Check(name, *self._answer(name, details)) for name, details in good.items()]
        if not self.files:
            # Without rows, only failed checks have a result.
            failed = [check for check in checks if check.passed is False]
            names = [name for name in good if name not in {check.name for check in failed}]
            return [*failed, *(Check(name, None, "no row names a file") for name in names)]
        if not self.marks:
            checks[-1] = Check("marked", None, "the set was written without marks")
        return checks

    def __str__(self) -> str:
        return "\n".join(map(str, self.checks))

    def _answer(self, name: str, details: str) -> tuple[bool, str]:
        counts = {k: len(getattr(self, k)) for k, check in PROBLEMS.items() if check == name}
        problems = [f"{n:,} {kind.replace('_', ' ')}" for kind, n in counts.items() if n]
        return not problems, ", ".join(problems) or details


class Faults:
    """The problems of each file; a file only counts for its first problem in `PROBLEMS`."""

    def __init__(self) -> None:
        self._of_file = defaultdict[str, set[str]](set)

    def add(self, problem: str, *names: str) -> None:
        """Record a problem of files."""
        for name in names:
            self._of_file[name].add(problem)

    def by_problem(self) -> dict[str, tuple[str, ...]]:
        """Return the files that are counted for each problem, sorted."""
        first = {
            name: min(problems, key=[*PROBLEMS].index) for name, problems in self._of_file.items()
        }
        return {k: tuple(sorted(name for name in first if first[name] == k)) for k in PROBLEMS}


def verify(out: Path) -> Verification:
    """Check every file of a folder that `expand` made.

    Args:
        out: The folder.

    Raises:
        UsageError: The folder has no manifest, or the set is unfinished.
    """
    manifest, table = _manifest(out), out / "metadata.csv"
    if not table.is_file():
        return Verification(0, missing=("metadata.csv",))
    try:
        all_rows = rows_of(out)
    except UsageError:
        return Verification(0, unreadable=("metadata.csv",))
    rows = {row["file_name"] or "": row for row in all_rows}
    faults = Faults()
    digest = hashlib.sha256(table.read_bytes()).hexdigest()
    if digest != manifest["metadata_sha256"] or len(rows) < len(all_rows):
        faults.add("altered", "metadata.csv")
    if not _counts_agree(manifest, all_rows):
        faults.add("altered", "manifest.json")
    seen_names, sizes = set[str](), dict[str, Size]()
    for sample in _images(out):
        name, row = sample.name, rows.get(sample.name)
        for problem in _problems(name, sample.content, row, manifest, sizes):
            faults.add(problem, name)
        if name in seen_names:
            faults.add("extra", name)
        elif row and sample.member and not _agrees_with_row(sample, row):
            faults.add("misnamed", name)
        seen_names.add(name)
    faults.add("missing", *(rows.keys() - seen_names))
    size = _size(manifest, sizes)
    faults.add("odd_size", *(name for name, file_size in sizes.items() if file_size != size))
    short = manifest.get("short")
    return Verification(
        len(rows),
        **faults.by_problem(),
        size=size,
        marks=manifest.get("marks"),
        short=sum(short.values()) if isinstance(short, dict) else 0,
    )


def _problems(
    name: str,
    content: bytes,
    row: Mapping[str, str] | None,
    manifest: Mapping[str, Any],
    sizes: dict[str, Size],
) -> Iterator[str]:
    """Yield the problems of a file, and add the size of a synthetic image to `sizes`."""
    if row is None:
        yield "extra"
        return
    altered = hashlib.sha256(content).hexdigest() != row.get("sha256")
    if altered:
        yield "altered"
    real, mark, kind = row.get("origin") == "real", None, None
    try:
        with Image.open(io.BytesIO(content), formats=readable_formats()) as image:
            if altered:  # an unchanged file was readable when it was written
                image.load()
            mark, kind = mark_in(image), image.format
            if not real:
                sizes[name] = image.size
    except Exception:  # the type depends on format and damage
        # Real images may have formats that Pillow can't read.
        if not real or altered:
            yield "unreadable"
    if not _is_named_correctly(name, row, manifest["class_names"]) or (
        not real and kind not in (None, FORMATS.get(PurePosixPath(name).suffix))
    ):
        yield "misnamed"
    marks = manifest.get("marks") or {}
    if mark != marks.get(row.get("method", ""), mark):
        yield "unmarked"


def _is_named_correctly(name: str, row: Mapping[str, str], class_names: list[str]) -> bool:
    label = row.get("label")
    if label not in class_names or str(class_names.index(label)) != row.get("class_index"):
        return False
    return PurePosixPath(name).parent.name == folder_name(label)


def _agrees_with_row(sample: Sample, row: Mapping[str, str]) -> bool:
    """Whether a shard agrees with the rows on an image and its class; loaders only read shards."""
    keys = ("label", "class_index", "sha256")
    return sample.member == member_of(sample.name) and all(
        sample.row.get(key) == row.get(key) for key in keys
    )


def _counts_agree(manifest: Mapping[str, Any], rows: list[dict[str, str]]) -> bool:
    """Whether the manifest's counts of each class agree with the rows."""
    counts: Any = manifest.get("counts")
    row_counts = Counter((row.get("origin"), row.get("label")) for row in rows)
    try:
        manifest_counts = {
            (k, name): n
            for k, class_counts in counts.items()
            for name, n in class_counts.items()
            if n
        }
    except AttributeError:
        return counts is None
    return manifest_counts == row_counts


def _size(manifest: Mapping[str, Any], sizes: Mapping[str, Size]) -> Size | None:
    """Return the size of the set: its model's, or else that of most images."""
    side = (manifest.get("card") or {}).get("image_size")
    if side:
        return (side, side)
    return Counter(sizes.values()).most_common(1)[0][0] if sizes else None


def _images(out: Path) -> Iterator[Sample]:
    """Read each image's file, in a folder or in shards."""
    if not (out / "images").is_dir():
        yield from shard_members(out)
        return
    for path in (out / "images").rglob("*"):
        if path.is_file():
            yield Sample(path.relative_to(out).as_posix(), path.read_bytes())


def _manifest(out: Path) -> dict[str, Any]:
    try:
        manifest = read_manifest(out)
        if manifest and manifest.get("class_names") and "metadata_sha256" in manifest:
            return manifest
    except OSError:
        pass
    except UsageError as error:
        raise UsageError(f"{error}; make the set again, or take a copy of it") from error
    if (out / UNFINISHED).is_dir():
        raise UsageError(f"{out} is unfinished: give the command that began it again")
    raise UsageError(f"{out} holds no manifest.json that this tool wrote")
