"""Writing image files atomically, on several threads."""

import hashlib
import io
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from PIL import Image
from torch import Tensor

from ganaug.synthesis.marks import save_settings
from ganaug.synthesis.writer.failures import write_atomically
from ganaug.synthesis.writer.journal import UNFINISHED, Entry, Journal, Row
from ganaug.utils.atomic_files import partial_file

if TYPE_CHECKING:
    from ganaug.synthesis.content_credentials import Signature
    from ganaug.synthesis.sources.real_file import RealFile

FormatName = Literal["png", "jpeg", "webp"]
# Options of each format. At level 1, PNG wrote photographs of 64 px 1.5 times as fast as at the
# default 6, with files 6% larger. WebP is lossless, to keep the generated pixels.
FORMATS: Mapping[str, dict[str, Any]] = {
    "png": {"compress_level": 1},
    "jpeg": {"quality": 95, "subsampling": 0},
    "webp": {"lossless": True, "quality": 30, "method": 2},
}
SUFFIXES = {"png": ".png", "jpeg": ".jpg", "webp": ".webp"}
KINDS = {".jpeg": "jpeg", **{suffix: kind for kind, suffix in SUFFIXES.items()}}
_THREADS = 2
# Size of the queue in blocks: enough to keep the threads busy, few enough to bound memory.
_WAITING = 4


class FileWriter:
    """Encodes and writes blocks of images; a block enters the journal when all its files exist.

    Args:
        out: The folder of the set.
        rank: Rank of this process.
        kind: png, jpeg or webp.
        marks: The digital source type of each method with marked images.
        signature: Signs these marks.
    """

    def __init__(
        self,
        out: Path,
        rank: int,
        kind: FormatName = "png",
        marks: Mapping[str, str] | None = None,
        signature: "Signature | None" = None,
    ) -> None:
        self.out, self.rank, self.kind = out, rank, kind
        self.marks, self.signature = marks or {}, signature
        self.settings = {name: save_settings(mark, kind) for name, mark in self.marks.items()}
        self.journal = Journal(out, rank)
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="files")
        self._waiting: deque[Future[None]] = deque()

    def add(self, images: Tensor, files: "Sequence[RealFile | None]", entry: Entry) -> None:
        """Queue images, one for each row of the entry.

        Args:
            images: `[n, channels, height, width]` uint8.
            files: For each image, the real image's file to use instead, or None. It is copied, or
                encoded again if it has a reader or the row's file has another format.
            entry: Journal entry of the images.

        Raises:
            UsageError: An earlier block could not be written.
        """
        while len(self._waiting) >= _WAITING:
            self._waiting.popleft().result()
        pixels = images.permute(0, 2, 3, 1).numpy()
        self._waiting.append(self._pool.submit(self._write, pixels, files, entry))

    def finish(self) -> None:
        """Wait until the queue is empty.

        Raises:
            UsageError: Something could not be written.
        """
        while self._waiting:
            self._waiting.popleft().result()

    def close(self) -> None:
        """Stop the threads; queued blocks are dropped, and the next run makes them again."""
        self._pool.shutdown(cancel_futures=True)

    def _write(self, pixels: np.ndarray, files: "Sequence[RealFile | None]", entry: Entry) -> None:
        items = zip(pixels, files, entry.rows, strict=True)
        rows = [self._write_one(image, file, row) for image, file, row in items]
        self.journal.append(replace(entry, rows=rows))

    def _write_one(self, image: np.ndarray, file: "RealFile | None", row: Row) -> Row:
        settings = self.settings.get(row.method, {})
        if file and file.stored_as(kind_of(row.file_name)) == "copied":
            content = file.content()
        else:
            content = encode(file.pixels() if file else image, self.kind, settings)
        if self.signature and row.method in self.marks:
            content = self.signature.sign(content, self.marks[row.method], self.kind)
        target = self.out / row.file_name
        # The name must be unique over ranks, and over sources of the same class.
        name = f"{self.rank}_{row.method}_{row.class_index}_{target.name}"
        write_atomically(target, content, partial_file(self.out / UNFINISHED / name))
        return row._replace(sha256=hashlib.sha256(content).hexdigest())


def kind_of(file: str) -> str:
    """Return the format of a file by its suffix: png, jpeg, webp, or another suffix itself."""
    suffix = Path(file).suffix.lower()
    return KINDS.get(suffix, suffix)


def encode(image: np.ndarray, kind: str, mark: Mapping[str, Any] | None = None) -> bytes:
    """Encode `[height, width, 1 or 3]` uint8 as the bytes of a file; gray stays gray.

    Args:
        image: The pixels.
        kind: png, jpeg or webp.
        mark: Result of `save_settings`.
    """
    file = io.BytesIO()
    picture = Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)
    picture.save(file, kind.upper(), **FORMATS[kind], **(mark or {}))
    return file.getvalue()
