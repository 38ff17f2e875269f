"""Tables of files and what is said of each: CSV, TSV, JSON, JSON Lines and parquet."""

import csv
import json
from pathlib import Path
from typing import Any

from datamodules.errors import DataError

SUFFIXES = (".csv", ".tsv", ".json", ".jsonl", ".parquet")
MOST_BYTES = 200_000_000

Row = dict[str, str]


def read_table(path: Path) -> list[Row]:
    """Read a table with a row for each file, or for each file and label.

    JSON may be a list of rows, a mapping of file to label, StyleGAN's dataset.json or COCO's
    annotations.

    Raises:
        DataError: It can't be read, or is no table.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise DataError(f"'{path}' has more than {MOST_BYTES:,} bytes")
        if path.suffix.lower() == ".parquet":
            return _rows_of_parquet(path)
        text = path.read_text(encoding="utf-8-sig", errors="replace")
        if path.suffix.lower() in (".csv", ".tsv"):
            return _rows_of_csv(text)
        if path.suffix.lower() == ".jsonl":
            return _rows_of_list([json.loads(line) for line in text.splitlines() if line.strip()])
        return _rows_of_json(json.loads(text))
    except OSError as error:
        raise DataError(f"can't read '{path}': {error.strerror}") from error
    except (ValueError, TypeError, KeyError, RecursionError, csv.Error) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(
            f"'{path}' is no table of files and labels ({type(error).__name__}: {error}); give a "
            "CSV, TSV, JSON, JSONL or parquet file with a row for each image"
        ) from error


def _rows_of_csv(text: str) -> list[Row]:
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    rows = csv.DictReader(text.splitlines(), delimiter=delimiter, skipinitialspace=True)
    return [{str(k): v.strip() for k, v in row.items() if isinstance(v, str)} for row in rows]


def _rows_of_parquet(path: Path) -> list[Row]:
    try:
        from pyarrow import parquet, types
    except ImportError as error:
        raise DataError(f"'{path}' takes pyarrow to read: pip install 'ganaug[parquet]'") from error
    schema = parquet.read_schema(path)
    # Images within the table are not read.
    plain = [x.name for x in schema if not types.is_nested(x.type) and "binary" not in str(x.type)]
    return _rows_of_list(parquet.read_table(path, columns=plain).to_pylist())


def _rows_of_json(content: Any) -> list[Row]:
    if isinstance(content, list):
        return _rows_of_list(content)
    if {"images", "annotations", "categories"} <= set(content):
        return _rows_of_coco(content)
    pairs = content["labels"] if set(content) == {"labels"} else content
    pairs = pairs.items() if isinstance(pairs, dict) else pairs or []
    return [
        {"file_name": str(file), "label": str(label)}
        for file, label in pairs
        if isinstance(label, str | int | float)
    ]


def _rows_of_list(content: list[Any]) -> list[Row]:
    return [
        {str(k): str(v) for k, v in row.items() if isinstance(v, str | int | float)}
        for row in content
    ]


def _rows_of_coco(content: dict[str, Any]) -> list[Row]:
    files = {image["id"]: str(image["file_name"]) for image in content["images"]}
    names = {each["id"]: str(each["name"]) for each in content["categories"]}
    pairs = {(files[a["image_id"]], names[a["category_id"]]) for a in content["annotations"]}
    return [{"file_name": file, "label": label} for file, label in sorted(pairs)]
