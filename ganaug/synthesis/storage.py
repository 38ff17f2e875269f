"""Storage of a set's files: a folder, or a temporary one for shards and addresses."""

import os
from functools import cached_property
from pathlib import Path

from datamodules.reading.folders.class_names import expanded
from datamodules.reading.folders.outputs import is_manifest
from datamodules.reading.tables.tables import SUFFIXES as TABLES
from ganaug.synthesis.manifest import FILE
from ganaug.synthesis.writer.journal import UNFINISHED
from ganaug.utils.errors import UsageError
from ganaug.utils.places import absolute, known_from, public_address
from ganaug.utils.temporary import TemporaryFolder


class SetFiles:
    """Location of a set's files; shards are unpacked when they are first needed.

    Args:
        folder: The set's folder.
        copy: Temporary folder with a copy, which is kept as long as this object.
        address: Address that the folder was copied from, as by `public_address`.
        labels: For another program's set, the table or pattern that gives the classes.
        label_column: The table's column of classes.

    Raises:
        UsageError: The folder or the table doesn't exist.
    """

    def __init__(
        self,
        folder: Path,
        copy: TemporaryFolder | None = None,
        address: str = "",
        *,
        labels: str | None = None,
        label_column: str | None = None,
    ) -> None:
        from ganaug.synthesis.writer.webdataset import is_sharded

        folder = Path(expanded(folder))
        self.folder, self.copy, self.address = folder, copy, address
        self.labels, self.label_column = labels and expanded(labels), label_column
        self._printed = set[str]()
        self.sharded = is_sharded(folder)
        if not folder.is_dir():
            problem = "there is no such folder"
            if folder.is_file():
                problem = (
                    f"this file is no table ({', '.join(TABLES)}); unpack it, and give a folder"
                )
            raise UsageError(f"dataset {folder}: {problem}")
        _ = self.labelled_by  # resolved now: results name the table, which may be gone by then

    def say_once(self, line: str) -> None:
        """Print a line once for this set, even if it is opened again at another size or in part."""
        from datamodules.console import say

        if line not in self._printed:
            say(line)
        self._printed.add(line)

    @property
    def root(self) -> Path:
        """Folder of the manifest and of results about the set.

        Class folders of other programs may be next to those of other sets, so results go inside.
        """
        if self.sharded:
            return self.folder
        images = self.images.resolve()
        folder = images if self.foreign else images.parent
        # As given by the user, not absolute, because it is printed and saved.
        return folder if self.folder.is_absolute() else Path(os.path.relpath(folder))

    @cached_property
    def foreign(self) -> bool:
        """Whether another program made the images."""
        images = self.images.resolve()
        return not self.sharded and not (images.name == "images" and is_written(images.parent))

    @cached_property
    def by_class(self) -> dict[str, list[Path]]:
        """The files of each class of another program's set."""
        from ganaug.synthesis.foreign import find_foreign

        return find_foreign(self.folder, self.labels, self.label_column)

    @cached_property
    def labelled_by(self) -> dict[str, str]:
        """The table (absolute path) or pattern that gives the classes, and the table's column."""
        from datamodules.errors import DataError
        from datamodules.reading.tables.table_files import is_pattern, table_named

        settings = {"labels": self.labels, "label_column": self.label_column}
        source = {name: value for name, value in settings.items() if value is not None}
        if self.labels and not is_pattern(self.labels):
            try:
                source["labels"] = absolute(table_named(self.labels, str(self.folder)))
            except DataError as error:
                raise UsageError(f"dataset {self.folder}: {error}") from error
        return source

    def place_from(self, file: Path) -> str:
        """Return the set's address, or its folder as a file of results names it (`known_from`)."""
        return self.address or known_from(self.root.resolve(), file.parent.resolve())

    @cached_property
    def images(self) -> Path:
        """The folder of class folders: the given one, or `images/` in a set of `synthesize`."""
        if self.sharded:
            return self._extracted.folder / "images"
        inner = self.folder / "images"
        return inner if inner.is_dir() and is_written(self.folder) else self.folder

    @cached_property
    def _extracted(self) -> TemporaryFolder:
        from ganaug.synthesis.writer.webdataset import extract_shards

        copy = TemporaryFolder()
        extract_shards(self.folder, copy.folder)
        return copy


def files_at(path: str | Path) -> SetFiles:
    """Return the files of a set: a folder, the folder of a table, or a copy of an address.

    Raises:
        UsageError: There is no set, or it can't be read.
    """
    from ganaug.synthesis.writer.remote import download, is_address

    if is_address(str(path)):
        copy = TemporaryFolder()
        download(str(path), copy.folder)
        return SetFiles(copy.folder, copy, public_address(str(path)))
    location = Path(expanded(path))
    if location.suffix.lower() in TABLES and location.is_file():
        return SetFiles(location.parent, labels=str(location))
    return SetFiles(location)


def is_written(folder: Path) -> bool:
    """Return whether `synthesize` is writing, or has written, a set to this folder."""
    if is_manifest(folder / FILE) or (folder / UNFINISHED).exists():
        return True
    try:
        with (folder / "metadata.csv").open(encoding="utf-8", errors="replace") as table:
            head = table.readline()
    except OSError:
        return False
    # Other programs' metadata.csv (Hugging Face's imagefolder) lacks some of these columns.
    return {"file_name", "label", "origin"} <= set(head.strip().split(","))


def refuse_inside_a_set(out: Path) -> None:
    """Refuse a folder among the images of another set, where it would become a class.

    Raises:
        UsageError: It is among them; the message names the set.
    """
    for ancestor in out.absolute().parents:
        if ancestor.name == "images" and is_written(ancestor.parent):
            raise UsageError(
                f"out {out} lies among the images of the set {ancestor.parent}, and would become "
                "one of its classes; give a folder outside of it"
            )
