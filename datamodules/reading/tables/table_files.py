"""Finds tables next to the images, those that belong together, and the files they may name."""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from datamodules.errors import DataError
from datamodules.reading.folders.folder_names import (
    names_of_splits,
    split_of,
    splits_among,
    splits_in_other_words,
)
from datamodules.reading.folders.layout import Layout
from datamodules.reading.folders.unread_files import is_hidden
from datamodules.reading.folders.walking import is_file, is_folder
from datamodules.reading.tables.folds import fold_of, names_of_folds
from datamodules.reading.tables.tables import LISTS, SUFFIXES

# A value of the argument labels: each image has its own text file.
TEXTS = "*.txt"
SPREADSHEETS = (".xlsx", ".xls", ".xlsm", ".ods", ".numbers")
VOC_LISTS = Path("ImageSets", "Main")
VOC_SPLIT = re.compile("train|val|trainval|test")
# Of MATLAB, NumPy, R, pandas, SPSS, Stata, databases and Labelbox.
OTHERS = (
    *(".mat", ".npy", ".npz", ".rds", ".rdata", ".pkl", ".pickle", ".feather", ".sav", ".dta"),
    *(".db", ".sqlite", ".sqlite3", ".ndjson"),
)


def tables_near(layout: Layout, root: str) -> list[Path]:
    """Return the tables in the folders that hold the images, and next to those folders.

    Text files are included only if they are named like lists of a split's files.
    """
    tables = []
    for folder in _folders_near(layout, root):
        candidates = [path for path in sorted(folder.glob("*.*")) if _may_be_table(path, layout)]
        stems = [path.stem for path in candidates if path.suffix.lower() in LISTS]
        lists = names_of_splits(stems) | names_of_folds(stems)
        tables += [
            path
            for path in candidates
            if path.suffix.lower() in SUFFIXES or split_of(path.stem) or path.stem in lists
        ]
    return tables + [path for path in voc_lists(layout, root) if VOC_SPLIT.fullmatch(path.stem)]


def voc_lists(layout: Layout, root: str) -> list[Path]:
    """Return the lists in Pascal VOC's folder for them, of splits and of classes."""
    top = Path(root)
    folders = sorted({top, *_above_images(layout, top)})
    lists = [path for folder in folders for path in sorted((folder / VOC_LISTS).glob("*.txt"))]
    return [path for path in lists if not any(map(layout.ignores, (path, *path.parents[:2])))]


def texts_near(layout: Layout, root: str) -> list[Path]:
    """Return the text files near the images that are not named like tables."""
    tables = {*tables_near(layout, root)}
    return [
        path
        for folder in _folders_near(layout, root)
        for path in sorted(folder.glob("*.*"))
        if path.suffix.lower() in LISTS and _may_be_table(path, layout) and path not in tables
    ]


def _folders_near(layout: Layout, root: str) -> list[Path]:
    top = Path(root)
    above = _above_images(layout, top)
    # Archives often hold another folder with the images and, next to these, one of tables.
    parents = [str(file.parent) for file in layout.all_files]
    common = Path(os.path.commonpath(parents)) if parents else top
    wrappers = {top, *({common, *common.parents} & above)}
    inside = [
        e for wrapper in wrappers if is_folder(wrapper) for e in wrapper.iterdir() if is_folder(e)
    ]
    visible = {e for e in inside if not is_hidden(e.name)}
    return sorted({top, *above, *(e for e in visible if not layout.ignores(e))})


def _above_images(layout: Layout, top: Path) -> set[Path]:
    parents = {file.parent for file in layout.all_files}
    return {p for parent in parents for p in (parent, *parent.parents) if p.is_relative_to(top)}


def _may_be_table(path: Path, layout: Layout) -> bool:
    hidden = path.name.startswith(".") or layout.ignores(path)
    return path.suffix.lower() in (*SUFFIXES, *LISTS) and not hidden and path.is_file()


def refuse_other_words(tables: Iterable[Path]) -> None:
    """Refuse tables that are named after splits in another language.

    Raises:
        DataError: Names them, and how to rename them.
    """
    stems: dict[tuple[Path, str], list[str]] = {}
    for path in tables:
        stems.setdefault((path.parent, path.suffix), []).append(path.stem)
    for (folder, suffix), file_stems in stems.items():
        if split_stems := splits_in_other_words(sorted({*file_stems} - names_of_folds(file_stems))):
            raise DataError(
                f"'{folder}' holds {', '.join(f'{name}{suffix}' for name in split_stems)}, which "
                f"by their names split the images; rename them to train{suffix}, val{suffix} and "
                f"test{suffix}, or name them in ignore"
            )


def unread_near(layout: Layout, root: str) -> list[Path]:
    """Return the files near the images that may be tables in unsupported formats."""
    top = Path(root)
    folders = {top, *(entry for entry in top.iterdir() if entry.is_dir())}
    paths = sorted(path for folder in folders for path in folder.iterdir())
    return [
        path
        for path in paths
        if path.suffix.lower() in (*SPREADSHEETS, *OTHERS)
        and not is_hidden(path.name)
        and not path.name.startswith("~")
        and not layout.ignores(path)
    ]


def is_pattern(text: str, root: str | Path = "") -> bool:
    """Return whether a value is a pattern with a group instead of the name of a table.

    Args:
        text: The value.
        root: The folder of the data set, where the file may be.

    Example:
        >>> is_pattern("/(cat|dog)_"), is_pattern("labels (1).csv"), is_pattern("labels.csv")
        (True, False, False)
    """
    # No image has a table's extension, so a pattern that ends with one matches nothing.
    if "(" not in text or Path(text).suffix.lower() in (*SUFFIXES, *LISTS):
        return False
    return not is_file(Path(text)) and not is_file(Path(root) / text)


def table_named(labels: str, root: str) -> Path:
    """Return the table that `labels` names.

    Raises:
        DataError: There is no such file, or there are two different ones.
    """
    path = file_named("labels", labels, root)
    if path is None:
        raise DataError(
            f"labels '{labels}' is no file; give a CSV, TSV, JSON, JSONL, parquet or text file of "
            "files and labels, or a pattern with a group such as '/(cat|dog)_'"
        )
    return path


def file_named(argument: str, name: str, root: str) -> Path | None:
    """Return the file that an argument names, relative to the root or current folder, or None.

    Raises:
        DataError: There are two different ones.
    """
    local, path = Path(name), Path(root) / name
    if is_file(local) and is_file(path) and local.read_bytes() != path.read_bytes():
        raise DataError(
            f"{argument} '{name}' is a file in the current folder and another one in '{root}'; set "
            f"{argument} to '{path.absolute()}' or '{local.absolute()}'"
        )
    return next((candidate for candidate in (path, local) if is_file(candidate)), None)


def family_of(path: Path, tables: Iterable[Path]) -> dict[Path, str]:
    """Return a table and the tables that belong to it, each with the split in its name.

    These are the files next to it that are named after the other splits (`train.csv`, `test.csv`;
    if there are several folds, only those with the same number, such as `test2.csv`), or else files
    with the same name in other folders (`train/metadata.csv`), whose split is "".

    Example:
        >>> tables = [Path("a/val.csv"), Path("a/x.csv"), Path("a/train.json")]
        >>> family_of(Path("a/train.csv"), tables)
        {PosixPath('a/train.csv'): 'train', PosixPath('a/val.csv'): 'validation'}
    """
    tables_by_stem = {path.stem: path}
    for table in tables:
        if table.parent.resolve() == path.parent.resolve() and table.suffix == path.suffix:
            tables_by_stem.setdefault(table.stem, table)
    splits = fold_of(path.stem, tables_by_stem) or splits_among(tables_by_stem, of=path.stem)
    if path.stem in splits and "train" in splits.values() and len(splits) > 1:
        return {tables_by_stem[stem]: split for stem, split in splits.items()}
    same_name = [p for p in tables if p.name == path.name and p.resolve() != path.resolve()]
    if path.resolve() not in {table.resolve() for table in tables}:
        same_name = []  # a table from outside the set is unrelated to those with its name inside
    return dict.fromkeys([path, *same_name], "")


def display(path: Path, root: str) -> str:
    """Return a table's path relative to the root, since tables in several folders share names."""
    return str(path.relative_to(root) if path.is_relative_to(root) else path)


def families(tables: Sequence[Path]) -> Iterator[Path]:
    """Yield the tables; of those named after splits, only the training split's."""
    for path in tables:
        family = family_of(path, tables)
        if family.get(path) in ("", "train"):
            yield path


def scope_of(path: Path, layout: Layout, root: str) -> list[Path]:
    """Return the files that a table may name: below its folder, or of the splits in its name."""
    if splits := splits_in_name(path) & {*layout.files}:
        return [f for s in sorted(splits) for files in layout.files[s].values() for f in files]
    below = path.parent.is_relative_to(root)
    files = layout.all_files
    return [f for f in files if f.is_relative_to(path.parent)] or files if below else files


def splits_in_name(path: Path) -> set[str]:
    """Return the splits that words in a file's name stand for.

    Example:
        >>> splits_in_name(Path("trainLabels.csv")), splits_in_name(Path("my_test (1).csv"))
        ({'train'}, {'test'})
    """
    stem = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", path.stem)
    return {split for word in re.split(r"[\W_]+", stem) if (split := split_of(word))}
