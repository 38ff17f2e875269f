"""Checks of an existing folder for a set: a run to resume, or files not to overwrite."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ganaug.synthesis.manifest import parse_manifest, read_manifest
from ganaug.synthesis.writer.failures import naming_failures
from ganaug.synthesis.writer.journal import UNFINISHED
from ganaug.utils.errors import UsageError
from ganaug.utils.folder_lock import besides_lock
from ganaug.utils.output_folder import refuse_unwritable


def refuse_other_run(out: Path, facts: Mapping[str, Any]) -> None:
    """Refuse a folder in which a run can neither begin nor resume.

    Args:
        out: The folder.
        facts: The facts that determine the set, as far as known.

    Raises:
        UsageError: It holds something else, or can't be written.
    """
    with naming_failures(out):
        refuse_unwritable(out, "out")
        if not out.is_dir() or not besides_lock(out):
            return
        recorded, only_begun = _facts_there(out), _only_begun(out)
    if recorded is None and not only_begun:
        raise UsageError(
            f"{out} is not empty, and doesn't hold a run of this tool; give `out` a new folder."
        )
    if recorded is None:
        return
    # As after reading from a file: without tuples, and with strings as keys.
    new_facts = json.loads(json.dumps(facts))
    differences = [key for key in new_facts if recorded.get(key) != new_facts[key]]
    if differences == ["marks"] and not recorded.get("marks"):
        raise UsageError(
            f"{out} was begun without marks in its images: go on without them, by `mark=False`, or "
            "give `out` a new folder."
        )
    if differences == ["sources"] and (advice := formats_differ(recorded["sources"], new_facts)):
        raise UsageError(f"{out} holds this set {advice}, or give `out` a new folder")
    if differences:
        raise UsageError(
            f"{out} holds another run; what differs: {', '.join(sorted(differences))}. Give `out` "
            "a new folder, or the command that began it."
        )


def _facts_there(out: Path) -> dict[str, Any] | None:
    run = out / UNFINISHED / "run.json"
    try:
        return read_manifest(out)
    except UsageError as error:
        raise UsageError(f"{error}; restore it, or give `out` a new folder") from error
    except OSError:
        pass
    try:
        return parse_manifest(run.read_bytes(), str(run))
    except (OSError, ValueError):
        return None


def _only_begun(out: Path) -> bool:
    """Return whether a run was stopped right after creating its folder."""
    inside = besides_lock(out)
    unfinished = out / UNFINISHED
    return inside == [unfinished] and all(
        file.name.startswith("run.json.") for file in unfinished.iterdir()
    )


def formats_differ(recorded_sources: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    """Return advice for two runs that differ only in the formats of their real images' files.

    Args:
        recorded_sources: The sources in a folder's manifest.
        facts: Facts of the other run.

    Returns:
        The advice, to follow "holds this set"; empty if anything else differs.

    Example:
        >>> copied, encoded = {"copied": 2}, {"copied": 1, "encoded": 1}
        >>> formats_differ({"real": copied}, {"sources": {"real": encoded}})[:35]
        'with real images in files of their '
    """
    runs = [dict(sources.get("real") or {}) for sources in (recorded_sources, facts["sources"])]
    encoded = [run.pop("encoded", 0) for run in runs]
    for run in runs:
        run.pop("copied", None)
    if {**recorded_sources, "real": runs[0]} != {**facts["sources"], "real": runs[1]}:
        return ""
    if encoded[0] > encoded[1]:
        return "with real images encoded in one format, for shards: give `layout` webdataset"
    return (
        "with real images in files of their own formats, and shards hold one format: give `layout` "
        "folder"
    )
