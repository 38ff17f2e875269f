"""Where the files of a set are: a folder, or a temporary one for shards and addresses."""

import shutil
import tempfile
import weakref
from functools import cached_property
from pathlib import Path

from ganaug.utils.errors import UsageError


class SetFiles:
    """Where a set's files are; shards are written out as files at the first need."""

    def __init__(self, folder: Path, copy: "TemporaryFolder | None" = None) -> None:
        from ganaug.synthesis.writer.webdataset import is_sharded

        self.folder, self.copy = folder, copy
        self.sharded = is_sharded(folder)
        if not folder.is_dir():
            raise UsageError(f"dataset {folder}: there is no such folder")

    @property
    def root(self) -> Path:
        """Where the manifest and results about the set are."""
        return self.folder if self.sharded else self.images.resolve().parent

    @cached_property
    def images(self) -> Path:
        """The folder of class folders: the given one, or `images/` in what `synthesize` wrote."""
        if self.sharded:
            return self._extracted.folder / "images"
        inner = self.folder / "images"
        names = ("metadata.csv", "manifest.json")
        own = inner.is_dir() and any((self.folder / name).exists() for name in names)
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
