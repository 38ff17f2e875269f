"""Matching the class names of a set with those of the real images, ignoring spelling variants."""

import re
from collections.abc import Iterable, Sequence
from unicodedata import normalize
from urllib.parse import unquote

from datamodules.reading.folders.class_names import find_name
from ganaug.utils.errors import UsageError, did_you_mean

# Word separators, including all dashes that keyboards and programs produce.
BETWEEN = re.compile(r"[\s_\-\u2010-\u2015\u2212]+")


def plain_name(name: str) -> str:
    r"""Return a name without case, separators and Unicode form.

    Example:
        >>> plain_name("Sun Flower") == plain_name("sun_flower") == plain_name("SUNFLOWER")
        True
        >>> plain_name("caf\xe9") == plain_name("CAFE\u0301")
        True
    """
    folded = normalize("NFKC", normalize("NFKC", name).casefold())
    return BETWEEN.sub("", folded) or folded


def match_classes(set_classes: Iterable[str], class_names: Sequence[str]) -> dict[str, int]:
    """Return the label of each class of a set.

    A name matches the real class of exactly this name. Other names are compared without case,
    spaces, underscores, hyphens and Unicode form.

    Args:
        set_classes: Names of the set's classes; "" for images without a class.
        class_names: Names of the real images' classes, in the order of the labels.

    Raises:
        UsageError: A name matches no class or several, or two names match the same class; the
            message says what to do.
    """
    names = list(set_classes)
    if names == [""] and len(class_names) == 1:
        return {"": 0}
    matches = {name: _matches(name, class_names) for name in names}
    if unknown := [name for name in names if not matches[name]]:
        raise UsageError(_unknown(unknown, class_names))
    labels: dict[str, int] = {}
    for name, candidates in matches.items():
        if len(candidates) > 1:
            raise UsageError(
                f"the synthetic class {name!r} matches the real classes "
                f"{' and '.join(map(repr, candidates))}; rename it to one of them"
            )
        label = class_names.index(candidates[0])
        if duplicate := next((n for n in labels if labels[n] == label), None):
            raise UsageError(
                f"the synthetic classes {duplicate!r} and {name!r} both match the real class "
                f"{candidates[0]!r}; merge them, or rename the one that is a different class"
            )
        labels[name] = label
    return labels


def how_matched(labels: dict[str, int], class_names: Sequence[str]) -> str:
    """Return a line with the class that each name matches, and the classes without images."""
    pairs = ((name, class_names[label]) for name, label in labels.items())
    texts = [f"{name!r} is {real}" for name, real in pairs if name not in ("", real)]
    if "" in labels:
        return f"set: its images have no class and count as {class_names[0]}"
    line = f"set: {len(labels)} of {len(class_names)} classes matched by name"
    line += f", ignoring case, spaces, hyphens and Unicode form: {', '.join(texts)}" * bool(texts)
    if missing := [n for k, n in enumerate(class_names) if k not in labels.values()]:
        line += f"; without synthetic images, and so not measured: {', '.join(missing)}"
    return line


def _matches(name: str, class_names: Sequence[str]) -> list[str]:
    # synthesize writes characters that are not allowed in folder names as %XX.
    for spelling in (name, unquote(name)):
        if (exact_name := find_name(spelling, class_names)) is not None:
            return [exact_name]
    return [choice for choice in class_names if plain_name(choice) == plain_name(unquote(name))]


def _unknown(names: Sequence[str], class_names: Sequence[str]) -> str:
    real_classes = f"Their classes are {', '.join(class_names)}."
    if "" in names:
        return (
            "the synthetic images have no class; put them into one folder per class, or add a "
            f"table that lists file and label. {real_classes}"
        )
    hint = did_you_mean(names[0], class_names) if len(names) == 1 else ""
    noun = "classes" if len(names) > 1 else "class"
    advice = ""
    if len(class_names) == 1:
        advice = " If a table has their classes, give it as data.labels, and data.root the folder."
    elif all(name.isdecimal() for name in names):
        advice = " If classes.txt or another file names them, copy it into the folder."
    pronoun = "them" if len(names) > 1 else "it"
    return (
        f"the synthetic folder has the {noun} {', '.join(map(repr, names))}, which the real images "
        f"do not have{hint or '.'} {real_classes}{advice} Rename or remove {pronoun}."
    )
