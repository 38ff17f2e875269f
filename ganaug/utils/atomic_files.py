"""Files that are there whole or not at all, after a crash or on a full disk too."""

import json
import math
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from ganaug.utils.errors import UsageError


@contextmanager
def atomic_open(path: Path) -> Iterator[BinaryIO]:
    """Open a file to write that takes its name once all of it is on disk.

    What had the name before stays until then, and for good when the writing fails.

    Args:
        path: The file; its folder is made where it is missing.

    Raises:
        OSError: It can't be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # One name for all tries, so that what a killed process left is taken up by the next.
    partial = path.with_name(f"{path.name}.partial")
    try:
        with partial.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    _keep_name(path.parent)


@contextmanager
def atomic_open_or_refuse(path: Path) -> Iterator[BinaryIO]:
    """Open a file as `atomic_open` does, under a name that the user may have given.

    Raises:
        UsageError: It can't be written; names it and the reason.
    """
    try:
        with atomic_open(path) as file:
            yield file
    except OSError as error:
        reason = error.strerror or error
        raise UsageError(f"cannot write {path}: {reason}; give --out another place") from error


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write plain values as JSON, whole or not at all; null for a number that is not finite.

    Raises:
        UsageError: It can't be written.
    """
    text = json.dumps(_finite(content), indent=2, ensure_ascii=False, allow_nan=False)
    with atomic_open_or_refuse(path) as file:
        # Names of files that are not UTF-8 are written as escapes.
        file.write(f"{text}\n".encode(errors="backslashreplace"))


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _keep_name(folder: Path) -> None:
    # A name outlives a power cut once its folder is on disk; Windows opens no folders.
    if hasattr(os, "O_DIRECTORY"):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
