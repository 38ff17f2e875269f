"""Images from other programs: finding their files and classes, as for real images."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from datamodules.console import say
from datamodules.errors import DataError, UnreadableImageError
from datamodules.printing import printable
from datamodules.reading.folders.finder import find_images
from datamodules.reading.folders.folder_names import splits_among
from datamodules.reading.folders.layout import OUTPUTS, Layout
from datamodules.reading.folders.walking import entries_of, is_folder
from datamodules.reading.images.header import read_bytes
from datamodules.reading.images.saved_rows import is_saved_set
from datamodules.reading.survey import shape_of
from datamodules.reading.tables.columns import FileIndex
from datamodules.reading.tables.file_columns import file_column
from datamodules.reading.tables.found_labels import found_labels
from datamodules.reading.tables.labels import with_labels
from datamodules.reading.tables.names_file import with_names
from datamodules.reading.tables.saved_sets import find_rows
from datamodules.reading.tables.table_files import is_pattern
from datamodules.reading.tables.tables import read_table
from ganaug.synthesis.marks import read_mark
from ganaug.synthesis.verification import Check
from ganaug.utils.errors import UsageError

NAMED = 3
WHAT_TO_GIVE = (
    "give a folder that holds a folder for each class and nothing else, or a table (CSV or "
    "parquet) with the columns `file` and `label`"
)


def find_foreign(
    folder: Path, labels: str | None = None, label_column: str | None = None
) -> dict[str, list[Path]]:
    """Return the images of each class of a folder, with numbers in names sorted by value.

    Args:
        folder: Folder of class folders, folder of images with a table of file and label, or data
            set saved by Hugging Face's `datasets`.
        labels: The table, if it isn't found by itself, or a pattern (see `ImageFolder`).
        label_column: The table's column of labels, if it isn't found by its name.

    Returns:
        Files by class; under "" if they have no class.

    Raises:
        UsageError: There are no images, or their classes are unclear.
    """
    try:
        layout, files = _layout_of(folder, labels, label_column)
    except DataError as error:
        problem, semicolon, advice = str(error).partition("; ")
        # The original message names arguments that only exist for real images.
        names_argument = re.search(r"\b(ignore|classes|root)\b", advice)
        advice = WHAT_TO_GIVE if names_argument else advice
        raise UsageError(f"dataset {folder}: {problem}{semicolon}{advice}") from error
    if not files:
        raise UsageError(f"{folder} holds no synthetic images{layout.only()}; {WHAT_TO_GIVE}")
    say_unused(layout)
    return {name: sorted(files[name], key=by_number) for name in sorted(files)}


def _layout_of(
    folder: Path, labels: str | None, label_column: str | None
) -> tuple[Layout, dict[str, list[Path]]]:
    """Return the layout of a folder, and the images of each class."""
    if is_saved_set(folder):
        options = dict.fromkeys(("image_column", "ignore"))
        options |= {"labels": labels, "label_column": label_column}
        layout = find_rows(str(folder), options, split=False)
        return layout, _by_class(layout)
    layout = find_images(folder, classes=_named_as_splits(folder), labeled=labels is not None)
    labels = labels or found_labels(layout, str(folder), split=False)
    files = _by_class(layout)
    if labels:
        say_missing(
            labels, folder, [file for class_files in files.values() for file in class_files]
        )
        layout = with_labels(layout, str(folder), labels, label_column, split=False)
        return layout, _by_class(layout)
    if len(files) == 1 and not _in_class_folders(folder, files):
        for remark in layout.all_remarks:
            say(printable(f"set: {remark}"))
        return layout, {"": next(iter(files.values()))}
    return layout, _by_class(with_names(layout, str(folder)))


def by_number(file: Path) -> tuple[list[tuple[int, int, str]], str]:
    """Return a key that sorts image 2 before image 10.

    Example:
        >>> sorted([Path("10.png"), Path("2.png")], key=by_number)[0].name
        '2.png'
    """
    parts = re.split(r"(\d+)", file.as_posix())
    return [(0, int(p), "") if p.isdecimal() else (1, 0, p) for p in parts], file.as_posix()


def say_missing(labels: str, folder: Path, files: Sequence[Path]) -> None:
    """Warn of rows in a table whose file is missing."""
    path = Path(labels) if Path(labels).is_file() else folder / labels
    if is_pattern(labels) or not path.is_file():
        return
    rows, index = read_table(path), FileIndex(files)
    column = file_column(rows, index, f"'{path}'")
    listed_names = [row.get(column, "") for row in rows] if column else []
    if missing := [name for name, match in index.find_all(listed_names).items() if not match]:
        say_some(f"rows in {path} name missing files", missing)


def say_unused(layout: Layout) -> None:
    """Warn of unusable files in a folder, and of skipped files."""
    say_left_out(layout.left_out)
    for kind, paths in layout.passed_over.items():
        if kind != OUTPUTS:
            say_some(f"{kind} are skipped", [*map(str, dict.fromkeys(paths))])


def say_left_out(left_out: Mapping[str, str]) -> None:
    """Warn of unusable files, with the reasons."""
    if left_out:
        lines = [f"{path} ({reason})" for path, reason in sorted(left_out.items())]
        say_some("unusable images are skipped", lines)


def say_some(label: str, names: Sequence[str]) -> None:
    """Print a warning with the number of names and the first of them."""
    suffix = f", and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    say(printable(f"warning: {label} ({len(names):,}): {', '.join(names[:NAMED])}{suffix}"))


def foreign_checks(files: Sequence[Path]) -> list[Check]:
    """Check images from another program by the headers of their files."""
    sizes, marks, unreadable = set(), Counter[str](), 0
    for file in files:
        try:
            height, width, _ = shape_of(file)
        except UnreadableImageError:
            unreadable += 1
            continue
        sizes.add((width, height))
        marks[read_mark(read_bytes(file)) or ""] += 1
    unmarked = marks.pop("", 0)
    shapes = ", ".join(f"{w} by {h}" for w, h in sorted(sizes)[:NAMED])
    terms = [f"{count:,} {term}" for term, count in marks.items()]
    checks = [
        Check("whole", None, "no manifest lists the files"),
        Check("readable", not unreadable, _readable(unreadable, len(files))),
    ]
    if not sizes:
        nothing = "no file can be read"
        return [*checks, Check("of one size", None, nothing), Check("marked", None, nothing)]
    return [
        *checks,
        Check("of one size", len(sizes) == 1, f"{shapes}{', …' * (len(sizes) > NAMED)} pixels"),
        Check("marked", not unmarked, ", ".join([*terms, f"{unmarked:,} without a mark"])),
    ]


def _readable(unreadable: int, files: int) -> str:
    if not unreadable:
        return "the file is an image" if files == 1 else f"all {files:,} files are images"
    return (
        f"{unreadable:,} of {files:,} files {'is no image' if unreadable == 1 else 'are no images'}"
    )


def _named_as_splits(folder: Path) -> list[str] | None:
    """Return all folders as classes if some are named after splits, but none after train."""
    if not folder.is_dir():
        return None
    names = [entry.name for entry in entries_of(folder, Layout()) if is_folder(entry)]
    splits = splits_among(names)
    return names if 0 < len(splits) < len(names) and "train" not in splits.values() else None


def _in_class_folders(folder: Path, files: Mapping[str, Sequence[Path]]) -> bool:
    """Return whether a folder of images names a class, rather than the set's own folder."""
    return any(
        name in file.relative_to(folder).parts[:-1]
        for name, class_files in files.items()
        for file in class_files
    )


def _by_class(layout: Layout) -> dict[str, list[Path]]:
    files: dict[str, list[Path]] = {}
    # Synthetic images are all for training, even in folders named after other splits.
    for classes in layout.files.values():
        for name, paths in classes.items():
            files.setdefault(name, []).extend(paths)
    return {name: paths for name, paths in files.items() if paths}
