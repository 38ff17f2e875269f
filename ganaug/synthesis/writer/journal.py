"""The journal of an unfinished folder: which blocks are done, a line each, never rewritten."""

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
# The rank in whose file the journal is gathered anew; no process has it.
KEPT = 9999


class Unit(NamedTuple):
    """A block of a class by a source: what is done at a time, by one process."""

    method: str
    label: int
    block: int


class Row(NamedTuple):
    """An image's line of `metadata.csv`; the fields are its columns, empty where they don't apply.

    Attributes:
        file_name: Below the folder.
        label: Name of the class.
        class_index: Its index.
        origin: synthetic or real.
        method: How it was made.
        sample_index: Index within its class and method.
        seed: Of its latent.
        source: File of the real image that it was made of.
        agreement: How likely a classifier holds the class that was asked for.
        realism: What the model's own discriminator says, a logit.
        nearest: File of the training image next to it.
        distance: To that one, in units of the mean distance to the next five (see `Nearest`).
        sha256: Of the file.
        inversion_error: How badly its source was inverted, 0 to 1 and above (see `Inversion`).
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
    # Last, so that the journals of older versions are read as they were written.
    inversion_error: float | None = None


COLUMNS = Row._fields


@dataclass(frozen=True)
class Entry:
    """What became of a unit.

    Attributes:
        unit: The unit.
        tried: Images that were made.
        passed: By filter, how many of them passed it.
        rows: Those that passed all filters, in order of their index.
        sketches: A short description of each of these, where duplicates are looked for.
    """

    unit: Unit
    tried: int
    passed: Mapping[str, int]
    rows: Sequence[Row]
    sketches: Sequence[Sequence[float]] = field(default=())


class Journal:
    """Appends to a rank's own file; threads may share it.

    Args:
        out: The folder that is being made.
        rank: Of this process.
    """

    def __init__(self, out: Path, rank: int) -> None:
        self.path = out / UNFINISHED / f"journal-{rank:04d}.jsonl"
        self._lock = Lock()

    def append(self, entry: Entry) -> None:
        """Add a line; a process that is killed leaves a part of one at most."""
        line = _line(entry)
        with self._lock, naming_failures(self.path), self.path.open("ab") as file:
            file.write(line)


@dataclass(frozen=True)
class Place:
    """Where an entry stands: kept instead of it, so that memory does not grow with the images."""

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
    """Find what is done, of all ranks; torn lines are passed over."""
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
    """Drop from the journal what is not on disk as it was written; return how many blocks.

    A power cut can take files that were written and journalled a moment before.
    """
    there = places(out)
    whole = {unit: place for unit, place in there.items() if _is_whole(out, place.read())}
    if len(whole) == len(there):
        return 0
    target = Journal(out, KEPT).path
    with naming_failures(target):
        with atomic_open(target) as file:
            for place in whole.values():
                file.write(_line(place.read()))
        # Only now, so that no block is ever missing from all files.
        for path in {place.path for place in there.values()} - {target}:
            path.unlink()
    return len(there) - len(whole)


def _is_whole(out: Path, entry: Entry) -> bool:
    return all(is_whole(out / row.file_name, row.sha256) for row in entry.rows)


def is_whole(path: Path, sha256: str) -> bool:
    """Whether a file is there as it was written."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() == sha256
    except OSError:
        return False


def _line(entry: Entry) -> bytes:
    # Rows as lists: by name they take three times as long, at every reading. Of a file name that is
    # not UTF-8 an escape is written, which JSON reads back.
    line = json.dumps(vars(entry), ensure_ascii=False)
    # What a killed process left of its last line must not run into this one.
    return f"\n{line}\n".encode(errors="backslashreplace")


def _entry(line: bytes) -> Entry | None:
    try:
        found: dict[str, Any] = parse_json(line, "a block")
        return Entry(
            unit=Unit(*found["unit"]),
            tried=found["tried"],
            passed=with_names(found["passed"], OLD_FILTERS),
            rows=[Row(*row) for row in found["rows"]],
            sketches=found["sketches"],
        )
    except (ValueError, TypeError, KeyError):
        return None
