"""Checking a folder against its own manifest: what is missing, altered, or should not be there."""

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ganaug.synthesis.manifest import read_manifest
from ganaug.synthesis.marks import read_mark
from ganaug.synthesis.writer.journal import UNFINISHED
from ganaug.synthesis.writer.webdataset import shard_members
from ganaug.utils.errors import UsageError


@dataclass(frozen=True)
class Verification:
    """What was found.

    Attributes:
        files: Images that the rows name.
        missing: Files that are not there.
        altered: Files that are not as they were written.
        extra: Files in `images/` that no row names.
        unmarked: Files without the mark that their method has in the manifest.
    """

    files: int
    missing: tuple[str, ...]
    altered: tuple[str, ...]
    extra: tuple[str, ...]
    unmarked: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether everything is as it was written, and nothing else is there."""
        return not (self.missing or self.altered or self.extra or self.unmarked)


def verify(out: Path) -> Verification:
    """Check every file of a folder that `expand` made.

    Args:
        out: The folder.

    Raises:
        UsageError: It holds no manifest, or an unfinished run.
    """
    manifest = _manifest(out)
    rows_file = out / "metadata.csv"
    missing, altered, unmarked, named = [], [], [], set()
    marks = manifest.get("marks") or {}
    if not rows_file.is_file():
        return Verification(0, ("metadata.csv",), (), ())
    if hashlib.sha256(rows_file.read_bytes()).hexdigest() != manifest["metadata_sha256"]:
        altered.append("metadata.csv")
    there = {
        name: (hashlib.sha256(content).hexdigest(), read_mark(content) if marks else None)
        for name, content in _images(out)
    }
    with rows_file.open(newline="", encoding="utf-8", errors="replace") as file:
        for row in csv.DictReader(file):
            name = row.get("file_name") or ""
            named.add(name)
            if name not in there:
                missing.append(name)
                continue
            sha256, mark = there[name]
            if sha256 != row.get("sha256"):
                altered.append(name)
            if mark != marks.get(row.get("method"), mark):
                unmarked.append(name)
    extra = sorted(there.keys() - named)
    return Verification(len(named), tuple(missing), tuple(altered), tuple(extra), tuple(unmarked))


def _images(out: Path) -> Iterator[tuple[str, bytes]]:
    """Read each image's file, in a folder or in shards."""
    if not (out / "images").is_dir():
        yield from shard_members(out)
        return
    for path in (out / "images").rglob("*"):
        if path.is_file():
            yield path.relative_to(out).as_posix(), path.read_bytes()


def _manifest(out: Path) -> dict[str, Any]:
    try:
        manifest = read_manifest(out)
        if manifest is not None and "metadata_sha256" in manifest:
            return manifest
    except OSError:
        pass
    except UsageError as error:
        raise UsageError(f"{error}; make the set again, or take a copy of it") from error
    if (out / UNFINISHED).is_dir():
        raise UsageError(f"{out} is unfinished: give the command that began it again")
    raise UsageError(f"{out} holds no manifest.json that this tool wrote")
