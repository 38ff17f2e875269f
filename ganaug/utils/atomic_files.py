"""Files that are written atomically: complete or absent, even after a crash or on a full disk."""

import json
import math
import os
import re
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

from ganaug.utils.errors import UsageError

OWNER = re.compile(r".+\.ganaug-(?P<host>.+)-(?P<process>\d+)\.partial", re.DOTALL)
# In seconds. Containers may share a host name and a folder without seeing each other's processes.
ABANDONED_AFTER = 86_400.0


@contextmanager
def atomic_open(path: Path, partial: Path | None = None) -> Iterator[BinaryIO]:
    """Open a file for writing that replaces `path` only once it is completely on disk.

    An existing file is kept until then, and also if writing fails.

    Args:
        path: The file; its folder is created if missing.
        partial: The temporary name, on the same file system; next to the file by default.

    Raises:
        OSError: The file can't be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_partial_files(path.parent)
    partial = partial or partial_file(path)
    try:
        with partial.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


@contextmanager
def atomic_open_or_refuse(path: Path) -> Iterator[BinaryIO]:
    """Open a file as `atomic_open` does, for a path that a user may have given.

    Raises:
        UsageError: The file can't be written; the message names it and the reason.
    """
    try:
        with atomic_open(path) as file:
            yield file
    except OSError as error:
        reason = error.strerror or error
        raise UsageError(f"cannot write {path}: {reason}; choose another path") from error


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write plain values as JSON, atomically, with null for numbers that are not finite.

    Raises:
        UsageError: The file can't be written.
    """
    text = json.dumps(_finite(content), indent=2, ensure_ascii=False, allow_nan=False)
    with atomic_open_or_refuse(path) as file:
        # File names that are not UTF-8 are escaped.
        file.write(f"{text}\n".encode(errors="backslashreplace"))


def partial_file(path: Path) -> Path:
    """Return the name of an incomplete file, unique to this process."""
    return path.with_name(f"{path.name}.ganaug-{socket.gethostname()}-{os.getpid()}.partial")


def is_partial(path: Path) -> bool:
    """Return whether a file is an incomplete one, by its name."""
    return OWNER.fullmatch(path.name) is not None


@cache
def _remove_partial_files(folder: Path) -> None:
    """Remove, once per process, incomplete files that killed processes left in a folder."""
    import psutil

    for file in folder.glob("*.ganaug-*.partial"):
        owner = OWNER.fullmatch(file.name)
        if owner is None or owner["host"] != socket.gethostname():
            continue  # from another machine, whose processes can't be checked
        if psutil.pid_exists(int(owner["process"])):
            continue
        # In a sticky folder, another user's file can't be removed.
        with suppress(OSError):
            if time.time() - file.stat().st_mtime > ABANDONED_AFTER:
                file.unlink()


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _sync_folder(folder: Path) -> None:
    # A new file name survives a power cut only if its folder is synced. Windows can't open folders,
    # and some mounts can't sync them; the file itself is complete there, too.
    if not hasattr(os, "O_DIRECTORY"):
        return
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
