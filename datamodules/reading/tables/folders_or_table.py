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
    certain = [column for column in columns if column.certain]
    uncertain = [column for column in columns if not column.certain]
    if any(column.relation == SAME for column in certain):
        return {}  # another column may group the classes
    if standard := [column for column in certain if _is_standard(column, len(folders.files))]:
        return {column.table: column.values for column in standard}
    doubtful = [column for column in certain if column.relation]
    # A column that repeats the names of patients doesn't turn them into classes.
    if not doubtful and (folders.are_ids or all(column.relation != SAME for column in uncertain)):
        relations = (COARSER, ACROSS) if folders.are_ids else (COARSER,)
        doubtful = [column for column in uncertain if column.relation in relations]
    if unclear := [column for column in doubtful if not column.describes]:
        raise DataError(_question(unclear[0], folders))
    alone = [column for column in uncertain if column.alone and column.relation == ACROSS]
    folders.layout.remarks += [_remark(column) for column in [*doubtful, *alone]]
    return {}


def _is_standard(column: Column, count: int) -> bool:
    """Return whether a usual file of labels labels every image, with several labels in a folder."""
    is_read = column.table.name in STANDARD and not column.needs_name
    return is_read and column.relation == ACROSS and len(column.values) == count


def _question(column: Column, folders: Folders) -> str:
    """Return the message on a table that may give the classes, and how to choose."""
    names, files = sorted(folders.by_name), folders.files
    if column.relation == ACROSS:
        labels_by_folder = {name: labels_in(column.values, folders.by_name[name]) for name in names}
        name, labels = next(
            (name, labels) for name, labels in labels_by_folder.items() if len(labels) > 1
        )
        content = f"the images of {name} several labels in {column.name} ({', '.join(labels[:5])})"
    else:
        examples = listed(labels_in(column.values), 3)
        content = f"several of them the same label in {column.name}, such as {examples}"
    groups = ""
    if folders.are_ids or column.relation == COARSER:
        items = folders.by_name.items()
        paths = {p for name, images in items for p in images[0].parents if p.name == name}
        pattern = given_by("groups", group_pattern(paths, files, folders.root))
        groups = f", and {pattern} to keep the images of each folder in one split"
    return (
        f"the folders {listed(names, 3)} may be classes, but '{column.table}' gives {content}; if "
        f"these are the classes, set {_to_set(column)}{groups}; if the folders are, set ignore to "
        f"'{column.table.name}'"
    )


def _remark(column: Column) -> str:
    content = (
        "a folder several values" if column.relation == ACROSS else "several folders one value"
    )
    return (
        f"'{column.table.name}' gives {content} in {column.name} "
        f"({listed(labels_in(column.values), 3)}), and is not used; if these are the classes, set "
        f"{_to_set(column)}"
    )


def _to_set(column: Column) -> str:
    """Return the arguments with which a column is read as the labels."""
    name = f" and label_column to '{column.name}'" if column.needs_name else ""
    return f"labels to '{column.table}'{name}"
