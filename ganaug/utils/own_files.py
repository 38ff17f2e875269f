"""Which existing results may be written again: a tool's own, and of the same set."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ganaug.utils.errors import UsageError
from ganaug.utils.places import known_from
from ganaug.utils.safe_json import read_json

SET = "set"
NOT_OVERWRITTEN = "and is not overwritten; give `out` another name"


def refuse_other_set(
    path: Path, written: Mapping[str, Any], place: str, then: str = NOT_OVERWRITTEN
) -> None:
    """Make sure that results are of one set, before they are overwritten or shown as its own.

    Args:
        path: The file of results.
        written: What it holds; files of earlier versions don't name their set.
        place: The set, as `SyntheticDataset.place_from` names it.
        then: What follows from it, in words.

    Raises:
        UsageError: They are of another set.
    """
    other = str(written.get(SET, place))
    if other.startswith(".."):
        # Earlier versions wrote the way to a set even where it showed a home folder.
        other = known_from((path.parent / other).resolve(), path.parent.resolve())
    if other != place:
        raise UsageError(f"{path} holds the results of another set ({other}) {then}")


def read_own(path: Path) -> dict[str, Any]:
    """Return what an existing file of results holds; nothing where it is none."""
    try:
        written = read_json(path)
    except (OSError, ValueError):
        return {}
    return written if isinstance(written, dict) else {}
