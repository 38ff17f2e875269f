"""Columns of tables that may hold classes, and their relation to the folders of images."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from datamodules.errors import DataError
from datamodules.reading.folders.class_folders import CODE, ID, are_ids
from datamodules.reading.folders.layout import Layout
from datamodules.reading.tables.column_kinds import (
    is_finding,
    is_note,
    is_of_classes,
    is_of_groups,
    may_be_of_classes,
)
from datamodules.reading.tables.columns import (
    LABEL_COLUMNS,
    FileIndex,
    columns_of,
    one_hot_columns,
    usual_columns,
    value_in,
)
from datamodules.reading.tables.file_columns import holds_names
from datamodules.reading.tables.label_tables import (
    UnusableError,
    columns_of_few,
    is_of_labels,
    read_rows,
)
from datamodules.reading.tables.table_files import (
    display,
    families,
    family_of,
    scope_of,
    tables_near,
)
from datamodules.reading.tables.tables import Row, read_table

# A table that labels a smaller share of the images holds notes, not labels.
MOST_OF = 0.9
NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)?")
# Grades are single digits.
GRADE = re.compile(r"\d")
# Maximum number of labels in a column, if it is the only one in addition to the files.
MOST_LABELS = 20
# A set may have a table for each of its thousands of folders.
MOST_REMARKS = 3
# One label per folder; several within a folder; one for several folders.
SAME, ACROSS, COARSER = "same", "across", "coarser"

Values = dict[Path, str]


class Folders(NamedTuple):
    """Folders that may be the classes.

    Attributes:
        layout: Layout of all files.
        root: The folder of the data set.
        by_name: The images of each folder.
    """

    layout: Layout
    root: str
    by_name: Mapping[str, Sequence[Path]]

    @property
    def files(self) -> list[Path]:
        """All images."""
        return [path for paths in self.by_name.values() for path in paths]

    @property
    def are_ids(self) -> bool:
        """Whether the folders are named like patients or dates, which are rarely classes."""
        return are_ids([Path(name) for name in self.by_name], len(self.files))


class Column(NamedTuple):
    """A column that may hold classes.

    Attributes:
        table: The table.
        name: The column's name.
        values: The label of each image that the table names, "" for none.
        relation: Relation to the folders: SAME, ACROSS or COARSER; "" if there is none.
        certain: Whether its name stands for classes.
        needs_name: Whether label_column must name it for it to be read as the labels.
        alone: Whether no other column of the table may hold classes.
        describes: Whether the table has a row for each folder, which may describe classes.
    """

    table: Path
    name: str
    values: Values
    relation: str
    certain: bool
    needs_name: bool
    alone: bool
    describes: bool


def columns_of_tables(folders: Folders) -> Iterator[Column]:
    """Yield the columns of the tables near the images that may hold classes.

    Args:
        folders: The folders. Their layout gets remarks on unusable tables that look like labels.
    """
    tables, visited = tables_near(folders.layout, folders.root), set[Path]()
    unusable: dict[str, list[Path]] = defaultdict(list)
    for path in families(tables):
        if path in visited:
            continue
        family = family_of(path, tables)
        visited |= {table for table, split in family.items() if not split}
        rows: list[tuple[Path, Row]] = []
        describes = False
        for table in family:
            table_rows, folder = _rows(table, folders, unusable)
            rows += table_rows
            describes_classes = folder and not (is_note(folder) or is_of_groups(folder))
            describes |= bool(describes_classes) and not folders.are_ids
        yield from _columns_of_table(path, rows, folders, describes)
    reasons = list(unusable.items())
    for reason, (first, *others) in reasons[:MOST_REMARKS]:
        more = f" (and {len(others):,} more like it)" if others else ""
        remark = f"'{display(first, folders.root)}'{more} is not used, since {reason}"
        folders.layout.unused[first] = remark
    if count := sum(len(tables) for _, tables in reasons[MOST_REMARKS:]):
        noun = "table that seems" if count == 1 else "tables that seem"
        folders.layout.remarks.append(f"{count:,} more {noun} to give labels can't be used either")


def _rows(
    table: Path, folders: Folders, unusable: dict[str, list[Path]]
) -> tuple[list[tuple[Path, Row]], str | None]:
    """Return the images that a table names with their rows, and the column that names folders.

    An unusable table has no rows; if it looks like a table of labels, it is added by its reason.
    """
    scope = scope_of(table, folders.layout, folders.root)
    index = FileIndex({*folders.files} & {*scope})
    try:
        rows, file_column, folder = read_rows(table, index)
    except UnusableError as error:
        if error.of_labels and (folders.are_ids or _names_other_files(table, folders)):
            unusable[error.reason].append(table)
        return [], None
    matches = index.find_all({row.get(file_column, "") for row in rows})
    pairs: list[tuple[Path, Row]] = []
    for row in rows:
        files = matches[row.get(file_column, "")]
        if len(files) == 1:
            pairs.append((next(iter(files)), {c: v for c, v in row.items() if c != file_column}))
    if not pairs and is_of_labels(table, rows):
        folders.layout.remarks.append(
            f"'{display(table, folders.root)}' is not used, since it names images by what fits "
            "several of them; name their folders, too"
        )
    return pairs, folder


def _names_other_files(table: Path, folders: Folders) -> bool:
    """Return whether a table names images, and none of those in the folders or next to them."""
    layout = folders.layout
    index = FileIndex([*layout.all_files, *chain(*layout.without_class.values())])
    try:
        rows = read_table(table)
    except DataError:
        return False
    return any(holds_names(rows, c) for c in columns_of(rows)) and not any(
        index.find(value) for row in rows for value in row.values()
    )


def _columns_of_table(
    path: Path, pairs: Sequence[tuple[Path, Row]], folders: Folders, describes: bool
) -> Iterator[Column]:
    rows = [row for _, row in pairs]
    usual = usual_columns(rows, LABEL_COLUMNS, "")
    one_hot = [] if usual else one_hot_columns(rows, "")
    readable = [[column] for column in usual] + [one_hot] * bool(one_hot)
    repeating = [c for c in columns_of_few(rows, "") if c not in (*usual, *one_hot)]
    results = []
    candidates = [c for c in repeating if may_be_of_classes(c)]
    for columns in [*readable, *([c] for c in candidates)]:
        values, is_usual = _values(pairs, columns), columns in readable
        relation = _relation(folders.by_name, values, is_usual)
        certain = is_usual or is_of_classes(columns[0])
        if certain or _may_be(values, relation, folders):
            results.append(
                (columns[0], values, relation, certain, len(readable) != 1 or not is_usual)
            )
        elif not readable and len(candidates) == 1 and _cuts_across(values, relation):
            results.append((columns[0], values, relation, False, True))
    for fields in results:
        # In a row for a folder, a diagnosis describes a patient, but a plant family a class.
        describes_class = describes and not is_finding(fields[0])
        yield Column(path, *fields, alone=len(results) == 1, describes=describes_class)


def _values(pairs: Sequence[tuple[Path, Row]], columns: Sequence[str]) -> Values:
    """Return the value of each named image, "" for none; {} if an image has two values."""
    values: Values = {}
    for file, row in pairs:
        value = value_in(row, columns)
        if values.setdefault(file, value) != value:
            return {}
    return values


def _relation(by_name: Mapping[str, Sequence[Path]], values: Values, is_usual: bool) -> str:
    folder_labels = [labels_in(values, files) for files in by_name.values()]
    labels = [label for group in folder_labels for label in group]
    count = sum(len(files) for files in by_name.values())
    is_complete = sum(map(bool, values.values())) >= MOST_OF * count
    if any(len(group) > 1 for group in folder_labels):
        return ACROSS if is_complete or is_usual else ""
    if len({*labels}) == len(labels) == len(by_name):
        return SAME
    return COARSER if is_complete and 1 < len({*labels}) < len(labels) else ""


def _may_be(values: Values, relation: str, folders: Folders) -> bool:
    """Return whether a column with an unknown name may hold classes, judged by its values."""
    labels = labels_in(values)
    if relation == SAME:
        return True
    if len(labels) > max(2, len(folders.by_name) // 2) or are_ids([Path(name) for name in labels]):
        return False
    if any(NUMBER.fullmatch(name) for name in labels):
        # Numbers that differ within a patient may count images, so only COARSER ones are grades.
        return folders.are_ids and relation == COARSER and all(map(GRADE.fullmatch, labels))
    return True


def _cuts_across(values: Values, relation: str) -> bool:
    """Return whether a table's only column may hold classes, judged by its values."""
    labels = labels_in(values)
    numbers = [label for label in labels if NUMBER.fullmatch(label)]
    # Programs write 3 as 3.0 if values are missing.
    graded = all(GRADE.fullmatch(label.removesuffix(".0")) for label in numbers)
    coded = all(CODE.fullmatch(label) or ID.fullmatch(label) for label in labels)  # like patients
    return relation == ACROSS and len(labels) <= MOST_LABELS and graded and not coded


def labels_in(values: Values, files: Iterable[Path] | None = None) -> list[str]:
    """Return the distinct labels of the given files, or of all."""
    return sorted({values.get(file, "") for file in (values if files is None else files)} - {""})
