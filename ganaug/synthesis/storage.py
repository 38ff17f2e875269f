"""Where the files of a set are: a folder, or a temporary one for shards and addresses."""

import os
import shutil
import tempfile
import weakref
from functools import cached_property
from pathlib import Path

from ganaug.synthesis.writer.journal import UNFINISHED
from ganaug.utils.errors import UsageError

# What `synthesize` writes next to the folder of images.
WRITTEN = ("metadata.csv", "manifest.json")


class SetFiles:
    """Where a set's files are; shards are written out as files at the first need."""

    def __init__(
        self, folder: Path, copy: "TemporaryFolder | None" = None, address: str = ""
    ) -> None:
        from ganaug.synthesis.writer.webdataset import is_sharded

        self.folder, self.copy, self.address = folder, copy, address
        self.sharded = is_sharded(folder)
        if not folder.is_dir():
            raise UsageError(f"dataset {folder}: there is no such folder")

    @property
    def root(self) -> Path:
        """Where the manifest and results about the set are: in the set's own folder.

        Class folders of another origin may stand next to those of other sets, so their results go
        in with them.
        """
        if self.sharded:
            return self.folder
        images = self.images.resolve()
        ours = any((images.parent / name).exists() for name in (*WRITTEN, UNFINISHED))
        found = images.parent if ours and images.name == "images" else images
        # Printed and written down, so as the user named it: an absolute path is of this machine.
        return found if self.folder.is_absolute() else Path(os.path.relpath(found))

    def place_from(self, file: Path) -> str:
        """Return the set's address, or its folder relative to that of a file of results."""
        inside = os.path.relpath(self.root.resolve(), file.parent.resolve())
        return self.address or Path(inside).as_posix()

    @cached_property
    def images(self) -> Path:
        """The folder of class folders: the given one, or `images/` in what `synthesize` wrote."""
        if self.sharded:
            return self._extracted.folder / "images"
        inner = self.folder / "images"
        own = inner.is_dir() and any((self.folder / name).exists() for name in WRITTEN)
        return inner if own else self.folder

    @cached_property
    def _extracted(self) -> "TemporaryFolder":
        from ganaug.synthesis.writer.webdataset import extract_shards

        place = TemporaryFolder()
        extract_shards(self.folder, place.folder)
        return place


class TemporaryFolder:
    """A folder that is removed with the last set that reads from it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="ganaug-"))
        weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)
