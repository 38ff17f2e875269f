"""Class names as folder names, and back; names of image files."""

import re
from collections.abc import Iterable
from urllib.parse import unquote

from ganaug.utils.errors import UsageError

# Characters that are special to some file system or loader: separators and characters reserved by
# Windows, dots and spaces at the ends, two leading underscores (Hugging Face ignores such names),
# and the percent sign, which starts an escape.
_UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|%]|^[. ]|[. ]$|^_(?=_)')
# Files of the method `generator` have no prefix.
_PREFIXES = {"generator": "", "translator": ""}
_RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


def folder_name(class_name: str) -> str:
    """Return the name of a class's folder: the class name, with unsafe characters as %XX.

    Args:
        class_name: Any name that isn't empty.

    Returns:
        A single path component, valid on every common system; `class_name_of` is the inverse.

    Raises:
        UsageError: The name is empty.

    Example:
        >>> folder_name("rose"), folder_name("cats/dogs"), folder_name("..")
        ('rose', 'cats%2Fdogs', '%2E%2E')
    """
    if not class_name:
        raise UsageError("a class has an empty name; give it a name in the data set.")
    safe = _UNSAFE.sub(lambda match: f"%{ord(match[0]):02X}", class_name)
    if _RESERVED.match(safe):
        safe = f"%{ord(safe[0]):02X}{safe[1:]}"
    return safe


def class_name_of(folder: str) -> str:
    """Return the class name of a folder, the inverse of `folder_name`."""
    return unquote(folder)


def prefix_of(method: str) -> str:
    """Return the prefix of a method's file names, before the index."""
    return _PREFIXES.get(method, f"{method}_")


def names_of(methods: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern of the file names of these methods.

    They consist of a prefix, an index, and the suffix of the format or of the copied file.

    Example:
        >>> bool(names_of(["my_2"]).fullmatch("my_2_000001.png"))
        True
    """
    suffixes = {method: "[a-z]+" if method == "real" else "(png|jpg|webp)" for method in methods}
    patterns = [rf"{re.escape(prefix_of(name))}\d{{6,}}\.{end}" for name, end in suffixes.items()]
    return re.compile("|".join(patterns))
