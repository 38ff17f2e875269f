"""Reads classes and splits of a Hugging Face `datasets` set by the types of its columns."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from datamodules.errors import DataError
from datamodules.reading.folders.finder import WITHOUT_CLASSES
from datamodules.reading.folders.folder_names import is_unlabeled, splits_among
from datamodules.reading.folders.layout import IGNORED, Layout
from datamodules.reading.images.saved_rows import image_column_of, load_saved, row_path
from datamodules.reading.tables.columns import LABEL_COLUMNS, plain
from datamodules.reading.tables.names_file import named_numbers
from datamodules.reading.tables.split_column import (
    SPLIT_COLUMNS,
    YES_OR_NO,
    meanings,
    split_column,
    with_splits,
)


def find_rows(root: str, settings: Mapping[str, Any], *, split: bool = True) -> Layout:
    """Find the images of a set, by class and split.

    Args:
        root: A folder that `save_to_disk` wrote, or that holds parquet files.
        settings: The data module's image_column, label_column, ignore and labels.
        split: Whether to distinguish splits.

    Raises:
        DataError: The set can't be read, or its columns or splits are unclear.
    """
    if settings["labels"]:
        raise DataError(
            f"labels is {settings['labels']}, and '{root}' is a set of Hugging Face's datasets, "
            "whose classes are in a column: leave labels out, or name the column in label_column"
        )
    layout, split_by_path = Layout(ignore=settings["ignore"] or ()), dict[Path, str]()
    saved, label_column = load_saved(root), settings["label_column"]
    splits = _splits(root, saved, layout) if split else dict.fromkeys(saved, "")
    tables = [(split_name, *part) for name, split_name in splits.items() for part in saved[name]]
    labeled = any(
        _label_columns(t, label_column)
        for split_name, _, t in tables
        if split_name in ("", "train")
    )
    for split_name, folder, table in tables:
        image = image_column_of(table.features, settings["image_column"], root)
        held_out = split_name in ("validation", "test")
        unlabeled = held_out and labeled and not _label_columns(table, label_column)
        labels = [] if unlabeled else _labels(table, label_column, root, image)
        paths = [row_path(folder, image, row) for row in range(len(table))]
        if held_out and not any(labels):
            layout.passed_over[WITHOUT_CLASSES].append(folder)
            continue
        classes = layout.files.setdefault(split_name, {})
        for path, label in zip(paths, labels, strict=True):
            if label:
                classes.setdefault(label, []).append(path)
            else:
                layout.left_out[str(path)] = "has no label"
        split_by_path |= _splits_by_column(table, paths, root) if split else {}
    names = named_numbers(
        {name for classes in layout.files.values() for name in classes}, [Path(root)]
    )
    for split_name, classes in layout.files.items():
        layout.files[split_name] = {names.get(name, name): paths for name, paths in classes.items()}
    return with_splits(layout, split_by_path, f"'{root}'")


def group_of_rows(column: str, paths: Sequence[str], root: str) -> dict[str, str]:
    """Return the value of a column for each row, by the row's path.

    Raises:
        DataError: There is no such column.
    """
    values: dict[Path, list[Any]] = {}
    for folder, table in (part for split in load_saved(root).values() for part in split):
        if column not in table.features:
            raise DataError(
                f"groups '{column}' is no column of '{root}', which has {', '.join(table.features)}"
            )
        values[folder] = table[column][:]
    groups = {}
    for path in paths:
        if (folder := Path(path).parents[1]) not in values:
            raise DataError(f"groups '{column}' gives no group for '{path}', which is no row")
        groups[path] = str(values[folder][int(Path(path).name)])
    return groups


def _splits(root: str, saved: Mapping[str, Any], layout: Layout) -> dict[str, str]:
    """Return the set's splits to read, each with the split that it stands for."""
    names = [name for name in saved if not layout.ignores(Path(name))]
    if ignored := [Path(root) / name for name in saved if name not in names]:
        layout.passed_over[IGNORED] += ignored
    known_splits = splits_among([name for name in names if name])
    unclear = [name for name in names if name not in known_splits]
    unlabeled = [name for name in unclear if is_unlabeled(name) or name == "unsupervised"]
    if len(names) == 1:
        return {names[0]: ""}
    if unlabeled:
        layout.passed_over[WITHOUT_CLASSES] += [Path(root) / name for name in unlabeled]
    unclear = [name for name in unclear if name not in unlabeled]
    if unclear or "train" not in known_splits.values():
        raise DataError(
            f"'{root}' has the splits {', '.join(names)}, of which {', '.join(unclear) or 'none'} "
            f"{'can not be told' if unclear else 'is to train on'}; name those to leave out in "
            "ignore, or give root the folder of one split"
        )
    return known_splits


def _labels(table: Any, column: str | None, root: str, image: str) -> list[str]:
    """Return the class of each row, "" for none; without labels, all have the same class."""
    from datasets import ClassLabel

    features = {name: kind for name, kind in table.features.items() if name != image}
    if column is not None and column not in features:
        raise DataError(
            f"label_column '{column}' is no column of '{root}', which has {', '.join(features)}"
        )
    scalars = [name for name, kind in features.items() if hasattr(kind, "dtype")]
    columns = [name for name in _label_columns(table, column) if name != image]
    if not columns and not scalars:
        return [Path(root).absolute().name] * len(table)
    if len(columns) != 1:
        problem = f"the columns {', '.join(columns)}" if columns else "no column"
        raise DataError(
            f"'{root}' has {problem} that may hold the labels; set label_column to one of "
            f"{', '.join(columns or scalars)}"
        )
    kind, values = features[columns[0]], table[columns[0]][:]
    if isinstance(kind, ClassLabel):
        return ["" if v is None or v < 0 else str(kind.int2str(v)) for v in values]
    if not hasattr(kind, "dtype"):
        raise DataError(
            f"label_column '{columns[0]}' of '{root}' holds {type(kind).__name__}, and an image "
            "has one class: name a column of numbers or texts"
        )
    return ["" if value is None else str(value) for value in values]


def _label_columns(table: Any, label_column: str | None) -> list[str]:
    """Return the named column, or else the columns typed as classes or with usual names."""
    from datasets import ClassLabel

    features = table.features
    if label_column is not None:
        return [label_column] if label_column in features else []
    usual = {plain(name) for name in LABEL_COLUMNS}
    return [name for name, kind in features.items() if isinstance(kind, ClassLabel)] or [
        name for name, kind in features.items() if hasattr(kind, "dtype") and plain(name) in usual
    ]


def _splits_by_column(table: Any, paths: Sequence[Path], root: str) -> dict[Path, str]:
    """Return the split of each row by a column of splits; {} if there is none."""
    columns = [n for n in table.features if plain(n) in (*SPLIT_COLUMNS, *YES_OR_NO)]
    values = {name: _texts(table, name) for name in columns}
    rows = [{name: values[name][row] for name in columns} for row in range(len(table))]
    if not columns or (column := split_column(rows, f"'{root}'")) is None:
        return {}
    split_by_value = meanings(column, {value for value in values[column] if value})
    return {
        path: split_by_value.get(value, "")
        for path, value in zip(paths, values[column], strict=True)
    }


def _texts(table: Any, column: str) -> list[str]:
    kind, values = table.features[column], table[column][:]
    name = getattr(kind, "int2str", str)
    return ["" if value is None else str(name(value)) for value in values]
