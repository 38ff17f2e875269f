"""Class names as folder names, and back; names of image files."""

import re
from collections.abc import Iterable
from urllib.parse import unquote

from ganaug.utils.errors import UsageError

# What some file system or loader gives a meaning to: separators and Windows' reserved characters,
# dots and blanks at the ends, names beginning with two underscores (Hugging Face passes over
# them), and the percent sign, which marks an escape.
_UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|%]|^[. ]|[. ]$|^_(?=_)')
# Files of the source that a folder is mostly of have no prefix.
_PREFIXES = {"generator": "", "translator": ""}
_RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


def folder_name(class_name: str) -> str:
    """Name of a class's folder: the class name, with unsafe characters as %XX.

    Args:
        class_name: Any name but the empty one.

    Returns:
        A name that is one path component on every common system; `class_name_of` turns it back.

    Raises:
        UsageError: The name is empty.

    Example:
        >>> folder_name("rose"), folder_name("cats/dogs"), folder_name("..")
        ('rose', 'cats%2Fdogs', '%2E%2E')
    """
    if not class_name:
        raise UsageError("a class has an empty name; give it a name in the data set.")
    safe = _UNSAFE.sub(lambda found: f"%{ord(found[0]):02X}", class_name)
    if _RESERVED.match(safe):
        safe = f"%{ord(safe[0]):02X}{safe[1:]}"
    return safe


def class_name_of(folder: str) -> str:
    """The class name that `folder_name` turned into this folder's name."""
    return unquote(folder)


def prefix_of(method: str) -> str:
    """Return what begins the names of a method's files; their index follows."""
    return _PREFIXES.get(method, f"{method}_")


def names_of(methods: Iterable[str]) -> re.Pattern[str]:
    """Return the pattern of names that a worker gives to files of these methods.

    A prefix, an index, and a format's suffix or that of a copied file.

    Example:
        >>> bool(names_of(["my_2"]).fullmatch("my_2_000001.png"))
        True
    """
    suffixes = {method: "[a-z]+" if method == "real" else "(png|jpg|webp)" for method in methods}
    each = [rf"{re.escape(prefix_of(name))}\d{{6,}}\.{end}" for name, end in suffixes.items()]
    return re.compile("|".join(each))
