"""Matches class names despite differences in type, case and Unicode form."""

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from unicodedata import normalize

from datamodules.errors import DataError

# Separators between words.
BETWEEN = re.compile(r"[\s_-]+")
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def find_name(name: object, names: Iterable[str]) -> str | None:
    r"""Return which of the names is meant, or None.

    A number matches its digits, and accented letters match in every Unicode form, since file
    systems and keyboards use different forms.

    Example:
        >>> find_name(3, ["3", "8"]), find_name("cafe\u0301", ["caf\xe9"]), find_name("3", ["03"])
        ('3', 'café', None)
    """
    own = {each: each for each in names}
    if str(name) in own:
        return own[str(name)]
    return {normalize("NFC", each): each for each in own}.get(normalize("NFC", str(name)))


def same_letters(name: str, names: Iterable[str]) -> list[str]:
    """Return the names that differ from a name only in case and Unicode form.

    Example:
        >>> same_letters("Cat", ["cat", "CAT", "dog"])
        ['cat', 'CAT']
    """
    letters = normalize("NFC", name).casefold()
    return [each for each in names if normalize("NFC", each).casefold() == letters]


def same_names(own: Iterable[str], names: Iterable[str]) -> dict[str, str]:
    """Map each class name of a split to its name in train, or to itself if the match is unclear.

    Args:
        own: Names in the split. Case is ignored if exactly one name on each side matches.
        names: Names in train.

    Example:
        >>> same_names(["Cat", "owl"], ["cat", "dog"]), same_names(["Cat", "CAT"], ["cat"])
        ({'Cat': 'cat', 'owl': 'owl'}, {'Cat': 'Cat', 'CAT': 'CAT'})
    """
    own, names = [*own], [*names]
    found = {}
    for name in own:
        alike, here = same_letters(name, names), same_letters(name, own)
        single = alike[0] if len(alike) == len(here) == 1 else name
        found[name] = find_name(name, names) or single
    return found


def look_the_same(names: Iterable[str]) -> list[list[str]]:
    """Return groups of names that differ only in case, spaces, underscores and hyphens.

    Example:
        >>> look_the_same(["Rose", "rose", "red_rose", "red rose", "tulip", "1", "-1"])
        [['Rose', 'rose'], ['red rose', 'red_rose']]
    """
    found: dict[str, list[str]] = {}
    for name in sorted(names):
        plain = normalize("NFC", name).casefold()
        words = "" if NUMBER.fullmatch(plain) else BETWEEN.sub(" ", plain).strip()
        found.setdefault(words or plain, []).append(name)
    return [each for each in found.values() if len(each) > 1]


def refuse_two_forms(names: Iterable[str], root: str) -> None:
    """Refuse two class folders whose names differ only in their Unicode form.

    Raises:
        DataError: Names them.
    """
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(normalize("NFC", name), name)
        if other != name:
            raise DataError(
                f"'{root}' has two folders '{name}', {other!a} and {name!a}, which look "
                "the same and differ in their Unicode form; put their images into one"
            )


def check_classes(class_names: Sequence[str], labels: Iterable[int]) -> None:
    """Refuse classes without training images, and names that can't be written.

    Args:
        class_names: By class index.
        labels: Class index of each training image.

    Raises:
        DataError: Names the first such class.
    """
    present = set(labels)
    for label, name in enumerate(class_names):
        if not name.isprintable() and any("\ud800" <= each <= "\udfff" for each in name):
            raise DataError(
                f"the name of class {name!r} is not UTF-8, so it can't be written to a table; "
                "rename its folder"
            )
        if label not in present:
            raise DataError(
                f"class '{name}' has no training image; add images, lower validation and test, "
                "or leave the class out with classes"
            )


def expanded(path: str | Path) -> str:
    """Return a path with `~` and variables such as `$HOME` replaced."""
    text = str(path)
    if not text.startswith("~") and "$" not in text:
        return text
    try:
        there = os.path.lexists(text)
    except ValueError:
        return text
    return text if there else os.path.expandvars(os.path.expanduser(text))  # noqa: PTH111 - no error without a home
