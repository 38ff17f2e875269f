"""Reads the names of numbered classes from a file such as classes.txt."""

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from datamodules.console import say
from datamodules.errors import DataError
from datamodules.printing import printable
from datamodules.reading.folders.class_names import find_name
from datamodules.reading.folders.layout import Layout
from datamodules.reading.tables.columns import plain
from datamodules.reading.tables.tables import read_table, without_count

USUAL = frozenset(
    (
        *("classes", "classnames", "classname", "classlist", "classlabels", "labels", "labelnames"),
        *("labelmap", "labelmapping", "names", "categories", "categorynames", "id2label"),
        *("label2id", "idxtoclass", "classtoidx", "classindices", "classmapping", "cattoname"),
    )
)
YAML = (".yaml", ".yml")  # YOLO's settings, with names that count from 0
SUFFIXES = (".txt", ".names", ".csv", ".tsv", ".json", ".jsonl", *YAML)
# A file with an unusual name must be no larger and hold only the numbers with their names.
MOST_BYTES = 100_000
# The names of a column of classes in a Hugging Face dataset card.
CLASS_LABEL = re.compile(r"class_label:\s*names:\s*\n((?:\s*['\"]?\d+['\"]?:.*\n)+)")
# Between a number and its name: the first of such characters, or those before a last number.
NUMBER_FIRST, NUMBER_LAST = re.compile(r"[\s,:;=]+"), re.compile(r"[\s,:;=]+(?=\d+$)")


def named_numbers(
    values: Collection[str],
    folders: Iterable[Path],
    labels: Path | None = None,
    use: Callable[[Path], None] = lambda _: None,
    *,
    quiet: bool = False,
) -> dict[str, str]:
    """Return the name of each numbered class, from the file that names them all.

    Args:
        values: Labels of images.
        folders: Folders to search for such a file, nearest first.
        labels: The table of labels, which is not searched for names.
        use: Called with the file that names the classes.
        quiet: Whether to print nothing.

    Returns:
        Names by number; {} if labels are not numbers, or no file names them.

    Raises:
        DataError: The names are a list, and it is unclear whether it starts at 0 or 1.
    """
    numbers = {value for value in values if value}
    if not numbers or not all(re.fullmatch(r"\d+", value) for value in numbers):
        return {}
    for path in _files(folders):
        if path == labels:
            continue
        names = _names_in(path, {int(value) for value in numbers})
        if all(int(value) in names for value in numbers):
            use(path)
            if not quiet:
                say(printable(f"data: names of {len(numbers)} classes from {path.name}"))
            return {value: names[int(value)] for value in numbers}
        if names and not quiet:
            say(
                f"data: classes are called by their numbers, since '{path.name}' does not name all "
                f"{len(numbers)} of them"
            )
    return {}


def with_names(layout: Layout, root: str, classes: Sequence[str | int] | None = None) -> Layout:
    """Return a layout whose numbered class folders are named by a file next to them.

    The folders must count from 0 or 1, and the file must name exactly these.

    Args:
        layout: Files by split and class folder.
        root: The folder of the data set.
        classes: Names of classes; if all are folders, the folders keep their numbers.
    """
    by_folder = layout.training
    numbers = {int(name): name for name in by_folder if re.fullmatch("[0-9]+", name)}
    first = min(numbers, default=-1)
    counted = {*range(first, first + len(by_folder))}
    if len(by_folder) < 2 or first not in (0, 1) or {*numbers} != counted:
        return layout
    if classes and all(find_name(name, by_folder) for name in classes):
        return layout
    names, path = _names_of_folders(numbers, _files(_above(by_folder, Path(root))), layout)
    if path is None:
        return layout
    layout.use(path)
    examples = ", ".join(f"{number} is {name}" for number, name in [*names.items()][:3])
    suffix = f" and {len(names) - 3} more" if len(names) > 3 else ""
    say(printable(f"data: names of {len(names)} classes from {path.name}: {examples}{suffix}"))
    files = {
        split: {names.get(name, name): paths for name, paths in classes_of.items()}
        for split, classes_of in layout.files.items()
    }
    return replace(layout, files=files)


def _names_of_folders(
    numbers: Mapping[int, str], files: Iterable[Path], layout: Layout
) -> tuple[dict[str, str], Path | None]:
    """Return the names of numbered folders, and the file that gives them or None."""
    for path in files:
        if layout.ignores(path):
            continue
        try:
            names = _names_in(path, {*numbers})
        except _UnclearStartError:
            names = {-1: ""}  # more names than folders
        renamed = {numbers[number]: name for number, name in names.items() if number in numbers}
        if not names or (renamed and all(number == name for number, name in renamed.items())):
            continue
        if names.keys() == numbers.keys() and len({*renamed.values()}) == len(renamed):
            return renamed, path
        # A longer list may name the images.
        if len(names) <= 2 * len(numbers):
            layout.remarks.append(
                f"the folders {min(numbers)} to {max(numbers)} are called by their numbers, since "
                f"'{path.name}' does not give each of them one name"
            )
    return {}, None


def _above(by_folder: Mapping[str, Sequence[Path]], root: Path) -> list[Path]:
    """Return the folders above class folders, up to the root."""
    name, files = next(iter(by_folder.items()))
    parents = [*files[0].parents]
    positions = [position for position, parent in enumerate(parents) if parent.name == name]
    above = parents[max(positions, default=-1) + 1 :]
    return [parent for parent in above if parent.is_relative_to(root)] or [root]


def _files(folders: Iterable[Path]) -> list[Path]:
    """Return the files that may name classes, those with a usual name first."""
    paths = [path for folder in dict.fromkeys(folders) for path in sorted(folder.glob("*.*"))]
    files = [p for p in paths if p.name == "README.md" or p.suffix.lower() in SUFFIXES]
    return sorted(files, key=lambda path: (not _is_usual(path), path.suffix.lower() not in YAML))


def _is_usual(path: Path) -> bool:
    of_darknet = path.name == "obj.names"
    return path.name == "README.md" or plain(path.stem) in USUAL or of_darknet or _is_yaml(path)


def _is_yaml(path: Path) -> bool:
    return path.suffix.lower() in YAML and path.is_file() and path.stat().st_size <= MOST_BYTES


def _names_in(path: Path, numbers: set[int]) -> dict[int, str]:
    """Return the names by number; {} if the file has other content.

    A file with an unusual name must hold exactly these numbers, each next to its name.
    """
    try:
        if _is_usual(path):
            return _read(path, numbers)
        names = _read(path, None) if path.stat().st_size <= MOST_BYTES else {}
    except _UnclearStartError:
        raise
    except (OSError, ValueError, RecursionError):
        return {}
    numeric = any(re.fullmatch(r"[-+.,:\d\s]*", name) for name in names.values())
    return names if names.keys() == numbers and not numeric else {}


def _read(path: Path, numbers: set[int] | None) -> dict[int, str]:
    """Return the names in a file, by number.

    Args:
        path: The file.
        numbers: The numbers for a list that holds only names; None to reject such lists.
    """
    if path.suffix in (".csv", ".tsv", ".jsonl"):
        return _names_from_rows([list(row.values()) for row in read_table(path)])
    text = path.read_text(encoding="utf-8-sig")
    if path.suffix == ".md":
        return _names_from_card(text)
    if path.suffix.lower() in YAML:
        return _names_from_yaml(text)
    if path.suffix == ".json":
        content = json.loads(text)
        if isinstance(content, dict):
            plain_values = all(isinstance(value, str | int) for value in content.values())
            return _names_from_rows([*content.items()]) if plain_values else {}
        return (
            _names_from_list(content, path, numbers)
            if numbers and isinstance(content, list)
            else {}
        )
    lines = without_count([line.strip() for line in text.splitlines() if line.strip()])
    names = _names_from_lines(lines, numbers)
    return names or (_names_from_list(lines, path, numbers) if numbers else {})


class _UnclearStartError(DataError):
    """It is unclear whether a list of names starts at 0 or 1."""


def _names_from_list(names: Sequence[Any], path: Path, numbers: set[int]) -> dict[int, str]:
    """Return names by position; the numbers decide whether the list starts at 0 or 1."""
    fits = [start for start in (0, 1) if numbers <= {*range(start, start + len(names))}]
    if not fits or not all(isinstance(name, str) for name in names):
        return {}
    if len(fits) > 1:
        raise _UnclearStartError(
            f"labels are the numbers {min(numbers)} to {max(numbers)}, and '{path}' lists "
            f"{len(names)} names: the first may be of 0 or of 1; write each number before its name"
        )
    return dict(enumerate(map(str, names), fits[0]))


def _names_from_lines(lines: Sequence[str], numbers: set[int] | None) -> dict[int, str]:
    """Return names by number from lines of both; the first may say what they are (`id name`)."""
    rows = [NUMBER_FIRST.split(line, maxsplit=1) for line in lines]
    if names := _names_from_rows(rows):
        return names
    # "Type A 1" may also be a name, without a number.
    has_head = len(rows) > 1 and len(rows[0]) > 1 and not any(map(str.isdecimal, rows[0]))
    for candidates in (rows[has_head:], [NUMBER_LAST.split(line) for line in lines]):
        names = _names_from_rows(candidates)
        if names and (numbers or set()) <= names.keys():
            return names
    return {}


def _names_from_rows(rows: Sequence[Sequence[Any]]) -> dict[int, str]:
    """Return names by number from rows of a number and a name, in either order."""
    for number, name in ((0, 1), (-1, 0)):
        pairs = [(str(row[number]), str(row[name])) for row in rows if len(row) > 1]
        if len(pairs) == len(rows) and all(first.isdecimal() for first, _ in pairs):
            names = {int(first): second for first, second in pairs}
            return names if len({*names.values()}) == len(names) == len(pairs) else {}
    return {}


def _names_from_card(text: str) -> dict[int, str]:
    """Return the names of the only column of classes in a Hugging Face dataset card."""
    blocks = {*CLASS_LABEL.findall(text)}
    lines = blocks.pop().splitlines() if len(blocks) == 1 else []
    pairs = [[part.strip(" '\"") for part in line.split(":", 1)] for line in lines]
    return _names_from_rows(pairs)


def _names_from_yaml(text: str) -> dict[int, str]:
    """Return the names in YOLO's settings of a data set."""
    if not re.search(r"^names\s*:", text, re.MULTILINE):
        return {}
    try:
        # BaseLoader keeps all values as text, since `no` may be a class.
        names = yaml.load(text, Loader=yaml.BaseLoader)["names"]
    except (yaml.YAMLError, TypeError, KeyError):
        return {}
    if not isinstance(names, dict | list):
        return {}
    pairs = [*names.items()] if isinstance(names, dict) else [*enumerate(names)]
    return _names_from_rows(pairs) if all(isinstance(name, str) for _, name in pairs) else {}
