"""Groups of images (of a patient, slide or part) that must stay in one split."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

from datamodules.console import say
from datamodules.errors import DataError
from datamodules.printing import printable
from datamodules.reading.folders.patterns import read_pattern
from datamodules.reading.splits.subsets import content_hash
from datamodules.reading.tables.column_kinds import is_note, is_of_classes, is_of_groups
from datamodules.reading.tables.columns import (
    GROUP_COLUMNS,
    FileIndex,
    columns_of,
    named_column,
    plain,
    usual_columns,
    values_of,
)
from datamodules.reading.tables.file_columns import is_usual
from datamodules.reading.tables.folder_rows import rows_of_images
from datamodules.reading.tables.split_column import SPLIT_COLUMNS, YES_OR_NO, are_splits
from datamodules.reading.tables.table_files import file_named, is_pattern
from datamodules.reading.tables.tables import Row, read_table


def read_groups(
    groups: str, paths: Sequence[str], root: str, column: str | None = None
) -> dict[str, str]:
    """Return the group of each file.

    Args:
        groups: A pattern whose first group is the group's name, or a table of file and group.
        paths: All files.
        root: The folder of the data set.
        column: The table's column of groups, if it isn't found automatically.

    Raises:
        DataError: There is no such table, its column of groups is unclear, or a file has no group.
    """
    files = [Path(path) for path in paths]
    if is_pattern(groups, root):
        if column:
            raise DataError(
                f"group_column is '{column}', and groups '{groups}' is a pattern; leave "
                "group_column out, or set groups to the table that has this column"
            )
        return {str(file): g for file, g in read_pattern(groups, "groups", files, root).items()}
    table = file_named("groups", groups, root)
    if table is None:
        raise DataError(
            f"groups '{groups}' is no file, and no pattern with a group in ( ); give a pattern "
            "such as 'patient([0-9]+)_', or a CSV of file and group"
        )
    entries, index = read_table(table), FileIndex(files)
    rows, file_column, folder_column = rows_of_images(entries, index, f"'{table}'")
    if file_column is None:
        raise DataError(
            f"groups '{groups}' names no image of '{root}' in its columns "
            f"{', '.join(columns_of(entries)) or '(none)'}; it must have a column of files, or of "
            "folders, and one of groups"
        )
    if column is None:
        column = _column(entries, (file_column, folder_column), groups)
    else:
        column = named_column(entries, "group_column", column, table)
    group_by_file = values_of(rows, file_column, [column], index, f"'{table}'")
    for file in files:
        if not group_by_file.get(file):
            raise DataError(f"groups '{groups}' gives no group for '{file}'; add it, or remove it")
    return {str(file): group for file, group in group_by_file.items()}


def _column(rows: Sequence[Row], files: Sequence[str | None], groups: str) -> str:
    """Return the column of groups: by its name, or else the only candidate.

    Raises:
        DataError: There are none or several.
    """
    columns = [column for column in columns_of(rows) if column not in files]
    file_column, folder_column = files
    if folder_column and _are_shared(folder_column, rows):
        # The folder is part of an image's name here, but it may also be the group.
        columns = [
            column for column in columns_of(rows) if column != file_column and not is_usual(column)
        ]
    usual = usual_columns(rows, GROUP_COLUMNS, file_column or "")
    shared = [column for column in columns if _are_shared(column, rows)]
    in_words = [column for column in shared if is_of_groups(column)]
    possible = [column for column in shared if _may_be_of_groups(column, rows)]
    for candidates in (usual, in_words, columns, possible):
        if len(candidates) == 1:
            if candidates is not usual:
                say(printable(f"data: groups from the column {candidates[0]} of '{groups}'"))
            return candidates[0]
        if candidates and candidates is not columns:
            break
    raise DataError(
        f"groups '{groups}' has the columns {', '.join(columns_of(rows))}, and it can't be told "
        "which of them gives the groups, such as patients; set group_column to it"
    )


def _are_shared(column: str, rows: Sequence[Row]) -> bool:
    """Return whether rows share values of a column, but don't all have the same one."""
    return 1 < len({row.get(column, "") for row in rows}) < len(rows)


def _may_be_of_groups(column: str, rows: Sequence[Row]) -> bool:
    """Return whether a column's name and values allow it to be one of groups."""
    values = {row.get(column, "") for row in rows}
    splits = plain(column) in SPLIT_COLUMNS or plain(column) in YES_OR_NO or are_splits(values)
    return not (splits or is_of_classes(column) or is_note(column))


def split_by_group(
    groups: Sequence[str],
    hashes: Sequence[str],
    labels: Sequence[int],
    validation: float,
    test: float,
    *,
    at_least_one: bool = False,
) -> list[str]:
    """Assign each group to a split by its name, with about the same fractions of every class.

    Groups that share an image are merged. A group belongs to its most frequent class. At least one
    group of each class stays in train.

    Args:
        groups: Group of each image.
        hashes: Content hash of each image.
        labels: Class index of each image.
        validation: Fraction of each class for validation, in [0, 1).
        test: Fraction of each class for the test split, in [0, 1).
        at_least_one: Whether a class with two or more groups has one in each split with a fraction,
            regardless of the sizes of its groups.

    Returns:
        "train", "validation" or "test" for each image.
    """
    units = joined(groups, hashes)
    members: dict[str, list[int]] = defaultdict(list)
    for unit, label in zip(units, labels, strict=True):
        members[unit].append(label)
    strata: dict[int, list[str]] = defaultdict(list)
    for unit, votes in members.items():
        strata[min(Counter(votes).items(), key=lambda item: (-item[1], item[0]))[0]].append(unit)
    split = dict.fromkeys(members, "train")
    for class_units in strata.values():
        queue = sorted(class_units, key=lambda unit: content_hash(unit.encode("utf-8", "replace")))
        total = sum(len(members[unit]) for unit in queue)
        for name, share in (("validation", validation), ("test", test)):
            num_held_out = 0
            while len(queue) > 1 and (
                num_held_out + len(members[queue[0]]) / 2 <= share * total
                or (at_least_one and share and not num_held_out)
            ):
                split[queue[0]] = name
                num_held_out += len(members[queue.pop(0)])
    return [split[unit] for unit in units]


def joined(groups: Sequence[str], hashes: Sequence[str]) -> list[str]:
    """Return the name of each image's group, the same for groups that share an image."""
    parent = {group: group for group in groups}

    def first(group: str) -> str:
        while parent[group] != group:
            group = parent[group]
        return group

    owner: dict[str, str] = {}
    for group, digest in zip(groups, hashes, strict=True):
        low, high = sorted((first(group), first(owner.setdefault(digest, group))))
        parent[high] = low
    return [first(group) for group in groups]
