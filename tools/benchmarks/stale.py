"""Listing stored results that are older than the last change of the code they measure."""

from pathlib import Path

from benchmarks.catalogue import files_of
from benchmarks.origin import DIRTY, git
from benchmarks.store import STORE, Measurement, latest, read_all


def stale(store: str | None = None) -> str:
    """List the results that are older than the last change of the files they measure.

    Args:
        store: folder of stored results; by default docs/results
    """
    newest = latest(read_all(Path(store) if store else STORE)).values()
    # Results of the same study and commit share a line.
    groups = {(result.study, result.commit, result.date): result for result in newest}
    stale_results = [
        (result, reason) for result in groups.values() if (reason := why_stale(result))
    ]
    rows = [
        (result.study, result.date or "?", result.commit or "?", why)
        for result, why in stale_results
    ]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    lines = [
        "  ".join([*map(str.ljust, row[:3], widths), row[3]])
        for row in sorted(rows, key=lambda row: row[:3])
    ]
    return "\n".join([*lines, f"{len(rows)} of {len(groups)} results are stale"])


def why_stale(result: Measurement) -> str:
    """Return the last commit that changed the files measured by a result, or why it is unknown.

    Returns:
        One line, empty if nothing has changed since.
    """
    files = files_of(result.study)
    if result.commit is None:
        return "commit unknown"
    if not files:
        return "there is no such study anymore"
    if result.commit.endswith(DIRTY):
        return "measured with changes that were not committed"
    changed = git("log", "-1", "--format=%h %cs %s", f"{result.commit}..HEAD", "--", *files)
    if changed is None:
        return "commit not in this history"
    return changed and f"changed by {changed}"
