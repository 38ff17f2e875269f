"""Finds the table next to the images that gives their classes, if there is one."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from datamodules.errors import DataError
from datamodules.reading.folders.class_names import find_name
from datamodules.reading.folders.label_tools import ExportError
from datamodules.reading.folders.layout import Layout
from datamodules.reading.tables.column_kinds import PREDICTED, UNCLEAR, is_of_groups
from datamodules.reading.tables.columns import (
    LABEL_COLUMNS,
    FileIndex,
    columns_of,
    one_hot_columns,
    plain,
    usual_columns,
)
from datamodules.reading.tables.folders_or_table import labels_of_tables
from datamodules.reading.tables.folds import are_folds, in_order, remark_on_folds
from datamodules.reading.tables.image_texts import found_texts, notes_of_images, refuse_texts
from datamodules.reading.tables.label_columns import Folders, Values
from datamodules.reading.tables.label_tables import (
    UnusableError,
    columns_of_few,
    is_of_labels,
    read_rows,
)
from datamodules.reading.tables.label_texts import remarks_on_texts
from datamodules.reading.tables.labels import read_labels
from datamodules.reading.tables.table_files import (
    display,
    families,
    family_of,
    refuse_other_words,
    scope_of,
    tables_near,
    unread_near,
)
from datamodules.reading.tables.tables import Row, not_utf_8, read_table

# Names of label files that may hold other information, such as captions.
CAPTIONS = ("metadata", "dataset")
# Maximum number of files in a remark.
MOST_NAMED = 3


def found_labels(
    layout: Layout, root: str, class_names: Sequence[str | int] | None = None, *, split: bool = True
) -> str | None:
    """Return the file next to the images that gives their classes; None if folders do.

    If each image has its own text file with its class, this is `*.txt`.

    Args:
        layout: Files by split and folder.
        root: The folder of the data set.
        class_names: Names of classes; if all are folders, no file is searched for.
        split: Whether the file should also give splits.

    Raises:
        DataError: It is unclear whether a file gives them.
    """
    by_folder = layout.training
    if class_names and all(find_name(name, by_folder) for name in class_names):
        return None
    images = [path for files in by_folder.values() for path in files]
    if not images:
        return None
    tables = tables_near(layout, root)
    if split:
        refuse_other_words(tables)
    _remark_on_unread(layout, root, len(by_folder) > 1)
    if len(by_folder) > 1:
        agreed = _agreed(labels_of_tables(Folders(layout, root, by_folder)), root, len(images))
        if agreed is None:
            refuse_texts(layout, root, by_folder)
        return agreed
    note_files = notes_of_images(tables, images, layout, root)
    tables = [path for path in tables if path not in note_files]
    labels_by_table: dict[Path, Values] = {}
    unusable: dict[Path, UnusableError] = {}
    for path in families(tables):
        try:
            if values := _labels_in(path, layout, root, images, split=split):
                labels_by_table[path] = values
        except UnusableError as error:
            unusable[path] = error
    first = _agreed(labels_by_table, root, len(images))
    if first is None:
        layout.remarks += remarks_on_texts(layout, root, images)
    family = family_of(Path(first), tables) if first else {}
    layout.remarks += _on_folds([*labels_by_table], root, family)
    # The advice on a tool's export is better than that on the files next to it.
    exports = {p for p, error in unusable.items() if isinstance(error.__cause__, ExportError)}
    for path, problem in sorted(unusable.items(), key=lambda item: item[0] not in exports):
        if path in family:  # it belongs to another split
            continue
        if first is None and problem.of_labels:
            raise DataError(
                f"{problem}. '{path.name}' looks like a table of the labels, and without it all "
                f"images would be of one class; correct it, or set ignore to '{path.name}'"
            ) from problem
        layout.unused[path] = f"'{display(path, root)}' is not used, since {problem.reason}"
    return first or found_texts(layout, root, images)


def _on_folds(tables: Sequence[Path], root: str, family: Mapping[Path, str]) -> list[str]:
    """Return a remark on unused folds that give labels and splits."""
    unused = [path for path in in_order(tables) if path not in family]
    if not unused or len(family) < 2 or not are_folds(tables):
        return []
    names = [display(path, root) for path in family]
    return [remark_on_folds(names, [display(o, root) for o in unused], given_by_labels=True)]


def _remark_on_unread(layout: Layout, root: str, in_folders: bool) -> None:
    """Add remarks on unsupported files that may be tables, such as spreadsheets.

    Raises:
        DataError: The name of one suggests labels, and no folders give them.
    """
    unread = unread_near(layout, root)
    for path in unread:
        if is_of_labels(path, []) and not in_folders:
            raise DataError(
                f"'{path}' seems to hold the labels, in a format that is not read; save it as "
                f"CSV, or set ignore to '{path.name}', and all images are of one class"
            )
    if unread:
        examples = ", ".join(f"'{display(path, root)}'" for path in unread[:MOST_NAMED])
        suffix = f" and {len(unread) - MOST_NAMED:,} more" if len(unread) > MOST_NAMED else ""
        layout.remarks.append(
            f"{examples}{suffix} {'is' if len(unread) == 1 else 'are'} not read; if labels, splits "
            "or groups of the images are in there, save these as CSV"
        )


def _agreed(labels_by_table: Mapping[Path, Values], root: str, count: int) -> str | None:
    """Return the first table that labels all images; None if there are no tables.

    Raises:
        DataError: No table labels all images, or tables disagree.
    """
    complete = in_order(path for path, values in labels_by_table.items() if len(values) >= count)
    numeric = {path for path in complete if _are_numbers(labels_by_table[path])}
    named = min(complete, key=lambda path: (path in numeric, path), default=None)
    first = next(iter(complete), None) if are_folds(complete) else named
    for path, values in sorted(labels_by_table.items()):
        if first is None:
            _refuse(path, root, f"of {len(values):,} of its {count:,} images")
        elif _disagree(labels_by_table[first], values):
            _refuse(first, root, f"and {path.name} says other labels")
    return str(first) if first else None


def _refuse_columns(
    path: Path, columns: Sequence[str], rows: Sequence[Row], layout: Layout, root: str
) -> None:
    """Refuse a table that may give the labels in one of its columns."""
    if odd := not_utf_8(rows):
        raise DataError(f"'{path}' may give the labels, but {odd}; or set ignore to '{path.name}'")
    single = [c for c in columns if not is_of_groups(c) or plain(c) in UNCLEAR]
    for column in () if single else columns:
        if other := _table_by(column, {row.get(column, "") for row in rows}, path, layout, root):
            raise DataError(
                f"'{root}' holds images without class folders, '{path}' gives the {column} of each "
                f"image, and '{other.name}' says more of each {column}: join the two by {column} "
                f"into one table, or set ignore to [{path.name}, {other.name}]"
            )
    _refuse(path, root, f"in its columns {', '.join(single or columns)}")


def _table_by(column: str, values: set[str], path: Path, layout: Layout, root: str) -> Path | None:
    """Return another table with a row for each value of a column, such as each patient."""
    for other in tables_near(layout, root):
        try:
            rows = read_table(other) if other != path else []
        except DataError:
            continue
        same = [c for c in columns_of(rows) if plain(c) == plain(column)]
        named = [row.get(c, "") for c in same[:1] for row in rows]
        if named and len({*named}) == len(named) and values <= {*named}:
            return other
    return None


def _disagree(labels: Values, others: Values) -> bool:
    """Return whether two tables give an image other labels, and not only numbers for names."""
    pairs = {(labels[file], other) for file, other in others.items() if other and labels[file]}
    one_to_one = len({a for a, _ in pairs}) == len(pairs) == len({b for _, b in pairs})
    numbers_for_names = one_to_one and _are_numbers(others) and not _are_numbers(labels)
    return any(label != other for label, other in pairs) and not numbers_for_names


def _are_numbers(labels: Values) -> bool:
    return all(label.isdecimal() for label in labels.values() if label)


def _labels_in(
    path: Path, layout: Layout, root: str, images: Sequence[Path], *, split: bool
) -> Values:
    """Return the label of each image in a table; {} if it has none.

    Raises:
        DataError: It is unclear which column holds the labels.
        UnusableError: The table can't be read, or names no image.
    """
    index = FileIndex({*images} & set(scope_of(path, layout, root)))
    rows, file_column, _ = read_rows(path, index)
    usual = usual_columns(rows, LABEL_COLUMNS, file_column)
    if len(usual) != 1 and (usual or not one_hot_columns(rows, file_column)):
        certain = is_of_labels(path, []) and path.stem.lower() not in CAPTIONS
        columns = usual or columns_of_few(
            rows, file_column, max_values=len(rows) if certain else 100
        )
        if columns:
            _refuse_columns(path, columns, rows, layout, root)
        if certain:
            reason = "none of its columns has few enough values to be classes"
            raise UnusableError(f"'{path}': {reason}", reason, of_labels=False)
        return {}
    if PREDICTED.search(path.stem):
        reason = "its name says that it holds predictions"
        raise UnusableError(
            f"'{path}' may give the labels, but {reason}; set labels to '{path}' to use them",
            reason,
            of_labels=True,
        )
    values, _ = read_labels(path, layout, root, quiet=True, split=split)
    return {file: value for file, value in values.items() if file in {*images}}


def _refuse(path: Path, root: str, text: str) -> None:
    raise DataError(
        f"'{root}' holds images without class folders, and '{path}' may give their labels {text}; "
        f"set labels to '{path}' and label_column to a column of it, or ignore to '{path.name}'"
    )
