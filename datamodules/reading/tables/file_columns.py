"""Finds the column of a table that names the image files, by its name or else its content."""

import re
from collections.abc import Mapping, Sequence
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
    found = {column: _files(rows, column, index) for column in columns_of(rows)}
    usual = {plain(each): rank for rank, each in enumerate(FILE_COLUMNS)}
    names = sorted((c for c in found if plain(c) in usual), key=lambda c: usual[plain(c)])
    hits = {c: sum(row.get(c, "") in found[c] for row in rows) for c in found}
    best = max(names, key=lambda c: hits[c], default=None)
    # Without a header, the first image is read as the name of a column.
    heads = [c for c in found if c not in names and not (index.find(c) or IMAGE_NAME.fullmatch(c))]
    others = [c for c in heads if _names_most(rows, c, found[c], index)]
    words = [c for c in others if not _are_numbers(found[c])]
    if best is not None and hits[best]:
        certain = _names_most(rows, best, found[best], index)
        rivals = words if _are_numbers(found[best]) else [] if certain else others
        if not rivals:
            return best
    others = sorted(words or others, key=lambda c: -hits[c])
    if any(
        _differ(rows, one, found[one], other, found[other]) for one in others for other in others
    ):
        raise DataError(
            f"the columns {', '.join(others)} of {origin} name different images; rename the one of "
            "the files to 'file'"
        )
    return next(iter(others), None)


def is_usual(column: str) -> bool:
    """Return whether a column's name is usual for files."""
    return plain(column) in {plain(each) for each in FILE_COLUMNS}


def _values(rows: Sequence[Row], column: str) -> set[str]:
    return {row[column] for row in rows if row.get(column)}


def _files(rows: Sequence[Row], column: str, index: FileIndex) -> Files:
    found = {value: frozenset(index.find(value)) for value in _values(rows, column)}
    return {value: files for value, files in found.items() if files}


def _names_most(rows: Sequence[Row], column: str, found: Files, index: FileIndex) -> bool:
    """Return whether a column names an image in most rows, or most of the images."""
    named = sum(row.get(column, "") in found for row in rows)
    files = {file for each in found.values() for file in each}
    most_rows = 2 * named > sum(bool(row.get(column)) for row in rows)
    most_images = 2 * len(files) > len(index)
    if _are_numbers(found):
        each_once = named == len(found)
        if not (most_rows and most_images and each_once):
            return False
        return not any(_holds_names(rows, other) for other in columns_of(rows))
    # Repeated names may be classes, which also occur in the names of some images.
    return most_images or (most_rows and 2 * len(files) > named)


def _are_numbers(found: Files) -> bool:
    return all(NUMBER.fullmatch(value) for value in found)


def _differ(rows: Sequence[Row], one: str, of_one: Files, other: str, of_other: Files) -> bool:
    """Return whether two columns name different images in the same row."""
    pairs = ((of_one.get(row.get(one, "")), of_other.get(row.get(other, ""))) for row in rows)
    return any(a and b and not a & b for a, b in pairs)


def _holds_names(rows: Sequence[Row], column: str) -> bool:
    """Return whether most values of a column look like names of images."""
    values = _values(rows, column)
    return 2 * sum(bool(IMAGE_NAME.fullmatch(value)) for value in values) > len(values)
