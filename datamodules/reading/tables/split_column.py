"""Reads splits from a table's column that names the split of each image."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from datamodules.errors import DataError
from datamodules.reading.folders.folder_names import are_translated_splits, splits_among
from datamodules.reading.folders.layout import Layout
from datamodules.reading.tables.columns import FileIndex, columns_of, plain, values_of
from datamodules.reading.tables.tables import Row

SPLIT_COLUMNS = frozenset(
    (
        *("split", "splits", "set", "subset", "fold", "partition", "phase", "dataset", "datasplit"),
        *("splitname", "settype", "usage", "stage", "mode"),
    )
)
NUMBERED = frozenset(("split", "splits", "partition", "subset", "datasplit", "splitname"))
FOLDS = frozenset(("fold", "folds", "kfold", "foldid", "cvfold"))
MOST_SPLITS = 6
# Columns with the values yes and no, and the split that each stands for.
YES_OR_NO = {
    **dict.fromkeys(("isvalid", "isval", "isvalidation"), ("validation", "train")),
    "istest": ("test", "train"),
    **dict.fromkeys(("istrain", "istraining"), ("train", "test")),
}
WORDS = {**dict.fromkeys(("1", "true", "yes"), 0), **dict.fromkeys(("0", "false", "no"), 1)}


def split_column(rows: Sequence[Row], origin: str) -> str | None:
    """Return the column that names splits, or None.

    Numbered cross-validation folds are not splits.

    Raises:
        DataError: Only some of a column's values are splits, or two columns disagree.

    Example:
        >>> split_column([{"file": "1.png", "set": "train"}, {"file": "2.png", "set": "TEST"}], "x")
        'set'
    """
    splits_by_column: dict[str, list[str | None]] = {}
    for column in columns_of(rows):
        values = sorted({row[column] for row in rows if row.get(column)})
        split_by_value = meanings(column, values)
        strange = [value for value in values if value not in split_by_value]
        translated = plain(column) in SPLIT_COLUMNS and are_translated_splits(values)
        if len(strange) == len(values) and not translated:
            continue
        if strange:
            raise DataError(
                f"{origin} has a column {column} of splits with the values "
                f"{', '.join(values[:8])}; write train, val or test in each row, or remove or "
                "rename the column, and images are split by data.validation and data.test"
            )
        splits_by_column[column] = [split_by_value.get(row.get(column, "")) for row in rows]
    if any(splits != next(iter(splits_by_column.values())) for splits in splits_by_column.values()):
        raise DataError(
            f"{origin} has the columns {' and '.join(splits_by_column)}, which split the images in "
            "several ways; remove or rename all but one"
        )
    return next(iter(splits_by_column), None)


def meanings(column: str, values: Collection[str]) -> dict[str, str]:
    """Return the split that each value of a column stands for; {} if it holds no splits.

    Example:
        >>> meanings("is_valid", ["True", "False"])
        {'True': 'validation', 'False': 'train'}
    """
    if answers := YES_OR_NO.get(plain(column)):
        return {v: answers[WORDS[v.lower()]] for v in values if v.lower() in WORDS}
    return splits_among(values) if plain(column) in SPLIT_COLUMNS else {}


def are_splits(values: Collection[str]) -> bool:
    """Return whether values stand for splits, regardless of the column's name.

    Example:
        >>> are_splits(["train", "val"]), are_splits(["train", "bus"])
        (True, False)
        >>> are_splits(["training", "validierung", "prüfung"])
        True
    """
    if not 1 < len(values) <= MOST_SPLITS:
        return False
    splits = splits_among(values)
    is_complete = len(splits) == len(values) and {"train"} < {*splits.values()}
    return is_complete or are_translated_splits(values)


def unused_splits(rows: Sequence[Row], origin: str) -> list[str]:
    """Return a remark on a column that could split the images but is not used.

    Such columns hold numbered splits, whose meaning is unknown, or have unusual names.
    """
    for column in columns_of(rows):
        values = sorted({row[column] for row in rows if row.get(column)})
        if plain(column) in NUMBERED and values and {*values} <= {"0", "1", "2"}:
            return [
                f"the column {column} of {origin} holds {', '.join(values)} and splits nothing; "
                "write train, val and test in their place to split the images by it"
            ]
        if plain(column) in FOLDS and len(values) > 1 and all(map(str.isdecimal, values)):
            return [
                f"the column {column} of {origin} holds {', '.join(values[:5])} and splits "
                "nothing; to test on one of these folds, write test in its rows and train in the "
                "others, and rename the column to split"
            ]
        is_usual = plain(column) in SPLIT_COLUMNS or plain(column) in YES_OR_NO
        if not is_usual and are_splits(values):
            is_complete = len(splits_among(values)) == len(values)
            suffix = "" if is_complete else ", and write train, val and test in it,"
            return [
                f"the column {column} of {origin} holds {', '.join(values)} and splits nothing; "
                f"rename it to split{suffix} to split the images by it"
            ]
    return []


def splits_of(
    rows: Sequence[Row], files: str, column: str, index: FileIndex, origin: str
) -> dict[Path, str]:
    """Return the split of each file in a table; "" if its row has none.

    Args:
        rows: The table.
        files: The column of files.
        column: The column of splits.
        index: The files.
        origin: The table's name in messages.

    Raises:
        DataError: A name matches several files, or a file is in two splits.
    """
    values = values_of(rows, files, [column], index, origin)
    split_by_value = meanings(column, {value for value in values.values() if value})
    return {path: split_by_value.get(value, "") for path, value in values.items()}


def with_splits(layout: Layout, splits: dict[Path, str], origin: str) -> Layout:
    """Return a layout split by a table, or by folders for files without a split in it.

    Args:
        layout: Files by split and class.
        splits: Splits of files; "" for none.
        origin: The table's name in messages.

    Raises:
        DataError: A file is in the folder of another split, or no training images remain.
    """
    if not splits:
        return layout
    files: dict[str, dict[str, list[Path]]] = {}
    for folder, classes in layout.files.items():
        for name, path in ((name, path) for name, paths in classes.items() for path in paths):
            split = splits.get(path, folder)
            if folder in ("validation", "test") and split != folder:
                raise DataError(
                    f"'{path}' lies in the {folder} folder, and {origin} says "
                    f"{split or 'nothing'} of its split; move the file, or change its row"
                )
            if split:
                files.setdefault(split, {}).setdefault(name, []).append(path)
            else:
                layout.left_out[str(path)] = f"has no split in {origin}"
    if "train" not in files:
        raise DataError(
            f"by the splits in {origin} there is no image to train on (only "
            f"{' and '.join(sorted(files))}); write train in the rows of some, or remove the column"
        )
    return replace(layout, files=files)
