"""Columns of tables that may hold classes, and their relation to the folders of images."""

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

# A table that labels a smaller share of the images holds notes, not labels.
MOST_OF = 0.9
NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)?")
# Grades are single digits.
GRADE = re.compile(r"\d")
# Maximum number of labels in a column, if it is the only one in addition to the files.
MOST_LABELS = 20
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
        return [path for own in self.by_name.values() for path in own]

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
        folders: The folders. If they have names of patients or dates, their layout gets remarks on
            unusable tables that look like labels.
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
    """Return the images that a table names with their rows, and the column that names folders.

    An unusable table has no rows, and causes a remark if it looks like a table of labels.
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
        # In a row for a folder, a diagnosis describes a patient, but a plant family a class.
        of_classes = describes and not is_finding(each[0])
        yield Column(path, *each, alone=len(found) == 1, describes=of_classes)


def _values(pairs: Sequence[tuple[Path, Row]], columns: Sequence[str]) -> Values:
    """Return the value of each named image, "" for none; {} if an image has two values."""
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
    """Return whether a column with an unknown name may hold classes, judged by its values."""
    given = labels_in(values)
    if relation == SAME:
        return True
    if len(given) > max(2, len(folders.by_name) // 2) or are_ids([Path(each) for each in given]):
        return False
    if any(NUMBER.fullmatch(each) for each in given):
        # Numbers that differ within a patient may count images, so only COARSER ones are grades.
        return folders.are_ids and relation == COARSER and all(map(GRADE.fullmatch, given))
    return True


def _cuts_across(values: Values, relation: str) -> bool:
    """Return whether a table's only column may hold classes, judged by its values."""
    given = labels_in(values)
    numbers = [each for each in given if NUMBER.fullmatch(each)]
    # Programs write 3 as 3.0 if values are missing.
    graded = all(GRADE.fullmatch(each.removesuffix(".0")) for each in numbers)
    coded = all(CODE.fullmatch(each) or ID.fullmatch(each) for each in given)  # like patients
    return relation == ACROSS and len(given) <= MOST_LABELS and graded and not coded


def labels_in(values: Values, files: Iterable[Path] | None = None) -> list[str]:
    """Return the distinct labels of the given files, or of all."""
    return sorted({values.get(file, "") for file in (values if files is None else files)} - {""})
