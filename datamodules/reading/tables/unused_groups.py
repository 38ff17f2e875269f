"""Finds unused tables that group images, such as by patient."""

from pathlib import Path

from datamodules.errors import DataError
from datamodules.reading.folders.layout import Layout
from datamodules.reading.images.saved_rows import is_saved_set
from datamodules.reading.tables.column_kinds import UNCLEAR, is_of_groups
from datamodules.reading.tables.columns import FileIndex, columns_of, plain
from datamodules.reading.tables.file_columns import file_column
from datamodules.reading.tables.table_files import display, tables_near
from datamodules.reading.tables.tables import read_table

# Maximum number of groups per image.
MOST_SINGLE = 0.95
# With fewer groups per class, not every split would get one.
PER_CLASS = 3


def unused_groups(layout: Layout, root: str, groups: str | None) -> list[str]:
    """Return a remark on a table whose column of groups is not used; [] if groups are given.

    Args:
        layout: Files by split and class.
        root: The folder of the data set.
        groups: The data module's argument.
    """
    if groups or is_saved_set(root):
        return []
    index = FileIndex(layout.all_files)
    split_of = {
        p: s for s, classes in layout.files.items() for files in classes.values() for p in files
    }
    complete = {"train", "validation", "test"} <= {*layout.files}
    own_splits = split_of if complete else {}
    fewest = PER_CLASS * len({name for classes in layout.files.values() for name in classes})
    for path in tables_near(layout, root):
        if grouping := _groups_in(path, index, fewest):
            column, group_of = grouping
            groups_by_split = {(own_splits.get(file), group) for file, group in group_of.items()}
            count = len({*group_of.values()})
            if own_splits and len(groups_by_split) == count:
                return []
            where, keep = "may be", "keep each group in one split"
            if own_splits:
                where, keep = "are", "leave out training images whose group is in another split"
            return [
                f"'{display(path, root)}' gives {count:,} groups of {len(group_of):,} images in "
                f"{column}, and images of a group {where} in different splits; set groups to "
                f"'{path}' and group_column to '{column}' to {keep}"
            ]
    return []


def _groups_in(path: Path, index: FileIndex, fewest: int) -> tuple[str, dict[Path, str]] | None:
    """Return a table's column with the fewest groups, and the group of each image.

    The column must have a group for every image, because the argument `groups` requires that.
    """
    try:
        rows = read_table(path)
        columns = [c for c in columns_of(rows) if is_of_groups(c) and plain(c) not in UNCLEAR]
        image_column = file_column(rows, index, f"'{path}'") if columns else None
    except DataError:
        return None  # the search for labels reports unreadable tables
    if image_column is None:
        return None
    row_of = {file: row for row in rows for file in _only(index.find(row.get(image_column, "")))}
    if len(row_of) < len(index):
        return None
    values = {c: [row.get(c, "") for row in row_of.values()] for c in columns if c != image_column}
    counts = {c: len({*column_values}) for c, column_values in values.items() if all(column_values)}
    shared = {c: n for c, n in counts.items() if fewest <= n <= MOST_SINGLE * len(row_of)}
    column = min(shared, key=lambda c: shared[c], default=None)
    if column is None:
        return None
    return column, {file: row[column] for file, row in row_of.items()}


def _only(files: set[Path]) -> set[Path]:
    return files if len(files) == 1 else set()
