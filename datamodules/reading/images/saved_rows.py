"""Images of a Hugging Face `datasets` set: each is a row of an arrow or parquet file.

A row is named like a file, by the folder of its split (or its parquet file), the column and its
number, so code for files also works for rows. Arrow files are memory-mapped and read a row at a
time.
"""

from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from datamodules.errors import DataError
from datamodules.reading.images.parquet_rows import (
    content_of_parquet,
    holds_images,
    parquet_splits,
)

# The folders or files with rows, and their rows, by split.
Saved = dict[str, list[tuple[Path, Any]]]
# Files that `save_to_disk` writes after a split's rows.
DESCRIPTIONS = ("state.json", "dataset_info.json")


def is_saved_set(folder: str | Path) -> bool:
    """Return whether a folder's images are rows: from `save_to_disk` or in parquet files."""
    try:
        return _is_saved(Path(folder)) or holds_images(Path(folder))
    except OSError:  # an invalid name, reported when the folder is read
        return False


def _is_saved(folder: Path) -> bool:
    return (folder / "dataset_dict.json").is_file() or _is_split(str(folder))


def _is_split(folder: str) -> bool:
    return _stats_of(folder) is not None


def _stats_of(folder: str) -> tuple[tuple[int, int], ...] | None:
    """Return the times and sizes of a split's descriptions; None if it is not a split."""
    try:
        stats = [Path(folder, name).stat() for name in DESCRIPTIONS]
    except (OSError, ValueError):
        return None
    return tuple((stat.st_mtime_ns, stat.st_size) for stat in stats)


def load_saved(folder: str | Path) -> Saved:
    """Return the rows of each split, by name; "" for a single split without a name.

    Raises:
        DataError: `datasets` is missing, or the files are damaged.
    """
    try:
        from datasets import DatasetDict, load_from_disk
    except ImportError as error:
        raise DataError(
            f"'{folder}' is a set that Hugging Face's datasets saved, and takes that package to "
            "read: pip install 'ganaug[datasets]'"
        ) from error
    if not _is_saved(Path(folder)):
        return parquet_splits(Path(folder))
    try:
        dataset = load_from_disk(str(folder))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"can't read '{folder}', a set that Hugging Face's datasets saved "
            f"({' '.join(str(error).split())}); save it again with save_to_disk"
        ) from error
    splits = dataset if isinstance(dataset, DatasetDict) else {"": dataset}
    return {
        str(name): [(Path(folder) / name, split.with_format(None))]
        for name, split in splits.items()
    }


def row_path(folder: Path, column: str, row: int) -> Path:
    """Return the path that names a row's image."""
    return folder / quote(column, safe="") / str(row)


def image_column_of(features: Any, column: str | None, origin: str) -> str:
    """Return the column of images: the named column, or the only one.

    Args:
        features: Columns of the set.
        column: The column's name, if given.
        origin: The set's folder.

    Raises:
        DataError: There is no such column, or there are several.
    """
    from datasets import Image

    images = [name for name, kind in features.items() if isinstance(kind, Image)]
    readable = [n for n, kind in features.items() if getattr(kind, "dtype", "") in READABLE]
    if column is None and len(images) == 1:
        return images[0]
    if column in images or column in readable:
        return str(column)
    problem = (
        f"image_column '{column}' is no column of images" if column else "image_column is missing"
    )
    raise DataError(
        f"{problem}: '{origin}' has {len(images)} of them among {', '.join(features)}; set it to "
        f"{' or '.join(images or readable) or 'a column of images, after adding one'}"
    )


# Types of columns that hold the contents or the paths of files.
READABLE = ("binary", "large_binary", "string", "large_string")


def rows_of(folder: str | Path) -> list[Path]:
    """Return the image of every row of every split.

    Raises:
        DataError: As `load_saved` and `image_column_of`.
    """
    paths = []
    for source, table in (part for split in load_saved(folder).values() for part in split):
        column = image_column_of(table.features, None, str(folder))
        paths += [row_path(source, column, row) for row in range(len(table))]
    return paths


def content_of_row(path: str | Path) -> bytes | Path | None:
    """Return a row's image as bytes, or the file that it names; None if this is not a row."""
    path = Path(path)
    source, column = path.parent.parent, unquote(path.parent.name)
    if not path.name.isdigit():
        return None
    if source.suffix.lower() == ".parquet" and source.is_file():
        content = content_of_parquet(source, column, int(path.name)) or {}
    elif stats := _stats_of(str(source)):
        table = _images(str(source), column, stats)
        if int(path.name) >= len(table):
            raise DataError(
                f"'{source}' has no row {path.name}, and had one before; it was changed"
            )
        content = table[int(path.name)][column] or {}
    else:
        return None
    if isinstance(content, bytes):
        return content
    if isinstance(content, str):
        return Path(content)
    return content.get("bytes") or Path(content["path"]) if any(content.values()) else b""


@lru_cache(maxsize=16)
def _images(folder: str, column: str, stats: tuple[tuple[int, int], ...]) -> Any:  # noqa: ARG001 - cache key
    from datasets import Image

    split = load_saved(folder)[""][0][1].select_columns([column])
    return split.cast_column(column, Image(decode=False))
