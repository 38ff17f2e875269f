"""Matches class names despite differences in type, case and Unicode form."""

import json
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from unicodedata import normalize

import yaml

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
    exact = {n: n for n in names}
    if str(name) in exact:
        return exact[str(name)]
    return {normalize("NFC", n): n for n in exact}.get(normalize("NFC", str(name)))


def same_letters(name: str, names: Iterable[str]) -> list[str]:
    """Return the names that differ from a name only in case and Unicode form.

    Example:
        >>> same_letters("Cat", ["cat", "CAT", "dog"])
        ['cat', 'CAT']
    """
    letters = normalize("NFC", name).casefold()
    return [candidate for candidate in names if normalize("NFC", candidate).casefold() == letters]


def same_names(split_names: Iterable[str], names: Iterable[str]) -> dict[str, str]:
    """Map each class name of a split to its name in train, or to itself if the match is unclear.

    Args:
        split_names: Names in the split. Case is ignored if exactly one name on each side matches.
        names: Names in train.

    Example:
        >>> same_names(["Cat", "owl"], ["cat", "dog"]), same_names(["Cat", "CAT"], ["cat"])
        ({'Cat': 'cat', 'owl': 'owl'}, {'Cat': 'Cat', 'CAT': 'CAT'})
    """
    split_names, names = [*split_names], [*names]
    matches = {}
    for name in split_names:
        in_train, in_split = same_letters(name, names), same_letters(name, split_names)
        match = in_train[0] if len(in_train) == len(in_split) == 1 else name
        matches[name] = find_name(name, names) or match
    return matches


def look_the_same(names: Iterable[str]) -> list[list[str]]:
    """Return groups of names that differ only in case, spaces, underscores and hyphens.

    Example:
        >>> look_the_same(["Rose", "rose", "red_rose", "red rose", "tulip", "1", "-1"])
        [['Rose', 'rose'], ['red rose', 'red_rose']]
    """
    groups: dict[str, list[str]] = {}
    for name in sorted(names):
        plain = normalize("NFC", name).casefold()
        separated = "" if NUMBER.fullmatch(plain) else BETWEEN.sub(" ", plain).strip()
        groups.setdefault(separated or plain, []).append(name)
    return [group for group in groups.values() if len(group) > 1]


def similar_names(names: Iterable[str]) -> list[str]:
    """Return a remark on class names so similar that they may mean the same class."""
    if not (similar := look_the_same(names)):
        return []
    text = ", ".join(" and ".join(f"'{name}'" for name in group) for group in similar[:3])
    suffix = f" and {len(similar) - 3} more" if len(similar) > 3 else ""
    return [
        f"{text}{suffix} differ only in case, spaces, underscores or hyphens, and are classes of "
        "their own; give them one name if they are the same"
    ]


def refuse_two_forms(names: Iterable[str], root: str) -> None:
    """Refuse two class folders whose names differ only in their Unicode form.

    Raises:
        DataError: Names them.
    """
    first_by_form: dict[str, str] = {}
    for name in names:
        other = first_by_form.setdefault(normalize("NFC", name), name)
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
        if not name.isprintable() and any("\ud800" <= char <= "\udfff" for char in name):
            raise DataError(
                f"the name of class {name!r} is not UTF-8, so it can't be written to a table; "
                "rename its folder"
            )
        if label not in present:
            raise DataError(
                f"class '{name}' has no training image; add images, lower validation and test, "
                "or leave the class out with classes"
            )


def as_list(name: str) -> str:
    """Return a list of one name as YAML, with quotes if the name needs them.

    Example:
        >>> as_list("my photos"), as_list("a, b")
        ('[my photos]', '["a, b"]')
    """
    try:
        plain = yaml.load(f"[{name}]", Loader=yaml.BaseLoader) == [name]
    except yaml.YAMLError:
        plain = False
    return f"[{name}]" if plain else json.dumps([name], ensure_ascii=False)


def one_class(root: str | Path) -> str:
    """Return the value of `classes` that makes all images of a data set one class."""
    return as_list(Path(root).absolute().name)


def expanded(path: str | Path) -> str:
    """Return a path with `~` and variables such as `$HOME` replaced."""
    text = str(path)
    if not text.startswith("~") and "$" not in text:
        return text
    try:
        exists = os.path.lexists(text)
    except ValueError:
        return text
    return text if exists else os.path.expandvars(os.path.expanduser(text))  # noqa: PTH111 - no error without a home
