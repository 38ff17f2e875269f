"""Expands tables that name folders of images, such as patients, to a row for each image."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from unicodedata import normalize

from datamodules.reading.tables.column_kinds import is_of_groups
from datamodules.reading.tables.columns import FileIndex, columns_of, plain
from datamodules.reading.tables.file_columns import file_column
from datamodules.reading.tables.tables import Row

# Name of the added column of files, which no table has.
FILE = "(file)"
# Columns, in addition to those of groups, that may name folders just by number.
NUMBERS = ("id", "ids", "nr", "no", "num", "number", "nummer")
NUMBERED = re.compile(r"[^\d/]*(\d+)")
# Maximum number of path components with which a table may name a folder.
MOST_PARTS = 4
Folders = dict[str, set[Path]]


def rows_of_images(
    rows: list[Row], index: FileIndex, origin: str
) -> tuple[list[Row], str | None, str | None]:
    """Return a table with a row for each image, the column of files, and the column of folders.

    Args:
        rows: The table, with a row for each image or for each folder of images.
        index: The images.
        origin: The table's name in messages.

    Returns:
        The rows, with a folder's row repeated for each of its images; the column of files, None if
        there is none; and the column that names their folders, None if not needed.

    Raises:
        DataError: Columns name different images.

    Example:
        >>> index = FileIndex([Path("p1/a.png"), Path("p1/b.png"), Path("p2/a.png")])
        >>> rows, file, folder = rows_of_images([{"case": "p1"}, {"case": "p2"}], index, "'x.csv'")
        >>> [row[file] for row in rows], folder
        (['p1/a.png', 'p1/b.png', 'p2/a.png'], 'case')
    """
    image_column = file_column(rows, index, origin)
    if image_column is not None:
        counts = [len(index.find(row.get(image_column, ""))) for row in rows[:1000]]
        if sum(count == 1 for count in counts) >= sum(count > 1 for count in counts):
            return rows, image_column, None
        # Images in several folders may share names, with another column for the folder.
        for column in columns_of(rows):
            joined = [f"{row.get(column, '')}/{row.get(image_column, '')}" for row in rows]
            single = sum(len(index.find(path)) == 1 for path in joined)
            if column != image_column and 2 * single > len(rows):
                image_rows = [{**row, FILE: path} for row, path in zip(rows, joined, strict=True)]
                return image_rows, FILE, column
    # Images within a folder may have the same numbers as the folders.
    folders, key = _by_name(index.files), _plain
    columns = columns_of(rows)
    if not any(_images_in(rows, column, folders, key) for column in columns):
        # Excel turns 001 into 1, and people write just the number of a folder such as patient001.
        folders, key = _by_number(folders, len(index)), _number
        columns = [c for c in columns if is_of_groups(c) or plain(c) in NUMBERS]
    matches = {column: _images_in(rows, column, folders, key) for column in columns}
    if not matches or 2 * max(map(len, matches.values())) <= len(index):
        return rows, image_column, None
    column = max(matches, key=lambda c: len(matches[c]))
    expanded = []
    for row in rows:
        name = row.get(column, "")
        paths = sorted(path.as_posix() for path in folders.get(key(name), ()))
        missing = f"folder {name}".replace("/", " ")  # the name may also match a file
        expanded += [{**row, FILE: path} for path in paths or [missing]]
    return expanded, FILE, column


def _images_in(
    rows: Sequence[Row], column: str, folders: Folders, key: Callable[[str], str]
) -> set[Path]:
    """Return the images of the folders that a column names; none if it repeats a folder."""
    values = Counter(key(row.get(column, "")) for row in rows)
    names = [name for name in values if name in folders]
    # Repeated names may be classes or splits, which can also be folders.
    if len(names) < 2 or any(values[name] > 1 for name in names):
        return set()
    return {file for name in names for file in folders[name]}


def _by_name(files: Iterable[Path]) -> Folders:
    """Return the images below each folder, by every name that a table may use for it."""
    by_parent: dict[Path, list[Path]] = {}
    for file in files:
        by_parent.setdefault(file.parent, []).append(file)
    folders: dict[str, set[Path]] = {}
    for parent, images in by_parent.items():
        parts = parent.parts
        for end in range(len(parts), max(0, len(parts) - MOST_PARTS), -1):
            for start in range(max(0, end - MOST_PARTS), end):
                folders.setdefault(_plain("/".join(parts[start:end])), set()).update(images)
    return folders


def _by_number(folders: Folders, count: int) -> Folders:
    """Return the images of folders with a unique number, by that number."""
    names_by_number: dict[str, list[str]] = {}
    for name, files in folders.items():
        # A folder that holds all images distinguishes nothing.
        if (number := _number(name)) and len(files) < count:
            names_by_number.setdefault(number, []).append(name)
    return {
        number: folders[names[0]] for number, names in names_by_number.items() if len(names) == 1
    }


def _number(name: str) -> str:
    """Return the only number in a name, at its end; "" if there is none or several."""
    match = NUMBERED.fullmatch(name.strip())
    return str(int(match[1])) if match else ""


def _plain(name: str) -> str:
    return normalize("NFC", name.strip().replace("\\", "/").strip("/")).casefold()
