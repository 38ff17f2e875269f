"""Tables that say which images belong together, such as those of a patient, and are not used."""

from pathlib import Path

from datamodules.errors import DataError
from datamodules.reading.folders.walking import Layout
from datamodules.reading.images.saved_rows import is_saved_set
from datamodules.reading.tables.column_kinds import UNCLEAR, is_of_groups
from datamodules.reading.tables.columns import FileIndex, columns_of, plain
from datamodules.reading.tables.file_columns import file_column
from datamodules.reading.tables.table_files import files_of, shown, tables_near
from datamodules.reading.tables.tables import read_table

# Shares: of the images that must be named, and of the rows that may be groups of their own.
MOST_NAMED, MOST_SINGLE = 0.9, 0.95
# With fewer groups, not every split would have one of each class.
PER_CLASS = 3


def unused_groups(layout: Layout, root: str, groups: str | None) -> list[str]:
    """Return a remark on a table whose column of groups is not used; [] if groups are given.

    Args:
        layout: Files by split and class.
        root: The folder of the data set.
        groups: The argument of that name.
    """
    if groups or is_saved_set(root):
        return []
    index = FileIndex(files_of(layout))
    fewest = PER_CLASS * len({name for classes in layout.files.values() for name in classes})
    for path in tables_near(layout, root):
        if found := _groups_in(path, index, fewest):
            column, count, images = found
            return [
                f"'{shown(path, root)}' gives {count:,} groups of {images:,} images in {column}, "
                f"and images of a group may be in different splits; set groups to '{path}' and "
                f"group_column to '{column}' to keep each group in one split"
            ]
    return []


def _groups_in(path: Path, index: FileIndex, fewest: int) -> tuple[str, int, int] | None:
    """Return a table's column of the fewest groups, and how many groups and images there are."""
    try:
        rows = read_table(path)
        columns = [c for c in columns_of(rows) if is_of_groups(c) and plain(c) not in UNCLEAR]
        named = file_column(rows, index, f"'{path}'") if columns else None
    except DataError:
        return None  # what can't be read is named where labels are searched for
    if named is None:
        return None
    rows = [row for row in rows if len(index.find(row.get(named, ""))) == 1]
    if len(rows) < MOST_NAMED * len(index):
        return None
    counts = {c: len({row.get(c, "") for row in rows}) for c in columns if c != named}
    full = {c: n for c, n in counts.items() if all(row.get(c) for row in rows)}
    shared = {c: n for c, n in full.items() if fewest <= n <= MOST_SINGLE * len(rows)}
    column = min(shared, key=lambda c: shared[c], default=None)
    return None if column is None else (column, shared[column], len(rows))
