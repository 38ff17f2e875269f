"""Reads result files of other tools, with errors that name the file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ganaug.utils.errors import UsageError
from ganaug.utils.safe_json import read_json


def read_object(path: Path, keys: set[str], writer: str) -> dict[str, Any]:
    """Read a JSON file that a tool wrote.

    Raises:
        UsageError: The tool did not write it, or it can't be read.
    """
    with naming_unreadable(path):
        content = read_json(path)
    if not isinstance(content, dict) or not keys <= set(content):
        raise UsageError(f"{path} is not a result of {writer}; remove it, or run {writer} again")
    return content


@contextmanager
def naming_unreadable(path: Path) -> Iterator[None]:
    """Turn an OSError about a file into a UsageError that names it."""
    try:
        yield
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror or error}") from error
