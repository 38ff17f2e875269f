"""Putting images and their metadata on disk whole or not at all."""

import csv
import json
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import numpy as np
from PIL import Image
from torch import Tensor

from ganaug.errors import UsageError

# Level 1 wrote photographs of 64 px 1.5 times as fast as the default 6, for files 6% larger.
_COMPRESS_LEVEL = 1
_THREADS = 2
# Batches waiting to be written: enough to keep the threads busy, few enough to keep memory flat.
_WAITING = 4


class Row(NamedTuple):
    """One image's line of `metadata.csv`; the fields are its columns."""

    file_name: str
    label: str
    class_index: int
    origin: str
    sample_index: int
    seed: int | None
    source: str


class FolderWriter:
    """Writes images on threads, each to a temporary name first.

    Temporary files lie in `out/.partial/`, so that nothing half-written ever stands under
    `out/images/`. Use as a context manager; leaving it by an exception leaves the folder without
    a manifest.

    Args:
        out: Folder to write to, created if absent.
        folders: Names of the class folders.

    Raises:
        UsageError: `out` holds something already, or a file can't be written; the message names
            it and the reason.
    """

    def __init__(self, out: Path, folders: Iterable[str]) -> None:
        self.out = out
        self.partial = out / ".partial"
        check_out(out)
        self.counts: dict[str, Counter[str]] = {"synthetic": Counter(), "real": Counter()}
        with naming_failures(out):
            self.partial.mkdir(parents=True)
            (out / "images").mkdir()
            for folder in folders:
                # Two classes that a file system takes for one name, such as Cat and cat, end here.
                (out / "images" / folder).mkdir()
            self._csv = (self.partial / "metadata.csv").open("w", newline="", encoding="utf-8")
        self._rows = csv.writer(self._csv)
        self._rows.writerow(Row._fields)
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="png")
        self._waiting: deque[Future[None]] = deque()

    def __enter__(self) -> "FolderWriter":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.shutdown(cancel_futures=True)
        with naming_failures(self.out / "metadata.csv"):
            self._csv.close()

    def add(self, images: Tensor, rows: Sequence[Row]) -> None:
        """Queue images `[n, channels, height, width]` uint8 with a row for each."""
        while len(self._waiting) >= _WAITING:
            self._waiting.popleft().result()
        pixels = images.permute(0, 2, 3, 1).numpy()
        self._waiting.append(self._pool.submit(self._write, pixels, rows))
        with naming_failures(self.out / "metadata.csv"):
            self._rows.writerows(rows)
        for row in rows:
            self.counts[row.origin][row.label] += 1

    def finish_images(self) -> dict[str, dict[str, int]]:
        """Wait for every image to be on disk and count them by origin and class."""
        while self._waiting:
            self._waiting.popleft().result()
        return {origin: dict(counter) for origin, counter in self.counts.items()}

    def finish(self, manifest: Mapping[str, Any]) -> None:
        """Put `metadata.csv` in its place, and after it `manifest.json`."""
        with naming_failures(self.out / "metadata.csv"):
            self._csv.close()
            (self.partial / "metadata.csv").replace(self.out / "metadata.csv")
        with naming_failures(self.out / "manifest.json"):
            text = json.dumps(manifest, indent=2, ensure_ascii=False)
            (self.partial / "manifest.json").write_text(text + "\n", encoding="utf-8")
            (self.partial / "manifest.json").replace(self.out / "manifest.json")
            self.partial.rmdir()

    def _write(self, pixels: np.ndarray, rows: Sequence[Row]) -> None:
        for image, row in zip(pixels, rows, strict=True):
            target = self.out / row.file_name
            partial = self.partial / f"{row.class_index}_{target.name}"
            with naming_failures(target):
                grey = image.shape[-1] == 1
                picture = Image.fromarray(image[..., 0] if grey else image)
                picture.save(partial, "PNG", compress_level=_COMPRESS_LEVEL)
                partial.replace(target)


def check_out(out: Path) -> None:
    """See to it that a folder can be written to without touching anything of the user's.

    Args:
        out: The folder; absent or empty is right.

    Raises:
        UsageError: It is a file or holds something.
    """
    if out.is_symlink() and not out.exists():
        raise UsageError(f"{out} is a link to nothing; give --out another folder.")
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out} is a file; give --out the name of a new folder.")
    if out.is_dir() and any(out.iterdir()):
        made_here = (out / ".partial").exists() and not (out / "manifest.json").exists()
        state = "holds an unfinished run" if made_here else "is not empty"
        raise UsageError(f"{out} {state}; give --out a new folder, or empty this one first.")


@contextmanager
def naming_failures(path: Path) -> Iterator[None]:
    """Turn a failing write into an error of one line that names the path and the reason.

    Raises:
        UsageError: In place of the OSError.
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(
            f"cannot write {path}: {reason}. Give --out a new folder that has room and that you "
            "may write to."
        ) from error
