"""Reads classes and splits from a table or a pattern instead of folders."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from datamodules.console import say
from datamodules.errors import DataError
from datamodules.printing import printable
from datamodules.reading.folders.layouts import WITHOUT_CLASSES
from datamodules.reading.folders.patterns import read_pattern
from datamodules.reading.folders.walking import Layout
from datamodules.reading.tables.columns import (
    LABEL_COLUMNS,
    FileIndex,
    columns_of,
    named_column,
    one_hot_columns,
    usual_columns,
    values_of,
)
from datamodules.reading.tables.file_columns import is_usual
from datamodules.reading.tables.folder_rows import rows_of_images
from datamodules.reading.tables.image_texts import labels_of_texts
from datamodules.reading.tables.names_file import named_numbers
from datamodules.reading.tables.several_labels import joined_labels
from datamodules.reading.tables.split_column import (
    split_column,
    splits_of,
    unused_splits,
    with_splits,
)
from datamodules.reading.tables.table_files import (
    TEXTS,
    family_of,
    files_of,
    is_pattern,
    scope_of,
    table_named,
    tables_near,
)
from datamodules.reading.tables.tables import Row, not_utf_8, read_table

MOST_CLASSES = 1000
NAMED = 3


def with_labels(
    layout: Layout,
    root: str,
    labels: str,
    column: str | None = None,
    image_column: str | None = None,
    classes: Sequence[str | int] | None = None,
    *,
    split: bool = True,
) -> Layout:
    """Return a layout with the classes and splits that a file or a pattern gives.

    Args:
        layout: Files by split; the folders' classes are ignored.
        root: The folder of the data set.
        labels: A CSV, TSV, JSON, JSONL or parquet file, or a list of paths and labels; files next
            to it that are named after other splits are also read. Or a pattern with a group, or
            `*.txt` for a text file named like each image.
        column: The column of labels, if its name is unusual.
        image_column: The column of files, if its name is unusual.
        classes: Names of classes as in the table, such as `cat|dog`; if given, numbers are not
            replaced by the names in a file such as classes.txt.
        split: Whether to read splits as well.

    Raises:
        DataError: There is no such file, or its columns are unclear.
    """
    if labels == TEXTS:
        values, folders = labels_of_texts(layout, root)
        names = {} if classes else named_numbers({*values.values()}, folders, use=layout.use)
        values = {file: names.get(value, value) for file, value in values.items()}
        return _relabeled(layout, values, f"texts of their names ({TEXTS})")
    if is_pattern(labels, root):
        values = read_pattern(labels, "labels", files_of(layout), root)
        return _relabeled(layout, values, labels)
    path = table_named(labels, root)
    values, splits = read_labels(path, layout, root, column, image_column, split=split)
    both = None if classes else joined_labels(values.values())
    if both is not None:
        raise DataError(
            f"'{path}' gives an image the label '{both}', which looks like several, and an image "
            "has one class; set classes to the labels to keep, as the file writes them, and "
            f"include '{both}' if it is a class"
        )
    if not classes:
        folders = [path.parent, path.parent.parent, Path(root)]
        names = named_numbers({*values.values()}, folders, path, layout.use)
        values = {file: names.get(value, value) for file, value in values.items()}
    return with_splits(_relabeled(layout, values, path.name), splits, f"'{path}'")


def read_labels(
    path: Path,
    layout: Layout,
    root: str,
    column: str | None = None,
    image_column: str | None = None,
    *,
    quiet: bool = False,
    split: bool = True,
) -> tuple[dict[Path, str], dict[Path, str]]:
    """Return the label and split of each file in a table and in its family of tables.

    Args:
        path: The table.
        layout: Files by split.
        root: The folder of the data set.
        column: The column of labels, if its name is unusual.
        image_column: The column of files, if its name is unusual.
        quiet: Whether to omit remarks on missing images.
        split: Whether to read splits as well.

    Returns:
        Labels ("" for none), and splits ({} if neither columns nor the tables' names give any).

    Raises:
        DataError: Its columns are unclear, or a file is in two tables of different splits.
    """
    values: dict[Path, str] = {}
    splits: dict[Path, str] = {}
    family = family_of(path, tables_near(layout, root))
    if path not in family:  # named by another path
        family = {path: "", **family}
    for table, name in sorted(family.items(), key=lambda item: item[0] != path):
        index = FileIndex(scope_of(table, layout, root))
        rows, named, folder = _rows(table, index, root, image_column, needed=table == path)
        if named is None:
            continue
        if not quiet:
            if folder or not (image_column or is_usual(named)):
                what = f"folders of images in its column {folder}" if folder else None
                what = what or f"images in its column {named}"
                say(printable(f"data: '{table}' names the {what}"))
            say_missing(rows, named, index, table)
            layout.remarks += unused_splits(rows, f"'{table.name}'") if split else []
        columns = _columns(rows, named, column, table, needed=table == path)
        own = values_of(rows, named, columns, index, f"'{table}'")
        if not quiet:
            layout.use(table)
        by_name = name if "" in layout.files else ""
        of_own = own_splits(rows, named, index, table, by_name) if split else {}
        refuse_two_splits(splits, of_own, table)
        values, splits = values | own, splits | of_own
    return values, splits


def refuse_two_splits(splits: dict[Path, str], more: dict[Path, str], table: Path) -> None:
    """Refuse a table of one split that names a file of another split.

    Raises:
        DataError: Names the file.
    """
    for file in sorted(more):
        if splits.get(file, more[file]) != more[file]:
            raise DataError(
                f"'{table}' names '{file}' for {more[file]}, and another table names it for "
                f"{splits[file]}; keep it in one of them"
            )


def own_splits(
    rows: Sequence[Row], named: str, index: FileIndex, table: Path, by_name: str
) -> dict[Path, str]:
    """Return the split of each file in a table, by a column or else by the table's name."""
    if column := split_column(rows, f"'{table}'"):
        return splits_of(rows, named, column, index, f"'{table}'")
    files = values_of(rows, named, [], index, f"'{table}'") if by_name else {}
    return dict.fromkeys(files, by_name)


def _rows(
    path: Path, index: FileIndex, root: str, image_column: str | None, *, needed: bool
) -> tuple[list[Row], str | None, str | None]:
    """Return the rows per image, the column of files, and that of folders if rows name them.

    The column of files is None if the table names no image and isn't needed.
    """
    rows = read_table(path)
    if image_column is not None:
        return rows, named_column(rows, "image_column", image_column, path), None
    of_images, named, folder = rows_of_images(rows, index, f"'{path}'")
    if named is None and needed and (odd := not_utf_8(rows)):
        raise DataError(f"'{path}' names no image of '{root}' and {odd}")
    if named is None and needed:
        raise DataError(
            f"labels '{path}' names no image of '{root}' in its columns "
            f"{', '.join(columns_of(rows)) or '(none)'}; its first line must name the columns, "
            "and one of these files, ids or paths; set image_column to it if few of them are there"
        )
    return of_images, named, folder


def say_missing(rows: Sequence[Row], named: str, index: FileIndex, table: Path) -> None:
    """Print a message on rows whose image is missing."""
    found = index.find_all({row.get(named, "") for row in rows})
    if missing := sorted(name for name, files in found.items() if not files):
        more = f" and {len(missing) - NAMED:,} more" if len(missing) > NAMED else ""
        odd = not_utf_8({named: name} for name in missing)
        more += f"; it {odd}" if odd else ""
        say(
            printable(
                f"data: '{table}' names {len(missing):,} images that are not there: "
                f"{', '.join(missing[:NAMED])}{more}"
            )
        )


def _columns(
    rows: Sequence[Row], named: str, column: str | None, path: Path, *, needed: bool
) -> list[str]:
    all_columns = columns_of(rows)
    if column is not None and (needed or column in all_columns):
        return [named_column(rows, "label_column", column, path)]
    usual = usual_columns(rows, LABEL_COLUMNS, named)
    if len(usual) == 1:
        return usual
    if not usual and (one_hot := one_hot_columns(rows, named)):
        return one_hot
    if not needed and not usual:
        return []
    raise DataError(
        f"'{path}' has {'the columns ' + ', '.join(usual) if usual else 'no column'} that may hold "
        f"the labels; set label_column to one of {', '.join(c for c in all_columns if c != named)}"
    )


def _relabeled(layout: Layout, values: dict[Path, str], origin: str) -> Layout:
    files: dict[str, dict[str, list[Path]]] = {}
    missing: list[Path] = []
    for split, classes in layout.files.items():
        images = [path for each in classes.values() for path in each]
        for path in images:
            if label := values.get(path):
                files.setdefault(split, {}).setdefault(label, []).append(path)
            elif split in ("test", "validation") and not any(values.get(p) for p in images):
                layout.passed_over[WITHOUT_CLASSES].append(path.parent)
                layout.without_class.setdefault(split, []).append(path)
            else:
                missing.append(path)
    layout.left_out.update((str(path), f"has no label in {origin}") for path in missing)
    given = [value for value in values.values() if value]
    count = len({*given})
    if count > min(MOST_CLASSES, max(1, len(given) // 2)) and count > 2:
        raise DataError(
            f"labels '{origin}' gives {count:,} different labels for {len(given):,} images, which "
            "are no classes; set label_column to another column"
        )
    say(f"data: labels of {len(given):,} images from {origin}")
    return replace(layout, files=files)
