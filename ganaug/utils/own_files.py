"""Checking that existing results belong to the same set before they are overwritten."""

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
    """Refuse results of another set, before they are overwritten or shown.

    Args:
        path: The file of results.
        written: Content of the file; files of earlier versions don't name their set.
        place: The set, as returned by `SyntheticDataset.place_from`.
        then: Consequence, for the end of the message.

    Raises:
        UsageError: The results are of another set.
    """
    other = str(written.get(SET, place))
    if other.startswith(".."):
        # Earlier versions wrote the path of a set even if it revealed a home folder.
        other = known_from((path.parent / other).resolve(), path.parent.resolve())
    if other != place:
        raise UsageError(f"{path} holds the results of another set ({other}) {then}")


def read_own(path: Path) -> dict[str, Any]:
    """Return the content of an existing file of results; empty if it isn't one."""
    try:
        written = read_json(path)
    except (OSError, ValueError):
        return {}
    return written if isinstance(written, dict) else {}
