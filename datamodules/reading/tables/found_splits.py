"""Finds the table next to class folders that splits their images, if there is one."""

import re
from pathlib import Path

from datamodules.console import say
from datamodules.errors import DataError
from datamodules.printing import printable
from datamodules.reading.folders.folder_names import splits_in_other_words
from datamodules.reading.folders.layout import Layout
from datamodules.reading.tables.columns import (
    FILE_COLUMNS,
    GROUP_COLUMNS,
    LABEL_COLUMNS,
    FileIndex,
    columns_of,
    named_column,
    one_hot_columns,
    plain,
    usual_columns,
)
from datamodules.reading.tables.file_columns import file_column
from datamodules.reading.tables.folds import are_folds, in_order, remark_on_folds
from datamodules.reading.tables.label_tables import columns_of_few
from datamodules.reading.tables.labels import own_splits, refuse_two_splits
from datamodules.reading.tables.split_column import split_column, unused_splits, with_splits
from datamodules.reading.tables.table_files import (
    TEXTS,
    VOC_SPLIT,
    display,
    families,
    family_of,
    is_pattern,
    scope_of,
    table_named,
    tables_near,
)
from datamodules.reading.tables.tables import SUFFIXES, read_table

# Extensions, and words in the names, of files that may split images but are not read.
UNREAD = (".txt", ".lst")
SPLIT_NAME = re.compile(
    r"(?:^|[\W_])(?:splits?|train|training|trainval|val|valid|test|testing|partition)"
    r"(?=\d*(?:[\W_]|$))",
    re.IGNORECASE,
)
FOLD_NAME = re.compile(r"(?:^|[\W_])(?:k?folds?|cv)[\W_]?(?=\d+(?:[\W_]|$))", re.IGNORECASE)


def with_own_splits(
    layout: Layout,
    root: str,
    table_name: str | None = None,
    image_column: str | None = None,
    *,
    in_folders: bool = True,
) -> Layout:
    """Return a layout of classes, split by a table next to the images if there is one.

    Args:
        layout: Files by class.
        root: The folder of the data set.
        table_name: The table; by default, it is searched for.
        image_column: The table's column of files, if it isn't found automatically.
        in_folders: Whether the classes are folders.

    Raises:
        DataError: Tables disagree, or leave nothing to train on.
    """
    if "" not in layout.files and table_name is None:
        return layout
    if table_name:
        path, splits = _named_splits(table_name, layout, root, image_column)
    elif result := _found_splits(layout, root, image_column, in_folders):
        path, splits = result
    else:
        layout.remarks += _unread(layout, root)
        return layout
    for table in family_of(path, tables_near(layout, root)):
        layout.use(table)
    say(printable(f"data: splits of {len(splits):,} images from {path.name}"))
    return with_splits(layout, splits, f"'{path}'")


def _named_splits(
    table_name: str, layout: Layout, root: str, image_column: str | None
) -> tuple[Path, dict[Path, str]]:
    """Return the table of splits that the user named, and the split of each image in it."""
    path = table_named(table_name, root)
    splits = _splits_in(path, layout, root, image_column)
    if not splits:
        raise DataError(
            f"labels '{path}' names no image of '{root}' in its columns "
            f"{', '.join(columns_of(read_table(path)))}; one of them must name files, ids or paths"
        )
    return path, splits


def _found_splits(
    layout: Layout, root: str, image_column: str | None, in_folders: bool
) -> tuple[Path, dict[Path, str]] | None:
    """Return a table that splits all images; add remarks on tables that split only some."""
    images = set(layout.all_files)
    splits_by_table: dict[Path, dict[Path, str]] = {}
    for path in families(tables_near(layout, root)):
        try:
            splits = _splits_in(path, layout, root, image_column)
        except DataError as error:
            layout.remarks.append(
                f"'{display(path, root)}' may split the images, and is not used: {error}"
            )
            continue
        if splits and images <= set(splits):
            splits_by_table[path] = splits
        elif splits:
            advice = f"set labels to '{path}' to use it and leave the others out"
            layout.remarks.append(
                f"'{display(path, root)}' gives the split of {len(splits):,} of {len(images):,} "
                f"images, and is not used; {advice if in_folders else 'add the others'}"
            )
    if not splits_by_table:
        return None
    path, *other_tables = in_order(splits_by_table)
    splits = splits_by_table[path]
    used_names = [display(table, root) for table in family_of(path, tables_near(layout, root))]
    differ = any(splits_by_table[table] != splits for table in other_tables)
    if differ and len(used_names) > 1 and are_folds(splits_by_table):
        unused_names = [display(table, root) for table in other_tables]
        layout.remarks.append(remark_on_folds(used_names, unused_names, given_by_labels=in_folders))
        return path, splits
    for other in other_tables:
        if splits_by_table[other] != splits:
            raise DataError(
                f"'{path}' and '{other}' split the images in different ways; name one of them in "
                "ignore"
            )
    return path, splits


def _unread(layout: Layout, root: str) -> list[str]:
    """Return a remark on unread files whose names suggest that they split the images."""
    top = Path(root)
    paths = [path for folder in ("*", "*/*") for path in sorted(top.glob(folder))]
    stems = {path.stem for path in paths if path.suffix.lower() in UNREAD}
    split_stems = {*filter(SPLIT_NAME.search, stems), *splits_in_other_words(sorted(stems))}
    names = [
        f"'{path.relative_to(top)}'"
        for path in paths
        if (
            (path.suffix.lower() in UNREAD and path.stem in split_stems)
            or (path.suffix.lower() in (*UNREAD, *SUFFIXES) and FOLD_NAME.search(path.stem))
        )
        and not layout.ignores(path)
    ]
    remark = (
        f"{', '.join(names[:3])} may split the images, and can't be read for it; to use them, "
        "write a CSV with the columns file and split next to the images"
    )
    return [remark] if names else []


def splits_alone(labels: str | None, root: str, column: str | None) -> bool:
    """Return whether the argument labels names a table with splits but without classes."""
    if not labels or column or labels == TEXTS or is_pattern(labels, root):
        return False
    path = table_named(labels, root)
    rows = read_table(path)
    usual = {plain(name) for name in (*FILE_COLUMNS, *GROUP_COLUMNS)}
    label_columns = [c for c in columns_of_few(rows, "") if plain(c) not in usual]
    labeled = usual_columns(rows, LABEL_COLUMNS, "") or one_hot_columns(rows, "") or label_columns
    voc_splits = [p for p in sorted(path.parent.glob("*.txt")) if VOC_SPLIT.fullmatch(p.stem)]
    is_family = len(family_of(path, [*tables_near(Layout(), root), *voc_splits])) > 1
    return not labeled and (is_family or split_column(rows, f"'{path}'") is not None)


def _splits_in(path: Path, layout: Layout, root: str, image_column: str | None) -> dict[Path, str]:
    """Return the split of each image, by a column of the table or by the names of tables."""
    splits: dict[Path, str] = {}
    for table, split in family_of(path, tables_near(layout, root)).items():
        try:
            rows = read_table(table)
        except DataError:
            if SPLIT_NAME.search(table.stem):
                raise
            continue  # it is not a table of splits
        index = FileIndex(scope_of(table, layout, root))
        column = named_column(rows, "image_column", image_column, table) if image_column else None
        try:
            column = column or file_column(rows, index, f"'{table}'")
        except DataError:
            if split or split_column(rows, f"'{table}'"):
                raise
            continue  # it splits nothing, and the search for labels reports it
        if column:
            remarks = unused_splits(rows, f"'{table.name}'")
            layout.remarks += [remark for remark in remarks if remark not in layout.remarks]
            table_splits = own_splits(rows, column, index, table, split)
            refuse_two_splits(splits, table_splits, table)
            splits |= table_splits
    return splits
