"""JSON that may be damaged: every parser error becomes a one-line UsageError."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from datamodules.reading.folders.class_names import expanded
from ganaug.utils.errors import UsageError

Built = TypeVar("Built")


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Args:
        path: The file.

    Raises:
        OSError: The file can't be opened.
        UsageError: See `parse_json`.
    """
    return parse_json(path.read_bytes(), str(path))


def parse_json(text: str | bytes, name: str) -> Any:
    """Parse a JSON text.

    Args:
        text: The text, bytes as UTF-8.
        name: Name of the file in error messages.

    Raises:
        UsageError: It is not JSON, is nested too deeply, or holds a number of too many digits.
    """
    try:
        return json.loads(text.decode() if isinstance(text, bytes) else text)
    except RecursionError as error:
        raise UsageError(f"{name} can't be read: it is nested too deeply") from error
    except UnicodeError as error:
        raise UsageError(f"{name} can't be read: it is not text in UTF-8") from error
    except ValueError as error:
        raise UsageError(f"{name} can't be read: {error}") from error


def read_as(path: str | Path, build: Callable[[Any], Built]) -> Built:
    """Build an object from a JSON file; error messages name the file.

    Args:
        path: The file.
        build: Builds the object from the file's content.

    Raises:
        OSError: The file can't be opened.
        UsageError: It is damaged, or `build` refuses it.
    """
    try:
        return build(read_json(Path(expanded(path))))
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from error
