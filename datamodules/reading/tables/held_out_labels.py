"""Labels of a test or validation folder without class folders, in a table next to it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from datamodules.console import say
from datamodules.errors import DataError
from datamodules.printing import printable
from datamodules.reading.folders.class_folders import listed
from datamodules.reading.folders.class_names import find_name, same_letters
from datamodules.reading.folders.finder import WITHOUT_CLASSES
from datamodules.reading.folders.layout import Layout
from datamodules.reading.tables.column_kinds import NOT_TRUE, NOT_TRUE_COLUMN, is_of_classes
from datamodules.reading.tables.columns import (
    FileIndex,
    columns_of,
    one_hot_columns,
    plain,
    values_of,
    whole_numbers,
)
from datamodules.reading.tables.label_tables import UnusableError, is_of_labels, read_rows
from datamodules.reading.tables.names_file import named_numbers
from datamodules.reading.tables.table_files import (
    display,
    splits_in_name,
    tables_near,
    texts_near,
)
from datamodules.reading.tables.tables import Row, read_table

ANSWERS = re.compile(r"solution|answer|annotation", re.I)

Labels = dict[Path, str]


class NamedColumns(NamedTuple):
    """The columns that arguments name; None if they don't."""

    label_column: str | None = None
    image_column: str | None = None


NONE_NAMED = NamedColumns()


class _Table(NamedTuple):
    """A table that names images of a folder without classes.

    Attributes:
        path: The table.
        labels: The class of each image, {} if no column gives classes of the training images.
        seems: Whether it seems meant for labels.
        problem: Why its labels can't be used; "" if it has none, or they can.
    """

    path: Path
    labels: Labels
    seems: bool
    problem: str


def with_held_out_labels(layout: Layout, root: str, arguments: NamedColumns = NONE_NAMED) -> Layout:
    """Return a layout in which tables label the held-out folders that have no class folders.

    A table is used if it gives each image of such a folder a class of the training images. A table
    that seems to hold these labels but can't be used is named in a remark.

    Args:
        layout: Files by split and class.
        root: The folder of the data set.
        arguments: The columns to read.
    """
    files = dict(layout.files)
    for split, images in layout.without_class.items():
        tables = [*_tables(split, images, layout, root, arguments)]
        complete = [table for table in tables if len(table.labels) == len(images)]
        if complete and all(table.labels == complete[0].labels for table in complete):
            path, labels = complete[0].path, complete[0].labels
            layout.use(path)
            by_class: dict[str, list[Path]] = {}
            for image in images:
                by_class.setdefault(labels[image], []).append(image)
            files[split] = by_class
            _count_as_read(layout, images)
            _drop_remarks(layout, path, root)
            origin = display(path, root)
            say(printable(f"data: labels of {len(images):,} {split} images from {origin}"))
        else:
            _add_remark(complete or tables, images, layout, root)
    return replace(layout, files=files)


def _count_as_read(layout: Layout, images: Sequence[Path]) -> None:
    """Remove the folders of images from what was passed over."""
    read = {parent for image in images for parent in image.parents}
    folders = layout.passed_over.pop(WITHOUT_CLASSES, [])
    if remaining := [folder for folder in folders if folder not in read]:
        layout.passed_over[WITHOUT_CLASSES] = remaining


def _drop_remarks(layout: Layout, table: Path, root: str) -> None:
    """Drop what the search for labels of training images said about a table."""
    layout.unused.pop(table, None)
    start = f"'{display(table, root)}' is not"
    layout.remarks[:] = [remark for remark in layout.remarks if not remark.startswith(start)]


def _add_remark(
    tables: Sequence[_Table], images: Sequence[Path], layout: Layout, root: str
) -> None:
    """Add a remark on the first table that seems meant for labels and is not used."""
    for table in tables:
        if not table.labels and not table.seems:
            continue
        if table.problem:
            why = table.problem
        elif len(table.labels) == len(images):
            why = "another table gives other labels: name one of them in ignore"
        elif table.labels:
            why = (
                f"it labels only {len(table.labels):,} of {len(images):,} images; add the others, "
                "or remove the images without a label"
            )
        else:
            why = "no column gives their classes: write a CSV with the columns file and label"
        _drop_remarks(layout, table.path, root)
        layout.remarks.append(
            f"'{display(table.path, root)}' names images of '{_folder_of(images, root)}', which "
            f"has no class folders, and is not used, since {why}"
        )
        return


def _folder_of(images: Sequence[Path], root: str) -> str:
    folder = images[0].parent
    return str(folder.relative_to(root) if folder.is_relative_to(root) else folder)


def _tables(
    split: str, images: Sequence[Path], layout: Layout, root: str, arguments: NamedColumns
) -> Iterator[_Table]:
    """Yield the tables that name images of a held-out folder.

    Those that also name other images must give them the classes that they have.
    """
    full_layout = replace(layout, files={**layout.files, split: {"": [*images]}})
    index, labeled = FileIndex(images), FileIndex(layout.all_files)
    class_of = {
        f: c for classes in layout.files.values() for c, files in classes.items() for f in files
    }
    classes = [*layout.files.get("train", {})]
    for path in [*tables_near(full_layout, root), *texts_near(full_layout, root)]:
        splits = splits_in_name(path)
        within = path.parent != Path(root) and images[0].is_relative_to(path.parent)
        if splits - {split} or NOT_TRUE.search(path.stem):
            continue
        try:
            rows, column = _rows(path, index, arguments)
            # Training images may have the same names.
            below = within and not any(f.is_relative_to(path.parent) for f in labeled.files)
            shared = not (splits or below) and any(labeled.find(r.get(column, "")) for r in rows)
            scope = FileIndex([*images, *class_of]) if shared else index
            files = values_of(rows, column, [], scope, f"'{path}'")
        except (UnusableError, DataError):
            continue
        if not index.files & files.keys():
            continue
        folders = [path.parent, path.parent.parent, Path(root)]
        labels, problem = _Columns(rows, column, scope, classes, folders).read(arguments, layout)
        image_labels = {file: label for file, label in labels.items() if file in index.files}
        if shared:
            if not image_labels:  # a table of the training images, or of notes
                continue
            if any(class_of.get(file, label) != label for file, label in labels.items()):
                problem = "it gives other images other classes than their folders: correct them"
        seems = bool(problem) or is_of_labels(path, rows) or bool(ANSWERS.search(path.stem))
        yield _Table(path, {} if problem else image_labels, seems, problem)


def _rows(path: Path, index: FileIndex, arguments: NamedColumns) -> tuple[list[Row], str]:
    """Return the rows per image and the column of files."""
    if arguments.image_column:
        rows = read_table(path)
        if column := _column(arguments.image_column, columns_of(rows)):
            return rows, column
    rows, file_column, _ = read_rows(path, index)
    return rows, file_column


def _column(name: str, columns: Sequence[str]) -> str | None:
    return next((c for c in columns if plain(c) == plain(name)), None)


class _Columns(NamedTuple):
    """A table in which to look for the column of classes.

    Attributes:
        rows: The rows of the table.
        files: The column of files.
        file_index: The files that it may name.
        classes: The classes of the training images.
        folders: Where to look for names of numbered classes, nearest first.
    """

    rows: Sequence[Row]
    files: str
    file_index: FileIndex
    classes: Sequence[str]
    folders: Sequence[Path]

    def read(self, arguments: NamedColumns, layout: Layout) -> tuple[Labels, str]:
        """Return the class of each image, and why they can't be used or ""."""
        columns = [c for c in columns_of(self.rows) if c != self.files]
        if arguments.label_column:
            column = _column(arguments.label_column, columns)
            if column is None:
                return {}, f"it has no column '{arguments.label_column}', which label_column names"
            certain, uncertain = [[column]], list[list[str]]()
        else:
            columns = [c for c in columns if not NOT_TRUE_COLUMN.search(c)]
            certain = [[c] for c in columns if is_of_classes(c)]
            uncertain = [[c] for c in columns if [c] not in certain]
            rows = [{c: row.get(c, "") for c in (self.files, *columns)} for row in self.rows]
            one_hot = [] if certain else one_hot_columns(rows, self.files)
            certain += [one_hot] if one_hot else []
        strange: list[str] = []
        labels: dict[str, Labels] = {}
        for group in [*certain, *uncertain]:
            try:
                values = values_of(self.rows, self.files, group, self.file_index, "")
                values = whole_numbers(values)
            except (DataError, ValueError):
                continue
            values = {file: value for file, value in values.items() if value}
            class_of = self._classes_of({*values.values()}, layout)
            unknown = sorted(value for value, name in class_of.items() if name is None)
            if not unknown and values:
                # Numbers in a column of any other name may be ages or counts.
                if group in uncertain and (labels or any(map(str.isdecimal, self.classes))):
                    continue
                labels[group[0]] = {file: str(class_of[value]) for file, value in values.items()}
            elif group not in uncertain and not strange:
                strange = unknown
        if not labels:
            examples = listed(sorted(self.classes), 3)
            problem = f"its labels {listed(strange, 3)} are no training classes ({examples})"
            return {}, f"{problem}; use those names" if strange else ""
        first, *later = labels
        if other := next((column for column in later if labels[column] != labels[first]), None):
            return {}, f"its columns '{first}' and '{other}' disagree; delete one"
        return labels[first], ""

    def _classes_of(self, values: set[str], layout: Layout) -> Mapping[str, str | None]:
        """Return the class that each value names, by itself or as a number in a list of names."""
        class_of = {value: _class_of(value, self.classes) for value in values}
        if None not in class_of.values():
            return class_of
        used_paths: list[Path] = []
        try:
            names = named_numbers(values, self.folders, use=used_paths.append, quiet=True)
        except DataError:  # it is unclear whether they count from 0 or 1
            return class_of
        if not names or not {*names.values()} <= {*self.classes}:
            return class_of
        layout.use(used_paths[0])
        return names


def _class_of(value: str, classes: Sequence[str]) -> str | None:
    """Return the class that a value names, alone or before a box; None if there is none.

    Example:
        >>> [_class_of(v, ["00001", "cat", "sea lion"]) for v in ("1", "Cat", "cat 0 0 9 9", "fox")]
        ['00001', 'cat', 'cat', None]
    """
    words = value.split()
    texts = [value, *words[:1]] if len(words) > 1 and all(map(_is_number, words[1:])) else [value]
    for text in texts:
        similar = same_letters(text, classes)
        if name := find_name(text, classes) or (similar[0] if len(similar) == 1 else None):
            return name
        if text.isdecimal():
            equal = [name for name in classes if name.isdecimal() and int(name) == int(text)]
            if len(equal) == 1:
                return equal[0]
    return None


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"-?\d+(?:\.\d+)?", text))
