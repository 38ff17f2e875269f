"""Reads tables of files and labels: CSV, TSV, JSON, JSON Lines, parquet and lists."""

import codecs
import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any

from datamodules.errors import DataError
from datamodules.reading.folders.folder_names import splits_among
from datamodules.reading.folders.label_tools import refuse_export
from datamodules.reading.images.image import IMAGE_EXTENSIONS
from datamodules.reading.tables.several_labels import text_of_value

ROWS = (".csv", ".tsv", ".parquet")
SUFFIXES = (*ROWS, ".json", ".jsonl")
LISTS = (".txt", ".lst")
MOST_BYTES = 200_000_000
MOST_TITLES = 5
# With one of these, a JSON mapping's value is the row of a file.
LABELS = frozenset(("label", "class", "category"))
EXTENSION = "|".join(re.escape(suffix) for suffix in IMAGE_EXTENSIONS)
# A path may contain spaces before its extension or in its folders.
LINE = re.compile(
    rf"(.+?(?:{EXTENSION})(?=[\s,;]|$)|.*/[^\s,;]+|[^\s,;]+)(?:[\s,;]+(.*))?", re.IGNORECASE
)

Row = dict[str, str]


def read_table(path: Path) -> list[Row]:
    """Read a table with a row for each file, or for each pair of file and label.

    JSON may be a list of rows, a mapping of file to label or of split to rows, StyleGAN's
    dataset.json or COCO's annotations. A list has a path in each line, optionally with a label.

    Raises:
        DataError: The file can't be read, is not a table, or is a labeling tool's export.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise DataError(f"'{path}' has more than {MOST_BYTES:,} bytes")
        if path.suffix.lower() == ".parquet":
            return _rows_of_parquet(path)
        text = text_of(path.read_bytes())
        refuse_export(text, path)
        if path.suffix.lower() in (".csv", ".tsv"):
            return _rows_of_csv(text, path)
        if path.suffix.lower() == ".jsonl":
            return _rows_of_list([json.loads(line) for line in text.split("\n") if line.strip()])
        if path.suffix.lower() in LISTS:
            return _rows_of_lines(text)
        return _rows_of_json(json.loads(text))
    except OSError as error:
        raise DataError(f"can't read '{path}': {error.strerror}") from error
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError, csv.Error) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(
            f"'{path}' is no table of files and labels ({type(error).__name__}: {error}); give a "
            "CSV, TSV, JSON, JSONL or parquet file with a row for each image"
        ) from error


def text_of(content: bytes) -> str:
    """Decode UTF-8, or UTF-16 with a byte order mark, and normalize line endings.

    Other Unicode line separators, such as U+2028, are kept as text.
    """
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    text = content.decode("utf-16" if wide else "utf-8-sig", errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def not_utf_8(rows: Iterable[Row]) -> str:
    """Return a message with an example if a table is not UTF-8, or else ""."""
    texts = (text for row in rows for pair in row.items() for text in pair)
    odd = next((text for text in texts if "\ufffd" in text or "\0" in text), None)
    if odd is None:
        return ""
    odd = odd.replace("\0", "\ufffd")  # UTF-16 without a byte order mark
    return f"is not in UTF-8 (it holds '{odd}'); save it as UTF-8, in Excel as `CSV UTF-8`"


def _rows_of_csv(text: str, path: Path) -> list[Row]:
    lines = text.count("\n")
    text = re.sub(r"\A(?:\s*\n|sep=.\n)+", "", text)  # Excel's line that declares the delimiter
    text = _without_title(text)
    lines -= text.count("\n")
    head = re.sub(r'"[^"]*"', "", text.partition("\n")[0])
    delimiter = max(",;\t|", key=head.count)
    rows = csv.DictReader(io.StringIO(text), delimiter=delimiter, skipinitialspace=True)
    table_rows = []
    for row in rows:
        if any(cell.strip() for cell in row.pop(None, ())):  # a trailing delimiter is harmless
            columns = len(rows.fieldnames or ())
            raise DataError(
                f"'{path}' has more cells in line {lines + rows.line_num} than its {columns} "
                f"columns; put values that hold '{delimiter}' in quotes"
            )
        cells = {str(k): v.strip() for k, v in row.items() if isinstance(v, str)}
        if any(cells.values()):
            table_rows.append(cells)
    return table_rows


def _without_title(text: str) -> str:
    """Remove the lines above the names of the columns that have text in their first cell alone."""
    lines = text.split("\n", MOST_TITLES + 1)
    titles = [*takewhile(_may_be_title, lines[: MOST_TITLES + 1])]
    is_list = any(re.search(rf"(?:{EXTENSION})\W*$", line, re.IGNORECASE) for line in titles)
    if is_list or len(titles) in (0, len(lines)) or len(titles) > MOST_TITLES:
        return text
    return "\n".join(lines[len(titles) :])


def _may_be_title(line: str) -> bool:
    first, *others = re.split(r"[,;\t|]", re.sub(r'"[^"]*"', "text", line))
    return (
        '"' not in first and (bool(first.strip()) or not others) and not any(map(str.strip, others))
    )


def _rows_of_lines(text: str) -> list[Row]:
    return [
        {"file": file} | ({"label": label} if is_label(label) else {})
        for file, label in lines_in(text)
    ]


def lines_in(text: str) -> Iterator[tuple[str, str]]:
    r"""Yield the file at the start of each line of a list, and the rest of the line.

    Example:
        >>> list(lines_in("a b.png cat\nc.png"))
        [('a b.png', 'cat'), ('c.png', '')]
    """
    for line in without_count([*filter(None, map(str.strip, text.split("\n")))]):
        match = LINE.fullmatch(line)
        file, remainder = match.groups() if match else (line, None)
        yield str(file), remainder or ""


def without_count(lines: list[str]) -> list[str]:
    """Return lines without a first one that counts the others.

    Example:
        >>> without_count(["2", "cat", "dog"]), without_count(["2", "cat"])
        (['cat', 'dog'], ['2', 'cat'])
    """
    counts = len(lines) > 1 and lines[0] == str(len(lines) - 1)
    return lines[1:] if counts and not all(map(str.isdecimal, lines)) else lines


def is_label(text: str) -> bool:
    """Return whether the text after a file in a list is a label instead of several numbers."""
    several = len(text.split()) > 1 and re.fullmatch(r"[-\d.\s]+", text)
    return bool(text) and not several


def _rows_of_parquet(path: Path) -> list[Row]:
    try:
        from pyarrow import parquet, types
    except ImportError as error:
        raise DataError(f"'{path}' takes pyarrow to read: pip install 'ganaug[parquet]'") from error
    schema = parquet.read_schema(path)
    # Nested and binary columns hold images, which are not needed.
    plain = [x.name for x in schema if not types.is_nested(x.type) and "binary" not in str(x.type)]
    return _rows_of_list(parquet.read_table(path, columns=plain).to_pylist())


def _rows_of_json(content: Any) -> list[Row]:
    if isinstance(content, list):
        return _rows_of_list(content)
    if {"images", "annotations", "categories"} <= set(content):
        return _rows_of_coco(content)
    splits = splits_among(content)
    if "train" in splits.values() and all(isinstance(content[name], list) for name in splits):
        return [_row_of_split(item, name) for name in splits for item in content[name]]
    if all(
        isinstance(row, dict) and LABELS & {*row} and _is_image(file)
        for file, row in content.items()
    ):
        return _rows_of_list([{**row, "file_name": file} for file, row in content.items()])
    pairs = content["labels"] if set(content) == {"labels"} else content
    pairs = pairs.items() if isinstance(pairs, dict) else pairs or []
    rows = [
        {"file_name": str(file), "label": text}
        for file, label in pairs
        if (text := text_of_value(label)) is not None and (text == str(label) or _is_image(file))
    ]
    if pairs and not rows:
        raise ValueError("a mapping must give a label for each file, as text or a number")
    return rows


def _is_image(name: Any) -> bool:
    return str(name).lower().endswith(tuple(IMAGE_EXTENSIONS))


def _rows_of_list(content: list[Any]) -> list[Row]:
    return [
        {str(k): text for k, v in row.items() if (text := text_of_value(v)) is not None}
        for row in content
    ]


def _row_of_split(item: Any, split: str) -> Row:
    """Return a row from a path, from [path, number, name], or from a mapping."""
    if isinstance(item, list):
        item = {"file": item[0]} | ({"label": item[-1]} if len(item) > 1 else {})
    row = item if isinstance(item, dict) else {"file": item}
    return _rows_of_list([{**row, "split": split}])[0]


def _rows_of_coco(content: dict[str, Any]) -> list[Row]:
    files = {image["id"]: str(image["file_name"]) for image in content["images"]}
    names = {category["id"]: str(category["name"]) for category in content["categories"]}
    pairs = {(files[a["image_id"]], names[a["category_id"]]) for a in content["annotations"]}
    return [{"file_name": file, "label": label} for file, label in sorted(pairs)]
