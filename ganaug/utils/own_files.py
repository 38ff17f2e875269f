"""Checking that existing results belong to the same set before they are overwritten."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ganaug.utils.errors import UsageError
from ganaug.utils.places import known_from, public_address
from ganaug.utils.safe_json import read_json

SET = "set"
NOT_OVERWRITTEN = "and is not overwritten; give `out` another name"


def refuse_other_set(
    path: Path, content: Mapping[str, Any], set_path: str, consequence: str = NOT_OVERWRITTEN
) -> None:
    """Refuse results of another set, before they are overwritten or shown.

    Args:
        path: The file of results.
        content: Content of the file; files of earlier versions don't name their set.
        set_path: The set, as returned by `SyntheticDataset.place_from`.
        consequence: Consequence, for the end of the message.

    Raises:
        UsageError: The results are of another set.
    """
    # Earlier versions also wrote the password in an address.
    other_set = public_address(str(content.get(SET, set_path)))
    if other_set.startswith(".."):
        # Earlier versions wrote the path of a set even if it revealed a home folder.
        other_set = known_from((path.parent / other_set).resolve(), path.parent.resolve())
    if other_set != set_path:
        raise UsageError(f"{path} holds the results of another set ({other_set}) {consequence}")


def read_own(path: Path) -> dict[str, Any]:
    """Return the content of an existing file of results; empty if it isn't one."""
    try:
        content = read_json(path)
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
