"""Which existing results may be written again: a tool's own, and of the same set."""

from pathlib import Path
from typing import Any

from ganaug.utils.errors import UsageError
from ganaug.utils.places import known_from
from ganaug.utils.safe_json import read_json

SET = "set"


def refuse_other_set(path: Path, written: dict[str, Any], place: str) -> None:
    """Make sure that results of one set do not overwrite those of another.

    Args:
        path: The file of results.
        written: What it holds; files of earlier versions don't name their set.
        place: The set, as `SyntheticDataset.place_from` names it.

    Raises:
        UsageError: They are of another set.
    """
    other = str(written.get(SET, place))
    if other.startswith(".."):
        # Earlier versions wrote the way to a set even where it showed a home folder.
        other = known_from((path.parent / other).resolve(), path.parent.resolve())
    if other != place:
        raise UsageError(
            f"{path} holds the results of another set ({other}) and is not "
            "overwritten; give `out` another name"
        )


def read_own(path: Path) -> dict[str, Any]:
    """Return what an existing file of results holds; nothing where it is none."""
    try:
        written = read_json(path)
    except (OSError, ValueError):
        return {}
    return written if isinstance(written, dict) else {}
