"""Paths for files of results: relative, and never revealing a home folder."""

import hashlib
import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ganaug.utils.atomic_files import write_json
from ganaug.utils.cache_folder import cache_folder
from ganaug.utils.errors import UsageError


def absolute(path: str | Path) -> str:
    """Return the absolute path, without resolving links."""
    return os.path.abspath(path)  # noqa: PTH100 - `resolve` follows links


def is_shown(path: str | Path, folder: str | Path) -> bool:
    """Return whether the relative path from a folder reveals nothing about the machine.

    If the two have no common folder below the parent of the home folders or the root, the path
    would go up to there, and name a user or a disk on its way down.

    Example:
        >>> is_shown("/data/birds/photos", "/data/birds/sets/expanded")
        True
        >>> is_shown("/home/ann/photos", "/scratch/expanded")
        False
    """
    ends = [absolute(location) for location in (path, folder)]
    try:
        common = Path(os.path.commonpath(ends))
        home = Path.home()
    except (ValueError, RuntimeError):  # different drives, or no home folder
        return False
    return len(common.parts) > 2 and common not in home.parents


def place_from(path: str | Path, folder: str | Path) -> str:
    """Return the relative path from a folder, or only the name if the path must be hidden.

    Example:
        >>> place_from("/data/birds/photos", "/data/birds/sets/expanded")
        '../../photos'
        >>> place_from("/home/ann/photos", "/scratch/expanded")
        'photos'
    """
    if not is_shown(path, folder):
        return Path(path).name
    return Path(os.path.relpath(path, folder)).as_posix()


def is_private(path: str) -> bool:
    """Return whether a path reveals folders of this machine: it is absolute, or goes up too far.

    Example:
        >>> is_private("/data/photos"), is_private("photos/*.png")
        (True, False)
    """
    return Path(path).is_absolute() or (path.startswith("..") and not is_shown(path, "."))


def from_here(path: str | Path) -> str:
    """Return a path to print: unchanged, or if private, by `place_from` the current folder."""
    return place_from(path, ".") if is_private(str(path)) else str(path)


def known_from(path: str | Path, folder: str | Path) -> str:
    """Return `place_from`; if that is only a name, a hash is appended to make it unique.

    Example:
        >>> known_from("/home/ann/photos", "/scratch/expanded")
        'photos (d8129c4d)'
    """
    relative = place_from(path, folder)
    if is_shown(path, folder):
        return relative
    return f"{relative} ({hashlib.sha256(str(path).encode()).hexdigest()[:8]})"


def public_address(address: str) -> str:
    """Return an address without a password or a signed query; paths are unchanged.

    Example:
        >>> public_address("https://ann:secret@host/set?signature=1")
        'https://host/set'
    """
    if "://" not in address:
        return address
    # In Azure's addresses, the part before @ is the container.
    without_user = re.sub(r"(?<!abfs)(?<!abfss)(?<!az)://[^/?#]*@", "://", address)
    return re.sub(r"\?.*?(?=::|$)", "", without_user)


def remember(card: Mapping[str, Any], paths: Mapping[str, str]) -> None:
    """Save the locations of a card's files on this machine, in the cache.

    A failure is ignored: users can give the locations again.
    """
    with suppress(OSError, UsageError):
        file = _file_of(card)
        file.parent.mkdir(parents=True, exist_ok=True)
        write_json(file, dict(paths))


def remembered(card: Mapping[str, Any]) -> dict[str, str]:
    """Return the locations saved by `remember`; {} on another machine."""
    try:
        content = json.loads(_file_of(card).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(k): str(v) for k, v in content.items()} if isinstance(content, dict) else {}


def _file_of(card: Mapping[str, Any]) -> Path:
    # As after reading from a file, without tuples.
    text = json.dumps(card, sort_keys=True, default=str)
    return cache_folder() / "places" / f"{hashlib.sha256(text.encode()).hexdigest()[:32]}.json"
