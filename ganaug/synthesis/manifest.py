"""Reading a set's manifest.json; names from older versions are replaced by current ones."""

import csv
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from datamodules.reading.folders.outputs import is_own_manifest
from ganaug.utils.errors import UsageError
from ganaug.utils.places import (
    absolute,
    is_private,
    is_shown,
    place_from,
    remember,
    remembered,
)
from ganaug.utils.safe_json import parse_json

FILE = "manifest.json"
# Names in older sets and their current names.
OLD_KEYS = {"makers": "sources", "gates": "filters", "max_tries": "max_attempts"}
OLD_FILTERS = {"copies": "memorized", "strays": "outliers"}
# Columns of metadata.csv.
OLD_COLUMNS = {"maker": "method"}


def _maps(kind: type) -> Callable[[Any], bool]:
    return lambda value: (
        isinstance(value, dict) and all(isinstance(item, kind) for item in value.values())
    )


# Expected types: the words for a message, and a check.
FORMS: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "class_names": (
        "a list of names",
        lambda value: isinstance(value, list) and all(isinstance(item, str) for item in value),
    ),
    "marks": ("a digital source type for each method", _maps(str)),
    "short": ("a number for each class", _maps(int)),
}


def rows_of(folder: Path) -> list[dict[str, str]]:
    """Read the rows of a set's metadata.csv; columns of older versions are renamed.

    Raises:
        OSError: The file doesn't exist or can't be opened.
        UsageError: The file is damaged.
    """
    path = folder / "metadata.csv"
    with path.open(newline="", encoding="utf-8", errors="replace") as file:
        try:
            rows = [with_names(row, OLD_COLUMNS) for row in csv.DictReader(file)]
        except csv.Error as error:
            raise _damaged(path, error) from error
    if any("file_name" not in row for row in rows):
        raise _damaged(path, "it has no column file_name")
    return rows


def _damaged(path: Path, reason: object) -> UsageError:
    return UsageError(f"{path} can't be read ({reason}); make the set again, or take a copy of it")


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Read the manifest of a set; None if another program wrote the file.

    Raises:
        OSError: The file doesn't exist or can't be opened.
        UsageError: The file is damaged.
    """
    path = folder / FILE
    text, name = path.read_bytes(), str(path)
    return parse_manifest(text, name) if is_own_manifest(parse_json(text, name)) else None


def parse_manifest(text: str | bytes, name: str) -> dict[str, Any] | None:
    """Read the text of a manifest, or of the facts of an unfinished run.

    Args:
        text: The text, bytes as UTF-8.
        name: Name of the file, for errors.

    Raises:
        UsageError: The file is damaged.
    """
    content = parse_json(text, name)
    if not isinstance(content, dict):
        return None
    manifest = with_names(content, OLD_KEYS)
    for key, (expected, fits) in FORMS.items():
        if manifest.get(key) is not None and not fits(manifest[key]):
            raise UsageError(f"{name} can't be read: `{key}` must be {expected}")
    if isinstance(old_filters := content.get("gates"), list):
        renamed = [with_names(facts, OLD_FILTERS) for facts in old_filters]
        # Sorted by name, like the filters of current sets.
        manifest["filters"] = sorted(renamed, key=lambda facts: next(iter(facts), ""))
    if isinstance(passed := manifest.get("passed"), dict):
        manifest["passed"] = {k: with_names(counts, OLD_FILTERS) for k, counts in passed.items()}
    if isinstance(card := manifest.get("card"), dict):
        manifest["card"] = _with_new_settings(card)
    return manifest


def card_for(card: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return a model's card for a set's manifest, without absolute paths.

    Args:
        card: The card as a dictionary, from `Card.plain`.
        folder: The set's folder.

    Returns:
        `card`, with its absolute paths made relative to the folder, and `from_set`, the names of
        these settings. If a relative path would show a home folder, only its last name is kept;
        `elsewhere` lists these, and this machine remembers where they are (`remember`).
    """
    settings = dict(card["data"].get("init_args", {}))
    paths = {k: v for k, v in settings.items() if isinstance(v, str) and is_private(v)}
    if not paths:
        return {"card": card}
    settings |= {name: place_from(path, folder) for name, path in paths.items()}
    portable_card = {**card, "data": {**card["data"], "init_args": settings}}
    shown_names = [name for name, path in paths.items() if is_shown(path, folder)]
    hidden = {name: absolute(path) for name, path in paths.items() if name not in shown_names}
    if hidden:
        remember(portable_card, hidden)
    lists = {"from_set": shown_names, "elsewhere": [*hidden]}
    return {"card": portable_card, **{name: names for name, names in lists.items() if names}}


def card_of(manifest: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return the card of a manifest, with the relative paths of `card_for` resolved.

    Raises:
        KeyError: The manifest has no card.
    """
    card, names = manifest["card"], manifest.get("from_set") or ()
    if not names and not manifest.get("elsewhere"):
        return card
    settings = dict(card["data"]["init_args"])
    settings |= {name: os.path.normpath(folder.absolute() / settings[name]) for name in names}
    settings |= remembered(card) if manifest.get("elsewhere") else {}
    return {**card, "data": {**card["data"], "init_args": settings}}


def with_names(values: Any, names: Mapping[str, str]) -> Any:
    """Return a mapping with its old keys renamed; anything else unchanged."""
    if not isinstance(values, dict):
        return values
    return {names.get(key, key): value for key, value in values.items()}


def _with_new_settings(card: dict[str, Any]) -> dict[str, Any]:
    from ganaug.training.checkpoints import renamed

    data = card.get("data")
    if not isinstance(data, dict) or not isinstance(data.get("init_args"), dict):
        return card
    return {
        **card,
        "data": {**data, "init_args": renamed(data["init_args"], data.get("class_path"))},
    }
