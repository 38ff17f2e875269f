"""Labels of a test or validation folder without class folders, in a table next to it."""

import re
from collections.abc import Iterator, Sequence
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
from datamodules.reading.tables.columns import FileIndex, columns_of, one_hot_columns, values_of
from datamodules.reading.tables.label_tables import UnusableError, is_of_labels, read_rows
from datamodules.reading.tables.table_files import files_of, shown, tables_near, texts_near
from datamodules.reading.tables.tables import Row

# Words in the names of tables that hold predictions or placeholders instead of labels.
NOT_TRUE = re.compile(r"submi(?:t|ssion)|sample|predict|preds?(?![a-z])|result|baseline", re.I)
ANSWERS = re.compile(r"solution|answer|annotation", re.I)

Labels = dict[Path, str]


class _Table(NamedTuple):
    """A table that names images of a folder without classes.

    Attributes:
        path: The table.
        labels: The class of each image, {} if no column gives classes of the training images.
        named: How many images it names.
        seems: Whether it seems meant for labels.
        strange: Values of its column of classes that are no classes of the training images.
    """

    path: Path
    labels: Labels
    named: int
    seems: bool
    strange: list[str]


def with_held_out_labels(layout: Layout, root: str) -> Layout:
    """Return a layout in which tables label the held-out folders that have no class folders.

    A table is used if it gives each image of such a folder a class of the training images. One
    that seems meant for it and does not is named in a remark.

    Args:
        layout: Files by split and class.
        root: The folder of the data set.
    """
    files = dict(layout.files)
    classes = [*files.get("train", {})]
    for split, images in layout.without_class.items():
        tables = [*_tables(split, images, classes, layout, root)]
        full = [each for each in tables if len(each.labels) == len(images)]
        if full and all(each.labels == full[0].labels for each in full):
            used, labels = full[0].path, full[0].labels
            layout.use(used)
            by_class: dict[str, list[Path]] = {}
            for image in images:
                by_class.setdefault(labels[image], []).append(image)
            files[split] = by_class
            _count_as_read(layout, images)
            origin = shown(used, root)
            # The search for labels of training images may have called it unusable.
            layout.remarks[:] = [
                r for r in layout.remarks if not r.startswith(f"'{origin}' is not")
            ]
            say(printable(f"data: labels of {len(images):,} {split} images from {origin}"))
        else:
            layout.remarks += _remarks(full or tables, images, classes, root)
    return replace(layout, files=files)


def _count_as_read(layout: Layout, images: Sequence[Path]) -> None:
    """Remove the folder of images from what was passed over."""
    passed = layout.passed_over.pop(WITHOUT_CLASSES, [])
    if kept := [each for each in passed if not images[0].is_relative_to(each)]:
        layout.passed_over[WITHOUT_CLASSES] = kept


def _remarks(
    tables: Sequence[_Table], images: Sequence[Path], classes: Sequence[str], root: str
) -> Iterator[str]:
    """Yield a remark on the first table that seems meant for labels and is not used."""
    for table in tables:
        if not table.labels and not table.seems:
            continue
        if len(table.labels) == len(images):
            why = "another table gives other labels: name one of them in ignore"
        elif table.strange:
            why = (
                f"it calls them {listed(table.strange, 3)}, and the classes are "
                f"{listed(sorted(classes), 3)}: write these names in it"
            )
        elif table.labels:
            why = f"it labels {len(table.labels):,} of them: add the others, or remove these images"
        else:
            why = "no column gives their classes: write a CSV with the columns file and label"
        yield (
            f"'{shown(table.path, root)}' names images of '{_folder_of(images, root)}', which has "
            f"no class folders, and is not used, since {why}"
        )
        return


def _folder_of(images: Sequence[Path], root: str) -> str:
    folder = images[0].parent
    return str(folder.relative_to(root) if folder.is_relative_to(root) else folder)


def _tables(
    split: str, images: Sequence[Path], classes: Sequence[str], layout: Layout, root: str
) -> Iterator[_Table]:
    """Yield the tables that name images of a held-out folder and no training images."""
    near = replace(layout, files={**layout.files, split: {"": [*images]}})
    index, others = FileIndex(images), FileIndex(files_of(layout))
    for path in [*tables_near(near, root), *texts_near(near, root)]:
        of_split = {split_of(word) for word in re.split(r"[\W_]+", path.stem)} - {None}
        within = path.parent != Path(root) and images[0].is_relative_to(path.parent)
        if of_split - {split} or NOT_TRUE.search(path.stem):
            continue
        try:
            rows, named, _ = read_rows(path, index)
            files = values_of(rows, named, [], index, f"'{path}'")
        except (UnusableError, DataError):
            continue
        # Training images may have the same names.
        ours = of_split or (within and not any(f.is_relative_to(path.parent) for f in others.files))
        if not files or (not ours and any(others.find(row.get(named, "")) for row in rows)):
            continue
        labels, strange = _labels(rows, named, index, classes)
        seems = bool(strange) or is_of_labels(path, rows) or bool(ANSWERS.search(path.stem))
        yield _Table(path, labels, len(files), seems, strange)


def _labels(
    rows: Sequence[Row], named: str, index: FileIndex, classes: Sequence[str]
) -> tuple[Labels, list[str]]:
    """Return the class of each image, and the values that are no classes."""
    columns = [c for c in columns_of(rows) if c != named]
    certain = [[c] for c in columns if is_of_classes(c)]
    one_hot = [] if certain else one_hot_columns(rows, named)
    others = [[c] for c in columns if [c] not in certain]
    strange: list[str] = []
    found: list[Labels] = []
    for each in [*certain, *([one_hot] if one_hot else []), *others]:
        try:
            values = {f: v for f, v in values_of(rows, named, each, index, "").items() if v}
        except (DataError, ValueError):
            continue
        class_of = {value: _class_of(value, classes) for value in {*values.values()}}
        unknown = sorted(value for value, name in class_of.items() if name is None)
        if not unknown and values:
            # Numbers in a column of any other name may be ages or counts.
            if each in others and (found or any(map(str.isdecimal, classes))):
                continue
            found.append({file: str(class_of[value]) for file, value in values.items()})
        elif each not in others and not strange:
            strange = unknown
    agree = found and all(each == found[0] for each in found)
    return (found[0], []) if agree else ({}, strange)


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
