"""Reads classes and splits from a table or a pattern instead of folders."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from datamodules.console import say
from datamodules.errors import DataError
from datamodules.printing import printable
from datamodules.reading.folders.finder import WITHOUT_CLASSES
from datamodules.reading.folders.layout import Layout
from datamodules.reading.folders.patterns import read_pattern
from datamodules.reading.tables.columns import (
    LABEL_COLUMNS,
    FileIndex,
    columns_of,
    named_column,
    one_hot_columns,
    usual_columns,
    values_of,
    whole_numbers,
)
from datamodules.reading.tables.file_columns import example_of_names, is_usual
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
    is_pattern,
    scope_of,
    table_named,
    tables_near,
)
from datamodules.reading.tables.tables import Row, not_utf_8, read_table

MOST_CLASSES = 1000
MOST_NAMED = 3


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
        values = read_pattern(labels, "labels", layout.all_files, root)
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
    for table, split_name in sorted(family.items(), key=lambda item: item[0] != path):
        index = FileIndex(scope_of(table, layout, root))
        rows, file_column, folder = _rows(table, index, root, image_column, needed=table == path)
        if file_column is None:
            continue
        index = _of_training(rows, file_column, index, layout)
        if not quiet:
            if folder or not (image_column or is_usual(file_column)):
                content = f"folders of images in its column {folder}" if folder else None
                content = content or f"images in its column {file_column}"
                say(printable(f"data: '{table}' names the {content}"))
            say_missing(rows, file_column, index, table)
            layout.remarks += unused_splits(rows, f"'{table.name}'") if split else []
        columns = _columns(rows, file_column, column, table, needed=table == path)
        table_values = values_of(rows, file_column, columns, index, f"'{table}'")
        if not quiet:
            layout.use(table)
        table_split = split_name if "" in layout.files else ""
        table_splits = own_splits(rows, file_column, index, table, table_split) if split else {}
        refuse_two_splits(splits, table_splits, table)
        values, splits = values | table_values, splits | table_splits
    return whole_numbers(values), splits


def refuse_two_splits(splits: dict[Path, str], table_splits: dict[Path, str], table: Path) -> None:
    """Refuse a table of one split that names a file of another split.

    Raises:
        DataError: Names the file.
    """
    for file in sorted(table_splits):
        if splits.get(file, table_splits[file]) != table_splits[file]:
            raise DataError(
                f"'{table}' names '{file}' for {table_splits[file]}, and another table names it "
                f"for {splits[file]}; keep it in one of them"
            )


def own_splits(
    rows: Sequence[Row], file_column: str, index: FileIndex, table: Path, table_split: str
) -> dict[Path, str]:
    """Return the split of each file in a table, by a column or else by the table's name."""
    if column := split_column(rows, f"'{table}'"):
        return splits_of(rows, file_column, column, index, f"'{table}'")
    files = values_of(rows, file_column, [], index, f"'{table}'") if table_split else {}
    return dict.fromkeys(files, table_split)


def _rows(
    path: Path, index: FileIndex, root: str, image_column: str | None, *, needed: bool
) -> tuple[list[Row], str | None, str | None]:
    """Return the rows per image, the column of files, and that of folders if rows name them.

    The column of files is None if the table names no image and isn't needed.
    """
    rows = read_table(path)
    if image_column is not None:
        column = named_column(rows, "image_column", image_column, path)
        if needed and len(index) and not any(index.find(row.get(column, "")) for row in rows):
            raise DataError(
                f"the column {column} of '{path}' names no image of '{root}'"
                f"{example_of_names(rows, [column], index)}"
            )
        return rows, column, None
    image_rows, file_column, folder = rows_of_images(rows, index, f"'{path}'")
    if file_column is None and needed and (odd := not_utf_8(rows)):
        raise DataError(f"'{path}' names no image of '{root}' and {odd}")
    if file_column is None and needed:
        raise DataError(
            f"labels '{path}' names no image of '{root}' in its columns "
            f"{', '.join(columns_of(rows)) or '(none)'}; its first line must name the columns, "
            "and one of these files, ids or paths; set image_column to it if few of them are there"
            f"{example_of_names(rows, [], index)}"
        )
    return image_rows, file_column, folder


def _of_training(
    rows: Sequence[Row], file_column: str, index: FileIndex, layout: Layout
) -> FileIndex:
    """Return the index of the training images if a table's names fit all of them, and only them.

    In `train/1.png` and `test/1.png` images of two splits have one name.
    """
    names = {row.get(file_column, "") for row in rows}
    if all(len(index.find(name)) < 2 for name in names):
        return index
    training = FileIndex(p for paths in layout.files.get("train", {}).values() for p in paths)
    others = FileIndex(index.files - training.files)
    fits = len(names) == len(training) and all(len(training.find(name)) == 1 for name in names)
    return training if fits and not all(map(others.find, names)) else index


def say_missing(rows: Sequence[Row], file_column: str, index: FileIndex, table: Path) -> None:
    """Print a message on rows whose image is missing."""
    matches = index.find_all({row.get(file_column, "") for row in rows})
    if missing := sorted(name for name, files in matches.items() if not files):
        suffix = f" and {len(missing) - MOST_NAMED:,} more" if len(missing) > MOST_NAMED else ""
        odd = not_utf_8({file_column: name} for name in missing)
        suffix += f"; it {odd}" if odd else ""
        say(
            printable(
                f"data: '{table}' names {len(missing):,} images that are not there: "
                f"{', '.join(missing[:MOST_NAMED])}{suffix}"
            )
        )


def _columns(
    rows: Sequence[Row], file_column: str, column: str | None, path: Path, *, needed: bool
) -> list[str]:
    names = columns_of(rows)
    if column is not None and (needed or column in names):
        return [named_column(rows, "label_column", column, path)]
    usual = usual_columns(rows, LABEL_COLUMNS, file_column)
    if len(usual) == 1:
        return usual
    if not usual and (one_hot := one_hot_columns(rows, file_column)):
        return one_hot
    if not needed and not usual:
        return []
    if odd := not_utf_8({name: ""} for name in names):
        raise DataError(f"'{path}' {odd}")
    raise DataError(
        f"'{path}' has {'the columns ' + ', '.join(usual) if usual else 'no column'} that may hold "
        f"the labels; set label_column to one of {', '.join(c for c in names if c != file_column)}"
    )


def _relabeled(layout: Layout, values: dict[Path, str], origin: str) -> Layout:
    files: dict[str, dict[str, list[Path]]] = {}
    missing: list[Path] = []
    for split, classes in layout.files.items():
        images = [path for paths in classes.values() for path in paths]
        for path in images:
            if label := values.get(path):
                files.setdefault(split, {}).setdefault(label, []).append(path)
            elif split in ("test", "validation") and not any(values.get(p) for p in images):
                layout.passed_over[WITHOUT_CLASSES].append(path.parent)
                layout.without_class.setdefault(split, []).append(path)
            else:
                missing.append(path)
    layout.left_out.update((str(path), f"has no label in {origin}") for path in missing)
    labels = [value for value in values.values() if value]
    count = len({*labels})
    if count > min(MOST_CLASSES, max(1, len(labels) // 2)) and count > 2:
        raise DataError(
            f"labels '{origin}' gives {count:,} different labels for {len(labels):,} images, which "
            "are no classes; set label_column to another column, or leave labels out and set "
            f"ignore to '{origin}'"
        )
    say(f"data: labels of {len(labels):,} images from {origin}")
    return replace(layout, files=files)
