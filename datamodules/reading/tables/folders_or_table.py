"""Decides whether the classes are sibling folders, or labels in a table near them.

The folders are the classes unless a table's labels contradict them: several labels within a folder,
or the same label for several folders, which may be patients or wells.
"""

from pathlib import Path

from datamodules.errors import DataError
from datamodules.reading.folders.class_folders import given_by, group_pattern, listed
from datamodules.reading.tables.label_columns import (
    ACROSS,
    COARSER,
    SAME,
    Column,
    Folders,
    Values,
    columns_of_tables,
    labels_in,
)

# Files that usually describe all images in and below their folder.
STANDARD = ("metadata.csv", "metadata.jsonl", "dataset.json")


def labels_of_tables(folders: Folders) -> dict[Path, Values]:
    """Return the labels of each table that clearly gives the classes; {} if the folders do.

    Raises:
        DataError: Either may be the classes; the message says how to choose.
    """
    columns = list(columns_of_tables(folders))
    named = [each for each in columns if each.certain]
    others = [each for each in columns if not each.certain]
    if any(each.relation == SAME for each in named):
        return {}  # another column may group the classes
    if certain := [each for each in named if _is_standard(each, len(folders.files))]:
        return {each.table: each.values for each in certain}
    doubtful = [each for each in named if each.relation]
    # A column that repeats the names of patients doesn't turn them into classes.
    if not doubtful and (folders.are_ids or all(each.relation != SAME for each in others)):
        relations = (COARSER, ACROSS) if folders.are_ids else (COARSER,)
        doubtful = [each for each in others if each.relation in relations]
    if asked := [each for each in doubtful if not each.describes]:
        raise DataError(_question(asked[0], folders))
    alone = [each for each in others if each.alone and each.relation == ACROSS]
    folders.layout.remarks += [_remark(each) for each in [*doubtful, *alone]]
    return {}


def _is_standard(column: Column, count: int) -> bool:
    """Return whether a usual file of labels labels every image, with several labels in a folder."""
    read = column.table.name in STANDARD and not column.needs_name
    return read and column.relation == ACROSS and len(column.values) == count


def _question(column: Column, folders: Folders) -> str:
    """Return the message on a table that may give the classes, and how to choose."""
    names, files = sorted(folders.by_name), folders.files
    if column.relation == ACROSS:
        given = {name: labels_in(column.values, folders.by_name[name]) for name in names}
        name, labels = next((name, each) for name, each in given.items() if len(each) > 1)
        what = f"the images of {name} several labels in {column.name} ({', '.join(labels[:5])})"
    else:
        shown = listed(labels_in(column.values), 3)
        what = f"several of them the same label in {column.name}, such as {shown}"
    groups = ""
    if folders.are_ids or column.relation == COARSER:
        own = folders.by_name.items()
        paths = {p for name, each in own for p in each[0].parents if p.name == name}
        pattern = given_by("groups", group_pattern(paths, files, folders.root))
        groups = f", and {pattern} to keep the images of each folder in one split"
    return (
        f"the folders {listed(names, 3)} may be classes, but '{column.table}' gives {what}; if "
        f"these are the classes, set {_to_set(column)}{groups}; if the folders are, set ignore to "
        f"'{column.table.name}'"
    )


def _remark(column: Column) -> str:
    what = "a folder several values" if column.relation == ACROSS else "several folders one value"
    return (
        f"'{column.table.name}' gives {what} in {column.name} "
        f"({listed(labels_in(column.values), 3)}), and is not used; if these are the classes, set "
        f"{_to_set(column)}"
    )


def _to_set(column: Column) -> str:
    """Return the arguments with which a column is read as the labels."""
    name = f" and label_column to '{column.name}'" if column.needs_name else ""
    return f"labels to '{column.table}'{name}"
