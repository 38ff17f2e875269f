"""The folder of a set in progress: created, resumed and completed."""

import csv
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from ganaug.synthesis.manifest import read_manifest
from ganaug.synthesis.writer.described import describe
from ganaug.synthesis.writer.failures import naming_failures
from ganaug.synthesis.writer.files import FormatName
from ganaug.synthesis.writer.journal import COLUMNS, UNFINISHED, Place, Unit, keep_whole, places
from ganaug.synthesis.writer.naming import folder_name, names_of
from ganaug.synthesis.writer.occupied import refuse_other_run
from ganaug.synthesis.writer.selection import PlannedClass, Selector
from ganaug.synthesis.writer.tally import Tally
from ganaug.utils.atomic_files import atomic_open, partial_file
from ganaug.utils.errors import UsageError


class Folder:
    """The folder of a run: planned, finished and missing images.

    `out/images/<class>/` holds a file for each image. Until the set is finished, `out/.unfinished/`
    holds the run's facts and its journal. `manifest.json` is written last, so a folder without it
    is unfinished, and the same command resumes it.

    Args:
        out: The folder; absent, empty, or begun by the same run.
        class_names: Names of the classes, in the order of the labels.
        planned_classes: Number of images that each source will make of each class.
        selector: Selects among the images made.
        facts: All settings that determine the set; JSON values.
        kind: png, jpeg or webp.

    Raises:
        UsageError: The folder holds something else, or can't be written.
    """

    def __init__(
        self,
        out: Path,
        *,
        class_names: Sequence[str],
        planned_classes: Sequence[PlannedClass],
        selector: Selector,
        facts: Mapping[str, Any],
        kind: FormatName = "png",
    ) -> None:
        self.out, self.class_names, self.kind = out, tuple(class_names), kind
        self.planned_classes, self.selector = tuple(planned_classes), selector
        # As after reading from a file: without tuples, and with strings as keys.
        self.facts: dict[str, Any] = json.loads(json.dumps({**facts, "format": kind}))
        self.complete = self.begun = False
        refuse_other_run(out, self.facts)
        with naming_failures(out):
            self.complete = (out / "manifest.json").is_file()

    def tidy(self) -> None:
        """Remove the leftovers of a run that was stopped after its last file."""
        shutil.rmtree(self.out / UNFINISHED, ignore_errors=True)

    def begin(self) -> None:
        """Create the folders, write the run's facts, and drop blocks whose files were lost.

        Only the first call has an effect.
        """
        if self.begun:
            return
        unfinished = self.out / UNFINISHED
        with naming_failures(self.out):
            unfinished.mkdir(parents=True, exist_ok=True)
            if not (unfinished / "run.json").is_file():
                with atomic_open(unfinished / "run.json") as file:
                    file.write(json.dumps(self.facts, indent=2).encode())
            for name in sorted(
                {self.class_names[q.label] for q in self.planned_classes if q.wanted}
            ):
                (self.out / self.images_of(name)).mkdir(parents=True, exist_ok=True)
        self._check_apart()
        if num_lost := keep_whole(self.out):
            print(f"{self.out}: {num_lost} blocks were not on disk as written and are made again")
        self.begun = True

    def _check_apart(self) -> None:
        # On some file systems, Cat and cat are the same folder.
        folders = [
            self.images_of(self.class_names[q.label]) for q in self.planned_classes if q.wanted
        ]
        existing = {p.name for p in (self.out / "images").iterdir()}
        if missing := {Path(folder).name for folder in folders} - existing:
            raise UsageError(
                f"cannot write {self.out}: this file system takes the folder "
                f"{sorted(missing)[0]!r} for one of another class; give `out` a folder on another "
                "one."
            )

    def images_of(self, class_name: str) -> str:
        """Return the folder of a class, relative to the set's."""
        return f"images/{folder_name(class_name)}"

    def manifest(self) -> dict[str, Any]:
        """Read the manifest of a complete folder."""
        manifest = read_manifest(self.out)
        assert manifest is not None, "a complete folder has one"
        return manifest

    def wanted(self, unit: Unit) -> int:
        """Return the number of images planned for a unit's source and class."""
        return next(
            q.wanted
            for q in self.planned_classes
            if (q.method, q.label) == (unit.method, unit.label)
        )

    def missing(self) -> list[Unit]:
        """Return the units to make now; empty if no class can be completed further."""
        blocks = self._finished_blocks()
        return [
            unit
            for planned_class in self.planned_classes
            for unit in self.selector.next_units(
                planned_class, blocks.get((planned_class.method, planned_class.label), {})
            )
        ]

    def _finished_blocks(self) -> dict[tuple[str, int], dict[int, Place]]:
        """Return the finished blocks by method and class."""
        blocks: dict[tuple[str, int], dict[int, Place]] = {}
        for unit, place in places(self.out).items():
            blocks.setdefault((unit.method, unit.label), {})[unit.block] = place
        return blocks

    def close(self) -> None:
        """Keep the selected images, delete the rest; write rows, card and manifest, in order."""
        tally = Tally(self.class_names)
        with naming_failures(self.out):
            partial = partial_file(self.out / UNFINISHED / "metadata.csv")
            # File names that are not UTF-8 are written as escapes, which any reader accepts.
            with partial.open("w", newline="", encoding="utf-8", errors="backslashreplace") as file:
                self._write_rows(file, tally)
            digest = hashlib.sha256(partial.read_bytes()).hexdigest()
            partial.replace(self.out / "metadata.csv")
            manifest = {**self.facts, **tally.totals(), "metadata_sha256": digest}
            describe(self.out, manifest, self.out / UNFINISHED)
            # Without its journal, a set can't be mended after a power cut, so everything must be on
            # disk first. Windows has no sync for all files.
            if hasattr(os, "sync"):
                os.sync()
            text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
            partial = partial_file(self.out / UNFINISHED / "manifest.json")
            with atomic_open(self.out / "manifest.json", partial) as manifest_file:
                manifest_file.write(text.encode(errors="backslashreplace"))
            shutil.rmtree(self.out / UNFINISHED)

    def _write_rows(self, file: TextIO, tally: Tally) -> None:
        """Write and count the rows of the selected images, and delete the files of the rest.

        Classes are processed one at a time, so that memory doesn't grow with the number of images.
        """
        finished, writer = self._finished_blocks(), csv.writer(file)
        columns = self._columns(place for blocks in finished.values() for place in blocks.values())
        writer.writerow(columns)
        for label, name in enumerate(self.class_names):
            kept_files: set[str] = set()
            for planned_class in (p for p in self.planned_classes if p.label == label):
                class_blocks = finished.get((planned_class.method, label), {})
                selection = self.selector.select(planned_class, class_blocks)
                tally.add(planned_class, selection)
                writer.writerows(row[: len(columns)] for row in selection.rows)
                kept_files |= {Path(row.file_name).name for row in selection.rows}
            self._drop_others(self.out / self.images_of(name), kept_files)

    def _columns(self, blocks: Iterable[Place]) -> Sequence[str]:
        """Return the table's columns; `inversion_error` is only for sources that measure it."""
        has_errors = any(
            q.method == "variations" and q.wanted for q in self.planned_classes
        ) or any(row.inversion_error is not None for place in blocks for row in place.read().rows)
        return COLUMNS if has_errors else COLUMNS[: COLUMNS.index("inversion_error")]

    def _drop_others(self, folder: Path, kept_files: set[str]) -> None:
        """Remove this run's images that were not selected, and no other files."""
        if not folder.is_dir():
            return
        own_file = names_of(sorted({q.method for q in self.planned_classes}))
        for file in folder.iterdir():
            if file.name not in kept_files and own_file.fullmatch(file.name):
                file.unlink()
        # torchvision's ImageFolder refuses a class without an image.
        if not any(folder.iterdir()):
            folder.rmdir()
