"""Checks whether tables may give labels and are usable, and which columns may hold labels."""

import re
from collections.abc import Sequence
from pathlib import Path

from datamodules.errors import DataError
from datamodules.reading.folders.folder_names import split_of
from datamodules.reading.folders.label_tools import ExportError
from datamodules.reading.tables.column_kinds import is_of_classes
from datamodules.reading.tables.columns import (
    FileIndex,
    columns_of,
    plain,
)
from datamodules.reading.tables.file_columns import IMAGE_NAME, example_of_names
from datamodules.reading.tables.folder_rows import rows_of_images
from datamodules.reading.tables.split_column import SPLIT_COLUMNS, YES_OR_NO, are_splits
from datamodules.reading.tables.tables import ROWS, Row, not_utf_8, read_table

# Names, without extension, of files that usually label the images next to them.
USUAL_NAMES = ("metadata", "dataset", "train")
LABEL_WORDS = frozenset(
    (
        *("label", "labels", "annotation", "annotations", "truth", "groundtruth", "target"),
        *("targets", "diagnosis", "diagnoses"),
    )
)


class UnusableError(DataError):
    """A table can't be used for labels; `of_labels` says whether it seems meant for them."""

    def __init__(self, message: object, reason: str, *, of_labels: bool) -> None:
        super().__init__(message)
        self.reason, self.of_labels = reason, of_labels


def read_rows(path: Path, index: FileIndex) -> tuple[list[Row], str, str | None]:
    """Return the rows per image, the column of files, and the column of folders if rows name them.

    Raises:
        UnusableError: The table can't be read, or names no image.
    """
    try:
        rows = read_table(path)
    except DataError as error:
        of_labels = isinstance(error, ExportError) or is_of_labels(path, [])
        raise UnusableError(error, f"it can't be read: {error}", of_labels=of_labels) from error
    of_labels, odd = is_of_labels(path, rows), not_utf_8(rows)
    try:
        rows, file_column, folder = rows_of_images(rows, index, f"'{path}'")
    except DataError as error:
        raise UnusableError(error, str(error), of_labels=of_labels) from error
    if file_column is None:
        head = "its first line" if path.suffix.lower() in ROWS else "each of its rows"
        problem = odd or (
            f"names none of the images; {head} must name the columns, such as file and label, and "
            f"a column the image files or their folders{example_of_names(rows, [], index)}"
        )
        if count := _rows_without_head(rows, index):
            problem = (
                "has no line with the names of its columns, and its rows name "
                f"{count:,} images: write names such as file and label above the first row"
            )
            of_labels = of_labels or _give_classes(rows)
        raise UnusableError(f"'{path}' {problem}", f"it {problem}", of_labels=of_labels)
    return rows, file_column, folder


def _rows_without_head(rows: Sequence[Row], index: FileIndex) -> int:
    """Return how many images a table names if an image is in its first line; 0 if too few."""
    columns = columns_of(rows)
    for column in columns:
        if len(columns) > 1 and (index.find(column) or IMAGE_NAME.fullmatch(column)):
            names = (column, *(row.get(column, "") for row in rows))
            files = {file for name in names for file in index.find(name)}
            if 2 * len(files) >= len(index):
                return len(files)
    return 0


def _give_classes(rows: Sequence[Row]) -> bool:
    """Return whether a column of a table without a head clearly gives classes.

    It has a few words that repeat, or a few whole numbers next to a column of splits.
    """
    columns = [{c, *(row.get(c, "") for row in rows)} for c in columns_of(rows)]
    splits = any(all(map(split_of, values)) for values in columns)
    candidates = [values for values in columns if 2 <= len(values) <= min(100, len(rows) // 2)]
    return any(
        all(map(_is_word, values)) or (splits and all(map(str.isdecimal, values)))
        for values in candidates
        if not all(map(split_of, values))
    )


def _is_word(text: str) -> bool:
    return bool(re.search(r"[^\W\d_]", text))


def is_of_labels(path: Path, rows: Sequence[Row]) -> bool:
    """Return whether a table seems to give labels, judged by its name or columns.

    Example:
        >>> is_of_labels(Path("trainLabels.csv"), []), is_of_labels(Path("notes.csv"), [])
        (True, False)
    """
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", path.stem).lower().replace("ground_", "ground")
    words = re.split(r"[\W\d_]+", name)
    if name in USUAL_NAMES or LABEL_WORDS & {*words} or any(w.endswith("labels") for w in words):
        return True
    # Except in JSON: any mapping is read with such columns, regardless of its content.
    return path.suffix.lower() in (*ROWS, ".jsonl") and any(map(is_of_classes, columns_of(rows)))


def columns_of_few(rows: Sequence[Row], file_column: str, max_values: int = 100) -> list[str]:
    """Return the columns with few enough values to be classes, except those of files and splits."""
    max_values = min(max_values, len(rows) // 2)
    # A column named stage may hold splits or stages of a disease; its values decide.
    splits = {*SPLIT_COLUMNS, *YES_OR_NO} - {"stage"}
    columns = [c for c in columns_of(rows) if c != file_column and plain(c) not in splits]
    values_by_column = {c: {row.get(c, "") for row in rows} for c in columns}
    return [
        c
        for c, values in values_by_column.items()
        if 2 <= len(values) <= max_values and not are_splits(values)
    ]
