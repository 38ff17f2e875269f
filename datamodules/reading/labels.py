"""Classes from a file or a pattern instead of folders: given, or found next to the images."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from datamodules.console import say
from datamodules.errors import DataError
from datamodules.printing import printable
from datamodules.reading.class_names import find_name
from datamodules.reading.columns import (
    LABEL_COLUMNS,
    FileIndex,
    columns_of,
    file_column,
    named_column,
    one_hot_columns,
    plain,
    usual_columns,
    values_of,
)
from datamodules.reading.folder_names import split_of
from datamodules.reading.layouts import WITHOUT_CLASSES
from datamodules.reading.patterns import is_pattern, read_pattern
from datamodules.reading.split_column import SPLIT_COLUMNS, split_column, splits_of, with_splits
from datamodules.reading.tables import SUFFIXES, Row, read_table
from datamodules.reading.walking import Layout

MOST_CLASSES = 1000
NAMED = 3
# Files that say of every image below them what it is.
STANDARD = ("metadata.csv", "metadata.jsonl", "dataset.json")


def with_labels(
    layout: Layout,
    root: str,
    labels: str,
    column: str | None = None,
    image_column: str | None = None,
    *,
    several: bool = False,
) -> Layout:
    """Return a layout whose classes, and splits, are those that a file or a pattern gives.

    Args:
        layout: Files by split; the folders' classes mean nothing.
        root: The folder of the data set.
        labels: A CSV, TSV, JSON, JSONL or parquet file, or a pattern with a group.
        column: The column of the labels, if its name is not a usual one.
        image_column: The column of the files, if its name is not a usual one.
        several: Whether a value such as `cat|dog` may be a class.

    Raises:
        DataError: There is no such file, or its columns can't be told.
    """
    files = _files_of(layout)
    if is_pattern(labels):
        return _relabelled(layout, read_pattern(labels, "labels", files, root), labels)
    path = Path(labels) if Path(labels).is_file() else Path(root) / labels
    if not path.is_file():
        raise DataError(
            f"labels '{labels}' is no file; give a CSV, TSV, JSON, JSONL or parquet file of files "
            "and labels, or a pattern with a group such as '/(cat|dog)_'"
        )
    values, splits = _values(path, _scope(path, layout, root), root, column, image_column)
    # A folder for each split may have such a file of its own.
    for other in _tables(layout, root):
        if other.name == path.name and other.resolve() != path.resolve():
            more = _values(other, _scope(other, layout, root), root, column, image_column)
            values, splits = values | more[0], splits | more[1]
    both = next((v for v in values.values() if "|" in v), None)
    if both is not None and not several:
        raise DataError(
            f"'{path}' gives an image the labels '{both}', and an image has one class; name the "
            "classes to keep in classes, as the file writes them"
        )
    return with_splits(_relabelled(layout, values, path.name), splits, f"'{path}'")


def _values(
    path: Path, files: list[Path], root: str, column: str | None, image_column: str | None
) -> tuple[dict[Path, str], dict[Path, str]]:
    """Return the label of each file that a table names, and the split, if it has a column of it."""
    rows, index, origin = read_table(path), FileIndex(files), f"'{path}'"
    named = file_column(rows, index) or file_column(rows, index, every=True)
    if image_column is not None:
        named = named_column(rows, "image_column", image_column, path)
    if named is None:
        raise DataError(
            f"labels '{path}' names no image of '{root}' in its columns "
            f"{', '.join(columns_of(rows)) or '(none)'}; it must name files, ids or paths"
        )
    values = values_of(rows, named, _columns(rows, named, column, path), index, origin)
    if missing := sorted(
        {row.get(named, "") for row in rows if not index.find(row.get(named, ""))}
    ):
        more = f" and {len(missing) - NAMED:,} more" if len(missing) > NAMED else ""
        say(
            printable(
                f"data: {origin} names {len(missing):,} images that are not there: "
                f"{', '.join(missing[:NAMED])}{more}"
            )
        )
    if (splits := split_column(rows, origin)) is None:
        return values, {}
    return values, splits_of(rows, named, splits, index, origin)


def _scope(path: Path, layout: Layout, root: str) -> list[Path]:
    """Return the files that a table may name: those below it, or of the split in its name."""
    words = [split_of(word) for word in re.split(r"[\W_]+", path.stem)]
    for split in {word for word in words if word} & set(layout.files):
        return [file for files in layout.files[split].values() for file in files]
    below = path.parent.is_relative_to(root)
    files = _files_of(layout)
    return [f for f in files if f.is_relative_to(path.parent)] or files if below else files


def found_labels(layout: Layout, root: str, named: Sequence[str | int] | None = None) -> str | None:
    """Return the file next to the images that says their classes, None if folders do.

    Args:
        layout: Files by split and folder.
        root: The folder of the data set.
        named: Names of classes; where they are all folders, nothing else is asked.

    Raises:
        DataError: A file may say them, and it can't be told whether it does.
    """
    split = "train" if "train" in layout.files else ""
    by_folder = layout.files.get(split, {})
    if named and all(find_name(each, by_folder) for each in named):
        return None
    images = [path for files in by_folder.values() for path in files]
    certain: dict[Path, dict[Path, str]] = {}
    unused: list[str] = []
    for path in _tables(layout, root):
        try:
            rows = read_table(path)
        except DataError:
            continue  # of something else
        index = FileIndex(set(images) & set(_scope(path, layout, root)))
        if (named := file_column(rows, index)) is None:
            continue
        unused += _splits_in(rows, path) if split == "" else []
        columns = usual_columns(rows, LABEL_COLUMNS, named) or one_hot_columns(rows, named)
        if not columns and len(by_folder) == 1:
            columns = _few_values(rows, named)
            if columns:
                _refuse(path, root, f"in its columns {', '.join(columns)}")
        if not columns:
            continue
        single = len(columns) == 1 or bool(one_hot_columns(rows, named))
        if not single and len(by_folder) == 1:
            _refuse(path, root, f"in its columns {', '.join(columns)}")
        try:
            values = values_of(rows, named, columns if single else columns[:1], index, f"'{path}'")
        except DataError:
            if len(by_folder) > 1:
                continue  # of other images, or of a test without folders
            raise
        if len(by_folder) > 1 and not (path.name in STANDARD and len(values) == len(images)):
            _refuse_another(path, by_folder, values, columns[0])
        elif len(by_folder) > 1 and not _cuts_across(by_folder, values):
            continue
        elif len(values) < len(images):
            _refuse(path, root, f"of {len(values):,} of its {len(images):,} images")
        else:
            certain[path] = values
    if len({tuple(sorted(each.items())) for each in certain.values()}) > 1:
        _refuse(sorted(certain)[0], root, f"and {sorted(certain)[1].name} says other labels")
    layout.remarks += [] if certain else unused
    return str(sorted(certain)[0]) if certain else None


def _splits_in(rows: Sequence[Row], path: Path) -> list[str]:
    """Return what to say of a table with splits whose labels are not used."""
    try:
        column = split_column(rows, f"'{path}'")
    except DataError:
        return []
    said = (
        f"the column {column} of '{path.name}' splits nothing, since folders give the classes; set "
        f"labels to '{path}' to take splits and classes from it"
    )
    return [said] if column else []


def _refuse(path: Path, root: str, what: str) -> None:
    raise DataError(
        f"'{root}' holds images without class folders, and '{path}' may give their labels {what}; "
        f"set labels to '{path}' and label_column to a column of it, or ignore to '{path.name}'"
    )


def _refuse_another(
    path: Path, by_folder: dict[str, list[Path]], values: dict[Path, str], column: str
) -> None:
    """Refuse labels that cut across the folders."""
    if crossed := _cuts_across(by_folder, values):
        raise DataError(
            f"the folders {', '.join(sorted(by_folder)[:5])} may be classes, but '{path}' gives "
            f"the images of {crossed[0]} several labels in {column} ({', '.join(crossed[1:6])}); "
            f"set labels to '{path}', or ignore to '{path.name}'"
        )


def _cuts_across(by_folder: dict[str, list[Path]], values: dict[Path, str]) -> list[str]:
    """Return a folder whose images have several labels, and those labels; [] if none has."""
    for name, files in by_folder.items():
        given = sorted({values[file] for file in files if file in values})
        if len(given) > 1:
            return [name, *given]
    return []


def _few_values(rows: Sequence[Row], named: str) -> list[str]:
    """Return columns with few enough values to be classes."""
    most = min(100, len(rows) // 2)
    others = [c for c in columns_of(rows) if c != named and plain(c) not in SPLIT_COLUMNS]
    found = {c: {row.get(c, "") for row in rows} for c in others}
    return [column for column, values in found.items() if 2 <= len(values) <= most]


def _columns(rows: Sequence[Row], named: str, column: str | None, path: Path) -> list[str]:
    all_columns = columns_of(rows)
    if column is not None:
        return [named_column(rows, "label_column", column, path)]
    usual = usual_columns(rows, LABEL_COLUMNS, named)
    if len(usual) == 1:
        return usual
    if not usual and (one_hot := one_hot_columns(rows, named)):
        return one_hot
    raise DataError(
        f"'{path}' has {'the columns ' + ', '.join(usual) if usual else 'no column'} that may hold "
        f"the labels; set label_column to one of {', '.join(c for c in all_columns if c != named)}"
    )


def _files_of(layout: Layout) -> list[Path]:
    return [p for classes in layout.files.values() for files in classes.values() for p in files]


def _tables(layout: Layout, root: str) -> Iterator[Path]:
    """Yield the tables in the folders that hold the images, and next to those folders."""
    top = Path(root)
    folders = {top, *(each for each in top.iterdir() if each.is_dir())}
    for file in _files_of(layout):
        parents = [each for each in file.parents if each.is_relative_to(top)]
        folders.update(parents)
    for folder in sorted(folders):
        for path in sorted(folder.glob("*.*")):
            hidden = path.name.startswith(".") or any(path.match(each) for each in layout.ignore)
            if path.suffix.lower() in SUFFIXES and not hidden and path.is_file():
                yield path


def _relabelled(layout: Layout, values: dict[Path, str], origin: str) -> Layout:
    files: dict[str, dict[str, list[Path]]] = {}
    missing: list[Path] = []
    for split, classes in layout.files.items():
        images = [path for each in classes.values() for path in each]
        for path in images:
            if label := values.get(path):
                files.setdefault(split, {}).setdefault(label, []).append(path)
            elif split in ("test", "validation") and not any(p in values for p in images):
                layout.passed_over[WITHOUT_CLASSES].append(path.parent)
            else:
                missing.append(path)
    layout.left_out.update((str(path), f"has no label in {origin}") for path in missing)
    count = len({value for value in values.values() if value})
    if count > min(MOST_CLASSES, max(1, len(values) // 2)) and count > 2:
        raise DataError(
            f"labels '{origin}' gives {count:,} different labels for {len(values):,} images, which "
            "are no classes; set label_column to another column"
        )
    say(f"data: labels of {len(values):,} images from {origin}")
    return replace(layout, files=files)
