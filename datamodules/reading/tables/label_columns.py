"""Columns of tables that may give classes, and how they relate to the folders of images."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from datamodules.reading.folders.class_folders import CODE, ID, are_ids
from datamodules.reading.folders.walking import Layout
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
    one_hot_columns,
    usual_columns,
)
from datamodules.reading.tables.label_tables import (
    UnusableError,
    columns_of_few,
    is_of_labels,
    read_rows,
)
from datamodules.reading.tables.table_files import (
    families,
    family_of,
    scope_of,
    shown,
    tables_near,
)
from datamodules.reading.tables.tables import Row

# A table that labels fewer images than this share is a note on some of them.
MOST_OF = 0.9
NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)?")
# Grades are whole numbers of one digit.
GRADE = re.compile(r"\d")
# Most labels that the only column besides the files may have.
MOST_LABELS = 20
# One label per folder; several within a folder; one for several folders.
SAME, ACROSS, COARSER = "same", "across", "coarser"

Values = dict[Path, str]


class Folders(NamedTuple):
    """Folders that may be the classes.

    Attributes:
        layout: All files.
        root: The folder of the data set.
        by_name: The images of each folder.
    """

    layout: Layout
    root: str
    by_name: Mapping[str, Sequence[Path]]

    @property
    def files(self) -> list[Path]:
        """All images."""
        return [path for own in self.by_name.values() for path in own]

    @property
    def are_ids(self) -> bool:
        """Whether they are named like patients or dates, which are rarely classes."""
        return are_ids([Path(name) for name in self.by_name], len(self.files))


class Column(NamedTuple):
    """A column that may hold classes.

    Attributes:
        table: The table.
        name: The column's name.
        values: The label of each image that the table names, "" for none.
        relation: How it relates to the folders: SAME, ACROSS or COARSER; "" if not at all.
        certain: Whether it holds classes by its name.
        needs_name: Whether it is read as the labels only if label_column names it.
        alone: Whether no other column of the table may hold them.
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
        folders: The folders. If they are rarely classes, unusable tables that look like labels are
            named in their layout's remarks.
    """
    tables, seen = tables_near(folders.layout, folders.root), set[Path]()
    for path in families(tables):
        if path in seen:
            continue
        family = family_of(path, tables)
        seen |= {each for each, split in family.items() if not split}
        rows: list[tuple[Path, Row]] = []
        describes = False
        for table in family:
            more, folder = _rows(table, folders)
            rows += more
            of_classes = folder and not (is_note(folder) or is_of_groups(folder))
            describes |= bool(of_classes) and not folders.are_ids
        yield from _of_table(path, rows, folders, describes)


def _rows(table: Path, folders: Folders) -> tuple[list[tuple[Path, Row]], str | None]:
    """Return each image that a table names with its row, and the column that names folders.

    An unusable table gives no rows, but a remark if it looks like one of labels.
    """
    scope = scope_of(table, folders.layout, folders.root)
    index = FileIndex({*folders.files} & {*scope})
    try:
        rows, named, folder = read_rows(table, index)
    except UnusableError as error:
        if folders.are_ids and error.of_labels:
            remark = f"'{shown(table, folders.root)}' is not used, since {error.reason}"
            folders.layout.remarks.append(remark)
        return [], None
    found = index.find_all({row.get(named, "") for row in rows})
    pairs: list[tuple[Path, Row]] = []
    for row in rows:
        files = found[row.get(named, "")]
        if len(files) == 1:
            pairs.append((next(iter(files)), {c: v for c, v in row.items() if c != named}))
    if not pairs and is_of_labels(table, rows):
        folders.layout.remarks.append(
            f"'{shown(table, folders.root)}' is not used, since it names images by what fits "
            "several of them; name their folders, too"
        )
    return pairs, folder


def _of_table(
    path: Path, pairs: Sequence[tuple[Path, Row]], folders: Folders, describes: bool
) -> Iterator[Column]:
    rows = [row for _, row in pairs]
    usual = usual_columns(rows, LABEL_COLUMNS, "")
    one_hot = [] if usual else one_hot_columns(rows, "")
    read = [[column] for column in usual] + [one_hot] * bool(one_hot)
    few = [c for c in columns_of_few(rows, "") if c not in (*usual, *one_hot)]
    found = []
    others = [c for c in few if may_be_of_classes(c)]
    for columns in [*read, *([c] for c in others)]:
        values, usually = _values(pairs, columns), columns in read
        relation = _relation(folders.by_name, values, usually)
        certain = usually or is_of_classes(columns[0])
        if certain or _may_be(values, relation, folders):
            found.append((columns[0], values, relation, certain, len(read) != 1 or not usually))
        elif not read and len(others) == 1 and _cuts_across(values, relation):
            found.append((columns[0], values, relation, False, True))
    for each in found:
        # A diagnosis describes patients; a family of plants describes classes.
        of_classes = describes and not is_finding(each[0])
        yield Column(path, *each, alone=len(found) == 1, describes=of_classes)


def _values(pairs: Sequence[tuple[Path, Row]], columns: Sequence[str]) -> Values:
    """Return the value of each named image, "" for none; {} if an image has two."""
    values: Values = {}
    for file, row in pairs:
        value = row.get(columns[0], "")
        if len(columns) > 1:
            value = next((c for c in columns if float(row.get(c) or 0)), "")
        if values.setdefault(file, value) != value:
            return {}
    return values


def _relation(by_name: Mapping[str, Sequence[Path]], values: Values, usual: bool) -> str:
    given = [labels_in(values, own) for own in by_name.values()]
    labels = [label for each in given for label in each]
    count = sum(len(own) for own in by_name.values())
    most = sum(map(bool, values.values())) >= MOST_OF * count
    if any(len(each) > 1 for each in given):
        return ACROSS if most or usual else ""
    if len({*labels}) == len(labels) == len(by_name):
        return SAME
    return COARSER if most and 1 < len({*labels}) < len(labels) else ""


def _may_be(values: Values, relation: str, folders: Folders) -> bool:
    """Return whether a column with an unknown name may hold classes, by its values."""
    given = labels_in(values)
    if relation == SAME:
        return True
    if len(given) > max(2, len(folders.by_name) // 2) or are_ids([Path(each) for each in given]):
        return False
    if any(NUMBER.fullmatch(each) for each in given):
        # Numbers that differ within a patient count images, and are not grades.
        return folders.are_ids and relation == COARSER and all(map(GRADE.fullmatch, given))
    return True


def _cuts_across(values: Values, relation: str) -> bool:
    """Return whether a table's only column may give classes, by its values."""
    given = labels_in(values)
    numbers = [each for each in given if NUMBER.fullmatch(each)]
    # With missing values, programs write 3 as 3.0.
    graded = all(GRADE.fullmatch(each.removesuffix(".0")) for each in numbers)
    coded = all(CODE.fullmatch(each) or ID.fullmatch(each) for each in given)  # as patients are
    return relation == ACROSS and len(given) <= MOST_LABELS and graded and not coded


def labels_in(values: Values, files: Iterable[Path] | None = None) -> list[str]:
    """Return the labels of files, or all labels."""
    return sorted({values.get(file, "") for file in (values if files is None else files)} - {""})
