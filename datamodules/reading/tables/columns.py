"""Finds the columns of a table that name the files, and those that hold labels or groups."""

import re
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path, PurePosixPath
from unicodedata import normalize
from urllib.parse import unquote

from datamodules.errors import DataError
from datamodules.reading.tables.several_labels import unwrapped
from datamodules.reading.tables.tables import Row

FILE_COLUMNS = (
    *("file_name", "filename", "file", "image", "image_id", "image_name", "image_path", "img"),
    *("img_path", "filepath", "file_path", "path", "relative_path", "id", "id_code", "isic_id"),
    *("image_index", "name", "photo", "patch_id", "filepaths", "filenames"),
)
LABEL_COLUMNS = (
    *("label", "labels", "class", "class_name", "label_name", "category", "target", "diagnosis"),
    *("dx", "species", "breed", "finding_labels", "disease", "class_id", "y"),
)
GROUP_COLUMNS = (
    *("group", "patient", "patient_id", "subject", "subject_id", "case", "case_id", "slide"),
    *("slide_id", "part", "part_id", "lesion_id", "study_id", "series_id"),
)
# How programs write a missing value. `None` may be a class.
MISSING = frozenset(("nan", "NaN", "N/A", "#N/A", "NULL", "<NA>"))
BOOLEANS = {"true": 1.0, "false": 0.0}


class FileIndex:
    """Finds image files by a table's names: the end of a path, with or without extension.

    Args:
        files: The image files.
    """

    def __init__(self, files: Iterable[Path]) -> None:
        self._by_end: dict[str, set[Path]] = {}
        self._files = {*files}
        for file in self._files:
            parts = _one_form(file.as_posix()).lower().split("/")
            for start in range(max(0, len(parts) - 6), len(parts)):
                end = "/".join(parts[start:])
                for key in (end, end.removesuffix(file.suffix.lower())):
                    self._by_end.setdefault(key, set()).add(file)

    def __len__(self) -> int:
        """Return how many files there are."""
        return len(self._files)

    @property
    def files(self) -> frozenset[Path]:
        """All files."""
        return frozenset(self._files)

    def find(self, name: str) -> set[Path]:
        """Return the files that a name matches: one, none or several."""
        return self._find(name)[0]

    def find_all(self, names: Iterable[str]) -> dict[str, set[Path]]:
        """Return the files that each name matches, except those that another matches more fully."""
        matches = {name: self._find(name) for name in names}
        longest: dict[Path, int] = {}
        for files, fitting, _ in matches.values():
            longest |= {file: max(fitting, longest.get(file, 0)) for file in files}
        return {
            name: {file for file in files if not unfit or fitting == longest[file]}
            for name, (files, fitting, unfit) in matches.items()
        }

    def _find(self, name: str) -> tuple[set[Path], int, int]:
        """Return the files, and how many parts of the name their paths match and don't match."""
        match, other = self._match(name), _of_image(name)
        return match if match[0] or other == name else self._match(other)

    def _match(self, name: str) -> tuple[set[Path], int, int]:
        parts = PurePosixPath(_one_form(name.strip().replace("\\", "/"))).parts
        for start in range(len(parts)):
            end = "/".join(parts[start:])
            if files := self._by_end.get(end.lower()):
                exact = {file for file in files if _ends_with(file, end)}
                return exact if len(exact) == 1 else files, len(parts) - start, start
        return set(), 0, 0


def _of_image(name: str) -> str:
    """Return the path in a URL, and the name of a DICOM file, which may be converted, without it.

    Example:
        >>> _of_image("https://x.y/my%20scan.dcm?z=1")
        'https://x.y/my scan'
    """
    path = unquote(re.split("[?#]", name)[0]) if "://" in name else name
    return re.sub(r"\.(?:dcm|dicom)$", "", path, flags=re.IGNORECASE)


def _one_form(text: str) -> str:
    return normalize("NFC", text)


def _ends_with(file: Path, end: str) -> bool:
    return any(
        f"/{_one_form(p.as_posix())}".endswith(f"/{end}") for p in (file, file.with_suffix(""))
    )


def plain(column: str) -> str:
    """Normalize a column's name for comparison: lower case, with only letters and digits."""
    return re.sub(r"[\W_]+", "", column.lower())


def columns_of(rows: Sequence[Row]) -> list[str]:
    """Return the columns of a table."""
    return list(dict.fromkeys(column for row in rows[:1000] for column in row))


def named_column(rows: Sequence[Row], argument: str, name: str, path: Path) -> str:
    """Return the column that an argument names.

    Raises:
        DataError: The table has no such column.
    """
    for column in columns_of(rows):
        if plain(column) == plain(name):
            return column
    raise DataError(
        f"{argument} '{name}' is no column of '{path}', which has {', '.join(columns_of(rows))}"
    )


def usual_columns(rows: Sequence[Row], usual: Collection[str], files: str) -> list[str]:
    """Return the columns with usual names, and only one of those with equal values.

    Args:
        rows: The table.
        usual: Usual names.
        files: The column of files.
    """
    usual_names = {plain(name) for name in usual}
    names = [c for c in columns_of(rows) if plain(c) in usual_names and c != files]
    # Prefer a column of names to one of the corresponding numbers.
    names.sort(key=lambda c: all(row.get(c, "").isdigit() for row in rows[:1000]))
    distinct: list[str] = []
    for name in names:
        if not any(_same(rows, name, other) for other in distinct):
            distinct.append(name)
    return distinct


def _same(rows: Sequence[Row], first: str, second: str) -> bool:
    pairs = {(row.get(first), row.get(second)) for row in rows}
    return len({a for a, _ in pairs}) == len(pairs) == len({b for _, b in pairs})


def one_hot_columns(rows: Sequence[Row], files: str) -> list[str]:
    """Return the columns that form a one-hot encoding of the rows; [] if there are none."""
    names = [
        c
        for c in columns_of(rows)
        if c != files and {_number(row.get(c, "")) for row in rows} <= {0.0, 1.0}
    ]
    single = all(sum(_number(row[c]) or 0 for c in names) == 1 for row in rows) if names else False
    return names if single and len(names) > 1 else []


def _number(text: str) -> float | None:
    try:
        return BOOLEANS[text.lower()] if text.lower() in BOOLEANS else float(text)
    except ValueError:
        return None


def value_in(row: Row, columns: Sequence[str]) -> str:
    """Return the value of a column, or the name of the one-hot column that is set; "" for none."""
    if len(columns) > 1:
        return next((c for c in columns if _number(row.get(c, ""))), "")
    value = row.get(columns[0], "") if columns else ""
    return "" if value in MISSING else unwrapped(value)


def whole_numbers(values: dict[Path, str]) -> dict[Path, str]:
    """Return labels without ".0" if all are whole numbers.

    Example:
        >>> whole_numbers({Path("a.png"): "1.0", Path("b.png"): "2"})
        {PosixPath('a.png'): '1', PosixPath('b.png'): '2'}
    """
    if not all(re.fullmatch(r"-?\d+(?:\.0+)?", value) for value in values.values() if value):
        return values
    return {file: value.partition(".")[0] for file, value in values.items()}


def values_of(
    rows: Sequence[Row], files: str, columns: Sequence[str], index: FileIndex, origin: str
) -> dict[Path, str]:
    """Return the value of each file that the table names.

    Args:
        rows: The table.
        files: The column of files.
        columns: The column of values, or one-hot columns.
        index: The files.
        origin: The table's name in messages.

    Raises:
        DataError: A name matches several files, or a file has several values or an unreadable one.
    """
    values: dict[Path, str] = {}
    matches = index.find_all({row.get(files, "") for row in rows})
    for row in rows:
        paths = matches[row.get(files, "")]
        if len(paths) > 1:
            both = " and ".join(f"'{path}'" for path in sorted(paths)[:2])
            raise DataError(f"{origin} names '{row[files]}', which fits {both}; name their folders")
        for path in paths:
            value = value_in(row, columns)
            if "\ufffd" in value:
                raise DataError(
                    f"{origin} is not in UTF-8 (it gives '{path}' the value '{value}'); save it as "
                    "UTF-8, in Excel as `CSV UTF-8`"
                )
            if values.setdefault(path, value) != value:
                raise DataError(
                    f"{origin} gives '{path}' two values, '{values[path]}' and '{value}'; an image "
                    "has one class: keep one row, or cut its objects out first"
                )
    return values
