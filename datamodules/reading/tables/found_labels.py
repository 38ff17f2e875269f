"""The table next to the images that says their classes, if there is one."""

import re
from collections.abc import Sequence
from pathlib import Path

from datamodules.errors import DataError
from datamodules.reading.folders.class_folders import given_by, group_pattern, listed
from datamodules.reading.folders.class_names import find_name
from datamodules.reading.folders.walking import Layout
from datamodules.reading.tables.columns import (
    LABEL_COLUMNS,
    FileIndex,
    columns_of,
    one_hot_columns,
    plain,
    usual_columns,
    values_of,
)
from datamodules.reading.tables.file_columns import file_column
from datamodules.reading.tables.labels import read_labels
from datamodules.reading.tables.split_column import SPLIT_COLUMNS, YES_OR_NO, are_splits
from datamodules.reading.tables.table_files import families, scope_of, tables_near
from datamodules.reading.tables.tables import ROWS, Row, read_table

# Files that say of every image below them what it is.
STANDARD = ("metadata.csv", "metadata.jsonl", "dataset.json")
# Names, without extension, of files that give the labels of the images next to them.
USUAL_NAMES = ("metadata", "dataset", "train")
# Of those, files that may say other things of images, such as captions.
CAPTIONS = ("metadata", "dataset")
# Share of the images that a table has to label to be more than a note on some of them.
MOST_OF = 0.9
LABEL_WORDS = frozenset(
    (
        *("label", "labels", "annotation", "annotations", "truth", "groundtruth", "target"),
        *("targets", "diagnosis", "diagnoses"),
    )
)


def found_labels(
    layout: Layout, root: str, named: Sequence[str | int] | None = None, *, split: bool = True
) -> str | None:
    """Return the file next to the images that says their classes, None if folders do.

    Args:
        layout: Files by split and folder.
        root: The folder of the data set.
        named: Names of classes; where they are all folders, nothing else is asked.
        split: Whether the file is also to say splits.

    Raises:
        DataError: A file may say them, and it can't be told whether it does.
    """
    by_folder = layout.files.get("train" if "train" in layout.files else "", {})
    if named and all(find_name(each, by_folder) for each in named):
        return None
    images = [path for files in by_folder.values() for path in files]
    certain: dict[Path, dict[Path, str]] = {}
    partial: dict[Path, dict[Path, str]] = {}
    unusable: dict[Path, _UnusableError] = {}
    for path in families(tables_near(layout, root)):
        try:
            column, values = _classes_in(path, layout, root, by_folder, split=split)
        except _UnusableError as error:
            unusable[path] = error
            continue
        if not column:
            continue
        if len(by_folder) > 1 and not (path.name in STANDARD and len(values) == len(images)):
            _refuse_another(path, by_folder, values, column)
            _refuse_coarser(path, by_folder, values, column, root)
        elif len(by_folder) > 1 and not _cuts_across(by_folder, values):
            _refuse_coarser(path, by_folder, values, column, root)
        else:
            (partial if len(values) < len(images) else certain)[path] = values
    first = min(certain, default=None)
    for path, values in sorted({**certain, **partial}.items()):
        if first is None:
            _refuse(path, root, f"of {len(values):,} of its {len(images):,} images")
        elif any(
            certain[first][file] not in ("", value) for file, value in values.items() if value
        ):
            _refuse(first, root, f"and {path.name} says other labels")
    for path, problem in unusable.items() if len(by_folder) == 1 else ():
        if first is None and problem.of_labels:
            raise DataError(
                f"{problem}. '{path.name}' looks like a table of the labels, and without it all "
                f"images would be of one class; correct it, or set ignore to '{path.name}'"
            ) from problem
        layout.remarks.append(f"'{path.name}' is not used, since {problem.reason}")
    return str(first) if first else None


class _UnusableError(DataError):
    """A table can't be read, or its images can't be told; `of_labels`: it may give the labels."""

    def __init__(self, message: object, reason: str, *, of_labels: bool) -> None:
        super().__init__(message)
        self.reason, self.of_labels = reason, of_labels


def _classes_in(
    path: Path, layout: Layout, root: str, by_folder: dict[str, list[Path]], *, split: bool
) -> tuple[str, dict[Path, str]]:
    """Return a table's column of classes, and that of each image that it names; "" if none.

    Raises:
        DataError: It can't be told which of its columns holds them.
        _UnusableError: The table can't be read, or names no image.
    """
    images = {path for files in by_folder.values() for path in files}
    index = FileIndex(images & set(scope_of(path, layout, root)))
    rows, named = _read(path, index)
    one_hot = one_hot_columns(rows, named)
    columns = usual_columns(rows, LABEL_COLUMNS, named) or one_hot
    if len(by_folder) == 1 and len(columns) != 1 and (not columns or columns != one_hot):
        certain = _is_of_labels(path, []) and path.stem.lower() not in CAPTIONS
        columns = columns or columns_of_few(rows, named, most=len(rows) if certain else 100)
        if columns:
            _refuse(path, root, f"in its columns {', '.join(columns)}")
    if not columns:
        return "", {}
    try:
        if len(columns) > 1 and columns != one_hot:
            each = {c: values_of(rows, named, [c], index, f"'{path}'") for c in columns}
            # Where one says what the folders say, another may say the kind of each class.
            same = (c for c in columns if _as_folders(by_folder, each[c]))
            column = next(same, columns[0])
            return column, each[column]
        values, _ = read_labels(path, layout, root, quiet=True, split=split)
    except DataError:
        if len(by_folder) > 1:
            return "", {}  # of other images, or of a test without folders
        raise
    return columns[0], {file: value for file, value in values.items() if file in images}


def _read(path: Path, index: FileIndex) -> tuple[list[Row], str]:
    """Return a table's rows, and its column of files.

    Raises:
        _UnusableError: It can't be read, or names no image.
    """
    try:
        rows = read_table(path)
    except DataError as error:
        reason = f"it can't be read: {error}"
        raise _UnusableError(error, reason, of_labels=_is_of_labels(path, [])) from error
    of_labels = _is_of_labels(path, rows)
    try:
        named = file_column(rows, index, f"'{path}'")
    except DataError as error:
        raise _UnusableError(error, str(error), of_labels=of_labels) from error
    if named is None:
        head = "its first line" if path.suffix.lower() in ROWS else "each of its rows"
        what = (
            f"names none of the images; {head} must name the columns, such as file and label, and "
            "a column the image files"
        )
        raise _UnusableError(f"'{path}' {what}", f"it {what}", of_labels=of_labels)
    return rows, named


def _is_of_labels(path: Path, rows: Sequence[Row]) -> bool:
    """Return whether a table seems to give labels: by its name, or by its columns.

    Example:
        >>> _is_of_labels(Path("trainLabels.csv"), []), _is_of_labels(Path("notes.csv"), [])
        (True, False)
    """
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", path.stem).lower().replace("ground_", "ground")
    if name in USUAL_NAMES or LABEL_WORDS & {*re.split(r"[\W\d_]+", name)}:
        return True
    # The columns of a JSON file may be those that a mapping is read as.
    return path.suffix.lower() in (*ROWS, ".jsonl") and bool(usual_columns(rows, LABEL_COLUMNS, ""))


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


def _refuse_coarser(
    path: Path,
    by_folder: dict[str, list[Path]],
    values: dict[Path, str],
    column: str,
    root: str,
) -> None:
    """Refuse labels of nearly all images that several folders share: the folders may be parts."""
    files = [file for own in by_folder.values() for file in own]
    given = sorted({values[file] for file in files if values.get(file)})
    labelled = sum(bool(values.get(file)) for file in files)
    if labelled < MOST_OF * len(files) or not 1 < len(given) < len(_label_of(by_folder, values)):
        return
    folders = {p for name, own in by_folder.items() for p in own[0].parents if p.name == name}
    raise DataError(
        f"the folders {listed(sorted(by_folder), 3)} may be classes, but '{path}' gives several of "
        f"them the same label in {column}, such as {listed(given, 3)}; if these are the classes, "
        f"set labels to '{path}', and {given_by('groups', group_pattern(folders, files, root))} "
        f"to keep the images of each folder in one split; if the folders are, set ignore to "
        f"'{path.name}'"
    )


def _label_of(by_folder: dict[str, list[Path]], values: dict[Path, str]) -> dict[str, str]:
    """Return the label of each folder that has some, by the first of its images with one."""
    found = {name: [values[f] for f in own if values.get(f)] for name, own in by_folder.items()}
    return {name: labels[0] for name, labels in found.items() if labels}


def _as_folders(by_folder: dict[str, list[Path]], values: dict[Path, str]) -> bool:
    """Return whether each folder has a label of its own."""
    labels = _label_of(by_folder, values)
    single = len(labels) == len(by_folder) == len({*labels.values()})
    return single and not _cuts_across(by_folder, values)


def _cuts_across(by_folder: dict[str, list[Path]], values: dict[Path, str]) -> list[str]:
    """Return a folder whose images have several labels, and those labels; [] if none has."""
    for name, files in by_folder.items():
        given = sorted({values[file] for file in files if values.get(file)})
        if len(given) > 1:
            return [name, *given]
    return []


def columns_of_few(rows: Sequence[Row], named: str, most: int = 100) -> list[str]:
    """Return columns, but those of files and splits, with few enough values to be classes."""
    most = min(most, len(rows) // 2)
    splits = (*SPLIT_COLUMNS, *YES_OR_NO)
    others = [c for c in columns_of(rows) if c != named and plain(c) not in splits]
    found = {c: {row.get(c, "") for row in rows} for c in others}
    return [c for c, values in found.items() if 2 <= len(values) <= most and not are_splits(values)]
