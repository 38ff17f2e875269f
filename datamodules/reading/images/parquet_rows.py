"""Images in the rows of parquet files, as stored on the Hugging Face hub.

The files are named after splits, alone or in shards: `data/train-00000-of-00002.parquet`,
`test.parquet`, `train/0000.parquet`.
"""

import os
import re
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

from datamodules.errors import DataError

DEPTHS = ("*.parquet", "*/*.parquet", "*/*/*.parquet")
SHARD = re.compile(r"[-_.]?(?P<number>\d+)-of-(?P<count>\d+)(?:-[0-9a-f]{8,})?$")
PART = re.compile(r"(?:[-_.]?part)?[-_.]?\d{3,}$")
# Names of a folder between the top and the files that is not a configuration.
PLAIN_FOLDERS = ("data", "parquet")
_reading = Lock()


class ParquetTable:
    """The rows of one file, with the parts of `datasets.Dataset`'s interface used here.

    Args:
        path: The file.

    Attributes:
        features: Type by column, as in `datasets`; bytes with a path are an image.
    """

    def __init__(self, path: Path) -> None:
        from datasets import Features, Image
        from pyarrow import parquet

        self.path = path
        schema = parquet.read_schema(path)
        self.features = Features.from_arrow_schema(schema)
        for name in _image_columns(schema):
            self.features[name] = Image()
        self._rows = parquet.read_metadata(path).num_rows

    def __len__(self) -> int:
        return self._rows

    def __getitem__(self, column: str) -> list[Any]:
        from pyarrow import parquet

        return parquet.read_table(self.path, columns=[column]).column(column).to_pylist()


def holds_images(folder: Path) -> bool:
    """Return whether a folder's parquet files hold more images than it has image files.

    Raises:
        DataError: There are only parquet files, and pyarrow is missing.
    """
    if not (paths := parquet_files(folder)):
        return False
    rows, unreadable = 0, False
    try:
        from pyarrow import parquet
    except ImportError as error:
        if _image_files(folder, 1):
            return False
        raise DataError(
            f"'{folder}' holds parquet files, which take Hugging Face's datasets to read: pip "
            "install 'ganaug[datasets]'"
        ) from error
    for path in paths:
        try:
            if _image_columns(parquet.read_schema(path)):
                rows += parquet.read_metadata(path).num_rows
        except (OSError, ValueError):
            unreadable = True
    count = _image_files(folder, rows + 1) if rows or unreadable else 0
    return count < rows or (unreadable and not count)


def parquet_files(folder: Path) -> list[Path]:
    """Return the parquet files of a folder and of its subfolders, without hidden ones."""
    paths = (path for depth in DEPTHS for path in folder.glob(depth))
    return sorted(p for p in paths if not any(x[0] == "." for x in p.relative_to(folder).parts))


def parquet_splits(folder: Path) -> dict[str, list[tuple[Path, ParquetTable]]]:
    """Return the files of each split, and their rows.

    Raises:
        DataError: A file is damaged, a shard is missing, or there are several configurations.
    """
    splits: dict[str, list[tuple[Path, ParquetTable]]] = {}
    configurations = set()
    for path in parquet_files(folder):
        try:
            table = ParquetTable(path)
        except (OSError, ValueError, KeyError, TypeError, NotImplementedError) as error:
            raise DataError(
                f"can't read '{path}' ({' '.join(str(error).split())}); download it again (after "
                "a git clone by `git lfs pull`), or remove it"
            ) from error
        name, configuration = _split_and_configuration(path, folder)
        configurations.add(configuration)
        splits.setdefault(name, []).append((path, table))
    if len(configurations) > 1:
        names = ", ".join(str(path) or "." for path in sorted(configurations)[:5])
        raise DataError(
            f"'{folder}' holds several sets in parquet files, in {names}; give root the folder of "
            "one of them"
        )
    for shards in splits.values():
        _refuse_missing([path for path, _ in shards])
    return splits


def content_of_parquet(path: Path, column: str, row: int) -> Any:
    """Return a row's value in a column."""
    from pyarrow import parquet

    metadata, start = parquet.read_metadata(path), 0
    for group in range(metadata.num_row_groups):
        count = metadata.row_group(group).num_rows
        if row < start + count:
            with _reading:  # otherwise each thread would hold a copy of the group
                mtime = path.stat().st_mtime_ns
                return _group(path, column, group, mtime)[row - start].as_py()
        start += count
    raise DataError(f"'{path}' has no row {row:,}, and had one before; it was changed")


@lru_cache(maxsize=2)
def _group(path: Path, column: str, group: int, mtime: int) -> Any:  # noqa: ARG001 - cache key
    from pyarrow.parquet import ParquetFile

    with ParquetFile(path) as file:
        return file.read_row_group(group, columns=[column]).column(column)


def _image_columns(schema: Any) -> list[str]:
    """Return the columns that hold bytes and a path, or else the only column of bytes."""
    from pyarrow import types

    def binary(kind: Any) -> bool:
        return types.is_binary(kind) or types.is_large_binary(kind)

    def image(kind: Any) -> bool:
        names = (
            {kind.field(i).name for i in range(kind.num_fields)} if types.is_struct(kind) else ()
        )
        return "bytes" in names and binary(kind.field("bytes").type)

    image_columns = [field.name for field in schema if image(field.type)]
    contents = [field.name for field in schema if binary(field.type)]
    return image_columns or (contents if len(contents) == 1 else [])


def _image_files(folder: Path, limit: int) -> int:
    """Count image files below a folder, up to `limit`."""
    from datamodules.reading.images.image import IMAGE_EXTENSIONS  # that module imports this one

    count = 0
    for _, _, names in os.walk(folder):
        count += sum(Path(name).suffix.lower() in IMAGE_EXTENSIONS for name in names)
        if count >= limit:
            break
    return count


def _split_and_configuration(path: Path, folder: Path) -> tuple[str, Path]:
    """Return the split that a file or its folder is named after, and the folder above."""
    parent = path.parent.relative_to(folder)
    name = PART.sub("", SHARD.sub("", path.stem))
    if not name and parent.name and parent.name not in PLAIN_FOLDERS:
        name, parent = parent.name, parent.parent
    return name, parent.parent if parent.name in PLAIN_FOLDERS else parent


def _refuse_missing(paths: list[Path]) -> None:
    """Refuse an incomplete set of shards, judged by the count in their names."""
    matches = [match for path in paths if (match := SHARD.search(path.stem))]
    for count in {int(match["count"]) for match in matches}:
        present = {int(match["number"]) for match in matches if int(match["count"]) == count}
        if missing := sorted(set(range(count)) - present):
            example = SHARD.sub(f"-{missing[0]:05}-of-{count:05}", paths[0].stem)
            raise DataError(
                f"'{paths[0].parent}' lacks {len(missing)} of {count} shards, such as "
                f"{example}.parquet; download them all"
            )
