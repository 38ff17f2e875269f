"""The table next to the images that says their classes, if there is one."""

from collections.abc import Sequence
from pathlib import Path

from datamodules.errors import DataError
from datamodules.reading.class_names import find_name
from datamodules.reading.columns import (
    LABEL_COLUMNS,
    FileIndex,
    columns_of,
    file_column,
    one_hot_columns,
    plain,
    usual_columns,
    values_of,
)
from datamodules.reading.labels import read_labels
from datamodules.reading.split_column import SPLIT_COLUMNS, YES_OR_NO
from datamodules.reading.table_files import families, scope_of, tables_near
from datamodules.reading.tables import ROWS, Row, read_table
from datamodules.reading.walking import Layout

# Files that say of every image below them what it is.
STANDARD = ("metadata.csv", "metadata.jsonl", "dataset.json")
# Names, without extension, of files that give the labels of the images next to them.
USUAL_NAMES = ("labels", "metadata", "dataset", "train")


def found_labels(
    layout: Layout, root: str, named: Sequence[str | int] | None = None, *, split: bool = True
) -> str | None:
    """Return the file next to the images that says their classes, None if folders do.

    Args:
        layout: Files by split and folder.
        root: The folder of the data set.
        named: Names of classes; where they are all folders, nothing else is asked.
        split: Whether the file is also to say splits.

    Raises:
        DataError: A file may say them, and it can't be told whether it does.
    """
    by_folder = layout.files.get("train" if "train" in layout.files else "", {})
    if named and all(find_name(each, by_folder) for each in named):
        return None
    images = [path for files in by_folder.values() for path in files]
    certain: dict[Path, dict[Path, str]] = {}
    partial: dict[Path, dict[Path, str]] = {}
    for path in families(tables_near(layout, root)):
        column, values = _classes_in(path, layout, root, by_folder, split=split)
        if not column:
            continue
        if len(by_folder) > 1 and not (path.name in STANDARD and len(values) == len(images)):
            _refuse_another(path, by_folder, values, column)
        elif len(by_folder) > 1 and not _cuts_across(by_folder, values):
            continue
        else:
            (partial if len(values) < len(images) else certain)[path] = values
    first = min(certain, default=None)
    for path, values in sorted({**certain, **partial}.items()):
        if first is None:
            _refuse(path, root, f"of {len(values):,} of its {len(images):,} images")
        elif any(
            certain[first][file] not in ("", value) for file, value in values.items() if value
        ):
            _refuse(first, root, f"and {path.name} says other labels")
    return str(first) if first else None


def _classes_in(
    path: Path, layout: Layout, root: str, by_folder: dict[str, list[Path]], *, split: bool
) -> tuple[str, dict[Path, str]]:
    """Return a table's column of classes, and that of each image that it names; "" if none.

    Raises:
        DataError: It can't be told which of its columns holds them.
    """
    images = {path for files in by_folder.values() for path in files}
    try:
        rows = read_table(path)
    except DataError as error:
        if len(by_folder) == 1:
            _unreadable(path, layout, error)
        return "", {}  # of something else
    index = FileIndex(images & set(scope_of(path, layout, root)))
    if (named := file_column(rows, index)) is None:
        if len(by_folder) == 1:
            head = path.suffix.lower() in ROWS
            layout.remarks.append(
                f"'{path.name}' is not used, since it names none of the images; "
                f"{'its first line' if head else 'each of its rows'} must name the columns, such "
                "as file and label, and a column the image files"
            )
        return "", {}
    one_hot = one_hot_columns(rows, named)
    columns = usual_columns(rows, LABEL_COLUMNS, named) or one_hot
    if len(by_folder) == 1 and len(columns) != 1 and (not columns or columns != one_hot):
        columns = columns or columns_of_few(rows, named)
        if columns:
            _refuse(path, root, f"in its columns {', '.join(columns)}")
    if not columns:
        return "", {}
    try:
        if len(columns) > 1 and columns != one_hot:
            return columns[0], values_of(rows, named, columns[:1], index, f"'{path}'")
        values, _ = read_labels(path, layout, root, quiet=True, split=split)
    except DataError:
        if len(by_folder) > 1:
            return "", {}  # of other images, or of a test without folders
        raise
    return columns[0], {file: value for file, value in values.items() if file in images}


def _unreadable(path: Path, layout: Layout, error: DataError) -> None:
    """Remark on a table that can't be read, and refuse one that must be that of the labels.

    Raises:
        DataError: It has the usual name of such a table.
    """
    if path.stem.lower() in USUAL_NAMES:
        raise DataError(
            f"{error}. Its name says that it gives the labels, and without it all images would be "
            f"of one class; correct it, or set ignore to '{path.name}'"
        ) from error
    layout.remarks.append(f"'{path.name}' is not used, since it can't be read: {error}")


def _refuse(path: Path, root: str, what: str) -> None:
    raise DataError(
        f"'{root}' holds images without class folders, and '{path}' may give their labels {what}; "
        f"set labels to '{path}' and label_column to a column of it, or ignore to '{path.name}'"
    )


def _refuse_another(
    path: Path, by_folder: dict[str, list[Path]], values: dict[Path, str], column: str
) -> None:
    """Refuse labels that cut across the folders."""
    if crossed := _cuts_across(by_folder, values):
        raise DataError(
            f"the folders {', '.join(sorted(by_folder)[:5])} may be classes, but '{path}' gives "
            f"the images of {crossed[0]} several labels in {column} ({', '.join(crossed[1:6])}); "
            f"set labels to '{path}', or ignore to '{path.name}'"
        )


def _cuts_across(by_folder: dict[str, list[Path]], values: dict[Path, str]) -> list[str]:
    """Return a folder whose images have several labels, and those labels; [] if none has."""
    for name, files in by_folder.items():
        given = sorted({values[file] for file in files if values.get(file)})
        if len(given) > 1:
            return [name, *given]
    return []


def columns_of_few(rows: Sequence[Row], named: str) -> list[str]:
    """Return columns, but those of files and splits, with few enough values to be classes."""
    most = min(100, len(rows) // 2)
    splits = (*SPLIT_COLUMNS, *YES_OR_NO)
    others = [c for c in columns_of(rows) if c != named and plain(c) not in splits]
    found = {c: {row.get(c, "") for row in rows} for c in others}
    return [column for column, values in found.items() if 2 <= len(values) <= most]
