"""The journal of an unfinished folder: a line for each finished block, append-only."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

from ganaug.synthesis.manifest import OLD_FILTERS, with_names
from ganaug.synthesis.writer.failures import naming_failures
from ganaug.utils.atomic_files import atomic_open
from ganaug.utils.safe_json import parse_json

UNFINISHED = ".unfinished"
# Rank of the file that the journal is rewritten to; no process has this rank.
KEPT = 9999


class Unit(NamedTuple):
    """A block of a class by a source, made by one process at a time."""

    method: str
    label: int
    block: int


class Row(NamedTuple):
    """Row of an image in `metadata.csv`; fields that don't apply are empty.

    Attributes:
        file_name: Path relative to the folder.
        label: Name of the class.
        class_index: Index of the class.
        origin: synthetic or real.
        method: Method that made it.
        sample_index: Index within its class and method.
        seed: Seed of its latent.
        source: File of the real image that it was made from.
        agreement: A classifier's probability of the requested class.
        realism: Logit of the model's own discriminator.
        nearest: File of the nearest training image.
        distance: Distance to that image, relative to the mean of the next five (see `Nearest`).
        sha256: Hash of the file.
        inversion_error: Inversion error of the source, 0 or more (see `Inversion`).
    """

    file_name: str
    label: str
    class_index: int
    origin: str
    method: str
    sample_index: int
    seed: int | None = None
    source: str = ""
    agreement: float | None = None
    realism: float | None = None
    nearest: str = ""
    distance: float | None = None
    sha256: str = ""
    # The last field, so that journals of older versions can still be read.
    inversion_error: float | None = None


COLUMNS = Row._fields
# Columns that filters fill in.
SCORES = ("agreement", "realism", "nearest", "distance")


@dataclass(frozen=True)
class Entry:
    """The result of a unit.

    Attributes:
        unit: The unit.
        tried: Number of images made.
        passed: Number of images that passed each filter.
        rows: Rows of the images that passed all filters, by index.
        sketches: A short vector for each of these, if duplicates are filtered.
    """

    unit: Unit
    tried: int
    passed: Mapping[str, int]
    rows: Sequence[Row]
    sketches: Sequence[Sequence[float]] = field(default=())


class Journal:
    """Appends to a rank's file; can be shared by threads.

    Args:
        out: The folder of the set.
        rank: Rank of this process.
    """

    def __init__(self, out: Path, rank: int) -> None:
        self.path = out / UNFINISHED / f"journal-{rank:04d}.jsonl"
        self._lock = Lock()

    def append(self, entry: Entry) -> None:
        """Add a line; a killed process leaves at most part of one."""
        line = _line(entry)
        with self._lock, naming_failures(self.path), self.path.open("ab") as file:
            file.write(line)


@dataclass(frozen=True)
class Place:
    """Position of an entry in its file, kept instead of the entry to save memory."""

    path: Path
    offset: int

    def read(self) -> Entry:
        """Read the entry."""
        with self.path.open("rb") as file:
            file.seek(self.offset)
            entry = _entry(file.readline())
        assert entry is not None, "only whole lines have a place"
        return entry


def places(out: Path) -> dict[Unit, Place]:
    """Return the finished units of all ranks; incomplete lines are ignored."""
    paths = sorted((out / UNFINISHED).glob("journal-*.jsonl"))
    return {unit: place for path in paths for unit, place in _places_in(path)}


def _places_in(path: Path) -> Iterator[tuple[Unit, Place]]:
    offset = 0
    with path.open("rb") as file:
        for line in file:
            if (entry := _entry(line)) is not None:
                yield entry.unit, Place(path, offset)
            offset += len(line)


def keep_whole(out: Path) -> int:
    """Drop blocks from the journal whose files are missing or changed; return their number.

    A power cut can lose files that were written and journaled just before.
    """
    places_by_unit = places(out)
    intact = {unit: place for unit, place in places_by_unit.items() if _is_whole(out, place.read())}
    if len(intact) == len(places_by_unit):
        return 0
    target = Journal(out, KEPT).path
    with naming_failures(target):
        with atomic_open(target) as file:
            for place in intact.values():
                file.write(_line(place.read()))
        # Old files are deleted last, so that no entry is ever lost.
        for path in {place.path for place in places_by_unit.values()} - {target}:
            path.unlink()
    return len(places_by_unit) - len(intact)


def _is_whole(out: Path, entry: Entry) -> bool:
    return all(is_whole(out / row.file_name, row.sha256) for row in entry.rows)


def is_whole(path: Path, sha256: str) -> bool:
    """Whether a file exists and is unchanged."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() == sha256
    except OSError:
        return False


def _line(entry: Entry) -> bytes:
    # Rows are lists, since reading names would take three times as long. File names that are not
    # UTF-8 are written as escapes, which JSON can read back.
    line = json.dumps(vars(entry), ensure_ascii=False)
    # The leading newline ends a partial line that a killed process may have left.
    return f"\n{line}\n".encode(errors="backslashreplace")


def _entry(line: bytes) -> Entry | None:
    try:
        fields: dict[str, Any] = parse_json(line, "a block")
        return Entry(
            unit=Unit(*fields["unit"]),
            tried=fields["tried"],
            passed=with_names(fields["passed"], OLD_FILTERS),
            rows=[Row(*row) for row in fields["rows"]],
            sketches=fields["sketches"],
        )
    except (ValueError, TypeError, KeyError):
        return None
