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
from datamodules.reading.folders.folder_names import split_of
from datamodules.reading.folders.layouts import WITHOUT_CLASSES
from datamodules.reading.folders.walking import Layout
from datamodules.reading.tables.column_kinds import is_of_classes
from datamodules.reading.tables.columns import (
    FileIndex,
    columns_of,
    one_hot_columns,
    plain,
    values_of,
)
from datamodules.reading.tables.label_tables import UnusableError, is_of_labels, read_rows
from datamodules.reading.tables.names_file import named_numbers
from datamodules.reading.tables.table_files import files_of, shown, tables_near, texts_near
from datamodules.reading.tables.tables import Row, read_table

# Words in the names of tables that hold predictions or placeholders instead of labels.
NOT_TRUE = re.compile(r"submi(?:t|ssion)|sample|predict|preds?(?![a-z])", re.I)
# And in the names of such columns.
NOT_TRUE_COLUMN = re.compile(rf"{NOT_TRUE.pattern}|result|baseline", re.I)
ANSWERS = re.compile(r"solution|answer|annotation", re.I)

Labels = dict[Path, str]


class Named(NamedTuple):
    """The columns that arguments name; None if they don't."""

    label_column: str | None = None
    image_column: str | None = None


NONE_NAMED = Named()


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


def with_held_out_labels(layout: Layout, root: str, named: Named = NONE_NAMED) -> Layout:
    """Return a layout in which tables label the held-out folders that have no class folders.

    A table is used if it gives each image of such a folder a class of the training images. A table
    that seems to hold these labels but can't be used is named in a remark.

    Args:
        layout: Files by split and class.
        root: The folder of the data set.
        named: The columns to read.
    """
    files = dict(layout.files)
    for split, images in layout.without_class.items():
        tables = [*_tables(split, images, layout, root, named)]
        full = [each for each in tables if len(each.labels) == len(images)]
        if full and all(each.labels == full[0].labels for each in full):
            used, labels = full[0].path, full[0].labels
            layout.use(used)
            by_class: dict[str, list[Path]] = {}
            for image in images:
                by_class.setdefault(labels[image], []).append(image)
            files[split] = by_class
            _count_as_read(layout, images)
            _drop_remarks(layout, used, root)
            origin = shown(used, root)
            say(printable(f"data: labels of {len(images):,} {split} images from {origin}"))
        else:
            _add_remark(full or tables, images, layout, root)
    return replace(layout, files=files)


def _count_as_read(layout: Layout, images: Sequence[Path]) -> None:
    """Remove the folders of images from what was passed over."""
    read = {parent for image in images for parent in image.parents}
    passed = layout.passed_over.pop(WITHOUT_CLASSES, [])
    if kept := [each for each in passed if each not in read]:
        layout.passed_over[WITHOUT_CLASSES] = kept


def _drop_remarks(layout: Layout, table: Path, root: str) -> None:
    """Drop what the search for labels of training images said about a table."""
    layout.unused.pop(table, None)
    start = f"'{shown(table, root)}' is not"
    layout.remarks[:] = [each for each in layout.remarks if not each.startswith(start)]


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
            f"'{shown(table.path, root)}' names images of '{_folder_of(images, root)}', which has "
            f"no class folders, and is not used, since {why}"
        )
        return


def _folder_of(images: Sequence[Path], root: str) -> str:
    folder = images[0].parent
    return str(folder.relative_to(root) if folder.is_relative_to(root) else folder)


def _tables(
    split: str, images: Sequence[Path], layout: Layout, root: str, named: Named
) -> Iterator[_Table]:
    """Yield the tables that name images of a held-out folder.

    Those that also name other images must give them the classes that they have.
    """
    near = replace(layout, files={**layout.files, split: {"": [*images]}})
    index, others = FileIndex(images), FileIndex(files_of(layout))
    known = {f: c for own in layout.files.values() for c, files in own.items() for f in files}
    classes = [*layout.files.get("train", {})]
    for path in [*tables_near(near, root), *texts_near(near, root)]:
        of_split = {split_of(word) for word in re.split(r"[\W_]+", path.stem)} - {None}
        within = path.parent != Path(root) and images[0].is_relative_to(path.parent)
        if of_split - {split} or NOT_TRUE.search(path.stem):
            continue
        try:
            rows, column = _rows(path, index, named)
            # Training images may have the same names.
            below = within and not any(f.is_relative_to(path.parent) for f in others.files)
            shared = not (of_split or below) and any(others.find(r.get(column, "")) for r in rows)
            scope = FileIndex([*images, *known]) if shared else index
            files = values_of(rows, column, [], scope, f"'{path}'")
        except (UnusableError, DataError):
            continue
        if not index.files & files.keys():
            continue
        folders = [path.parent, path.parent.parent, Path(root)]
        labels, problem = _Columns(rows, column, scope, classes, folders).read(named, layout)
        ours = {file: label for file, label in labels.items() if file in index.files}
        if shared:
            if not ours:  # a table of the training images, or of notes
                continue
            if any(known.get(file, label) != label for file, label in labels.items()):
                problem = "it gives other images other classes than their folders: correct them"
        seems = bool(problem) or is_of_labels(path, rows) or bool(ANSWERS.search(path.stem))
        yield _Table(path, {} if problem else ours, seems, problem)


def _rows(path: Path, index: FileIndex, named: Named) -> tuple[list[Row], str]:
    """Return the rows per image and the column of files."""
    if named.image_column:
        rows = read_table(path)
        if column := _column(named.image_column, columns_of(rows)):
            return rows, column
    rows, found, _ = read_rows(path, index)
    return rows, found


def _column(name: str, columns: Sequence[str]) -> str | None:
    return next((c for c in columns if plain(c) == plain(name)), None)


class _Columns(NamedTuple):
    """A table in which to look for the column of classes.

    Attributes:
        rows: The rows of the table.
        files: The column of files.
        named: The files that it may name.
        classes: The classes of the training images.
        folders: Where to look for names of numbered classes, nearest first.
    """

    rows: Sequence[Row]
    files: str
    named: FileIndex
    classes: Sequence[str]
    folders: Sequence[Path]

    def read(self, named: Named, layout: Layout) -> tuple[Labels, str]:
        """Return the class of each image, and why they can't be used or ""."""
        columns = [c for c in columns_of(self.rows) if c != self.files]
        if named.label_column:
            column = _column(named.label_column, columns)
            if column is None:
                return {}, f"it has no column '{named.label_column}', which label_column names"
            certain, others = [[column]], list[list[str]]()
        else:
            columns = [c for c in columns if not NOT_TRUE_COLUMN.search(c)]
            certain = [[c] for c in columns if is_of_classes(c)]
            others = [[c] for c in columns if [c] not in certain]
            kept = [{c: row.get(c, "") for c in (self.files, *columns)} for row in self.rows]
            one_hot = [] if certain else one_hot_columns(kept, self.files)
            certain += [one_hot] if one_hot else []
        strange: list[str] = []
        found: dict[str, Labels] = {}
        for each in [*certain, *others]:
            try:
                values = values_of(self.rows, self.files, each, self.named, "")
            except (DataError, ValueError):
                continue
            values = {file: value for file, value in values.items() if value}
            class_of = self._classes_of({*values.values()}, layout)
            unknown = sorted(value for value, name in class_of.items() if name is None)
            if not unknown and values:
                # Numbers in a column of any other name may be ages or counts.
                if each in others and (found or any(map(str.isdecimal, self.classes))):
                    continue
                found[each[0]] = {file: str(class_of[value]) for file, value in values.items()}
            elif each not in others and not strange:
                strange = unknown
        if not found:
            known = listed(sorted(self.classes), 3)
            wrong = f"its labels {listed(strange, 3)} are no training classes ({known})"
            return {}, f"{wrong}; use those names" if strange else ""
        first, *more = found
        if other := next((each for each in more if found[each] != found[first]), None):
            return {}, f"its columns '{first}' and '{other}' disagree; delete one"
        return found[first], ""

    def _classes_of(self, values: set[str], layout: Layout) -> Mapping[str, str | None]:
        """Return the class that each value names, by itself or as a number in a list of names."""
        class_of = {value: _class_of(value, self.classes) for value in values}
        if None not in class_of.values():
            return class_of
        read: list[Path] = []
        try:
            names = named_numbers(values, self.folders, use=read.append, quiet=True)
        except DataError:  # it is unclear whether they count from 0 or 1
            return class_of
        if not names or not {*names.values()} <= {*self.classes}:
            return class_of
        layout.use(read[0])
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
        alike = same_letters(text, classes)
        if name := find_name(text, classes) or (alike[0] if len(alike) == 1 else None):
            return name
        if text.isdecimal():
            equal = [name for name in classes if name.isdecimal() and int(name) == int(text)]
            if len(equal) == 1:
                return equal[0]
    return None


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"-?\d+(?:\.\d+)?", text))
