"""Pass rates of a set's filters, from the counts in its manifest."""

from collections.abc import Mapping
from typing import Any

# Keys of the number of images made, and of those compared by `duplicates`, the last filter.
TRIED, COMPARED = "tried", "compared"


def filters_in(passed: Mapping[str, Mapping[str, int]]) -> list[str]:
    """Return the filters in a manifest's `passed`, which has counts by class."""
    return sorted({name for counts in passed.values() for name in counts} - {TRIED, COMPARED})


def pass_rate(counts: Mapping[str, int], name: str) -> float | None:
    """Return the fraction of images that passed a filter, of those that it judged.

    Args:
        counts: A class's counts in a manifest's `passed`.
        name: The filter.

    Returns:
        The fraction, 0 to 1; None if the filter judged no image.

    Example:
        >>> counts = {"tried": 100, "agreement": 50, "compared": 50, "duplicates": 25}
        >>> pass_rate(counts, "agreement"), pass_rate(counts, "duplicates")
        (0.5, 0.5)
    """
    num_tried = counts.get(TRIED, 0)
    # Older manifests don't have the number of compared images.
    num_judged = counts.get(COMPARED, num_tried) if name == "duplicates" else num_tried
    return counts.get(name, 0) / num_judged if num_judged else None


def table_of(manifest: Mapping[str, Any]) -> str:
    """Return a table of the images of each class, and the pass rate of each filter."""
    counts, passed, names = manifest["counts"], manifest["passed"], manifest["class_names"]
    width = max(len(name) for name in [*names, "class"])
    judged = filters_in(passed)
    heads = "".join(f"{name:>12}" for name in judged)
    lines = [f"{'class':<{width}}{'synthetic':>11}{'real':>8}{heads}"]
    for name in names:
        synthetic, real = (counts[origin].get(name, 0) for origin in ("synthetic", "real"))
        rates = (pass_rate(passed.get(name, {}), filter_name) for filter_name in judged)
        cells = "".join(f"{'-' if rate is None else f'{rate:.1%}':>12}" for rate in rates)
        lines.append(f"{name:<{width}}{synthetic:>11}{real:>8}{cells}")
    return "\n".join(lines)
