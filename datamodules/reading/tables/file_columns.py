"""Finds the column of a table that names the image files, by its name or else its content."""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from datamodules.errors import DataError
from datamodules.reading.tables.columns import FILE_COLUMNS, FileIndex, columns_of, plain
from datamodules.reading.tables.tables import EXTENSION, Row

IMAGE_NAME = re.compile(rf".+(?:{EXTENSION})", re.IGNORECASE)
NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)?")

Files = Mapping[str, frozenset[Path]]


def file_column(rows: Sequence[Row], index: FileIndex, origin: str) -> str | None:
    """Return the column of files; None if there is none, or the table lacks a header.

    A column with a usual name may name only a few of the images. Any other column must name most of
    the images, or an image in most rows. A column of numbers must do both without repeating one,
    and no other column may hold names of images, because ages and scores may match names such as
    1.png.

    Args:
        rows: The table.
        index: The images.
        origin: The table's name in messages.

    Raises:
        DataError: Columns name different images.

    Example:
        >>> index = FileIndex([Path("a.png"), Path("b.png")])
        >>> file_column([{"Nr": "1", "Bild": "a"}, {"Nr": "2", "Bild": "b"}], index, "'x.csv'")
        'Bild'
    """
    files = {column: _files(rows, column, index) for column in columns_of(rows)}
    usual = {plain(name): rank for rank, name in enumerate(FILE_COLUMNS)}
    names = sorted((c for c in files if plain(c) in usual), key=lambda c: usual[plain(c)])
    hits = {c: sum(row.get(c, "") in files[c] for row in rows) for c in files}
    best = max(names, key=lambda c: hits[c], default=None)
    # Without a header, the first image is read as the name of a column.
    heads = [c for c in files if c not in names and not (index.find(c) or IMAGE_NAME.fullmatch(c))]
    candidates = [c for c in heads if _names_most(rows, c, files[c], index)]
    texts = [c for c in candidates if not _are_numbers(files[c])]
    if best is not None and hits[best]:
        certain = _names_most(rows, best, files[best], index)
        rivals = texts if _are_numbers(files[best]) else [] if certain else candidates
        if not rivals:
            return best
    candidates = sorted(texts or candidates, key=lambda c: -hits[c])
    if any(_differ(rows, a, files[a], b, files[b]) for a in candidates for b in candidates):
        raise DataError(
            f"the columns {', '.join(candidates)} of {origin} name different images; rename the "
            "one of the files to 'file'"
        )
    return next(iter(candidates), None)


def is_usual(column: str) -> bool:
    """Return whether a column's name is usual for files."""
    return plain(column) in {plain(name) for name in FILE_COLUMNS}


def example_of_names(rows: Sequence[Row], columns: Sequence[str], index: FileIndex) -> str:
    """Return an example of what a table names, and one of an image, as the end of a message.

    Args:
        rows: The table.
        columns: The columns that may name files; by default, they are judged by name or content.
        index: The images.
    """
    usual = [c for c in columns_of(rows) if is_usual(c)]
    candidates = columns or [*filter(partial(holds_names, rows), columns_of(rows)), *usual]
    name = next((row[c] for c in candidates for row in rows if row.get(c)), None)
    file = min(index.files, default=None)
    return f" (it names '{name}', and an image is called '{file.name}')" if name and file else ""


def _values(rows: Sequence[Row], column: str) -> set[str]:
    return {row[column] for row in rows if row.get(column)}


def _files(rows: Sequence[Row], column: str, index: FileIndex) -> Files:
    matches = {value: frozenset(index.find(value)) for value in _values(rows, column)}
    return {value: files for value, files in matches.items() if files}


def _names_most(rows: Sequence[Row], column: str, matches: Files, index: FileIndex) -> bool:
    """Return whether a column names an image in most rows, or most of the images."""
    num_named = sum(row.get(column, "") in matches for row in rows)
    files = {file for paths in matches.values() for file in paths}
    most_rows = 2 * num_named > sum(bool(row.get(column)) for row in rows)
    most_images = 2 * len(files) > len(index)
    if _are_numbers(matches):
        each_once = num_named == len(matches)
        if not (most_rows and most_images and each_once):
            return False
        return not any(holds_names(rows, other) for other in columns_of(rows))
    # Repeated names may be classes, which also occur in the names of some images.
    return most_images or (most_rows and 2 * len(files) > num_named)


def _are_numbers(values: Files) -> bool:
    return all(NUMBER.fullmatch(value) for value in values)


def _differ(
    rows: Sequence[Row], first: str, first_files: Files, second: str, second_files: Files
) -> bool:
    """Return whether two columns name different images in the same row."""
    pairs = (
        (first_files.get(row.get(first, "")), second_files.get(row.get(second, ""))) for row in rows
    )
    return any(a and b and not a & b for a, b in pairs)


def holds_names(rows: Sequence[Row], column: str) -> bool:
    """Return whether most values of a column look like names of images."""
    values = _values(rows, column)
    return 2 * sum(bool(IMAGE_NAME.fullmatch(value)) for value in values) > len(values)
