"""What the filters of a set let through, as its manifest counts it."""

from collections.abc import Mapping

# Images that were made, and those that the filter `duplicates` looked at, which comes last.
TRIED, COMPARED = "tried", "compared"


def filters_in(passed: Mapping[str, Mapping[str, int]]) -> list[str]:
    """Return the filters of which a manifest's `passed` tells, by class, what they let through."""
    return sorted({name for counts in passed.values() for name in counts} - {TRIED, COMPARED})


def pass_rate(counts: Mapping[str, int], name: str) -> float | None:
    """Return the share that passed a filter, of the images that it looked at.

    Args:
        counts: What a manifest's `passed` says of a class.
        name: The filter.

    Returns:
        0 to 1, None where it looked at no image.

    Example:
        >>> counts = {"tried": 100, "agreement": 50, "compared": 50, "duplicates": 25}
        >>> pass_rate(counts, "agreement"), pass_rate(counts, "duplicates")
        (0.5, 0.5)
    """
    tried = counts.get(TRIED, 0)
    # Older manifests don't say how many were compared.
    seen = counts.get(COMPARED, tried) if name == "duplicates" else tried
    return counts.get(name, 0) / seen if seen else None
