"""Pass rates of a set's filters, from the counts in its manifest."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ganaug.utils.errors import UsageError

# Keys of the number of images made, and of those compared by `duplicates`, the last filter.
TRIED, COMPARED = "tried", "compared"
MOST_NAMED = 10


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
    tried = counts.get(TRIED, 0)
    # Older manifests don't have the number of compared images.
    seen = counts.get(COMPARED, tried) if name == "duplicates" else tried
    return counts.get(name, 0) / seen if seen else None


def table_of(manifest: Mapping[str, Any]) -> str:
    """Return a table of the images of each class, and the pass rate of each filter."""
    counts, passed, names = manifest["counts"], manifest["passed"], manifest["class_names"]
    width = max(len(name) for name in [*names, "class"])
    judged = filters_in(passed)
    heads = "".join(f"{name:>12}" for name in judged)
    lines = [f"{'class':<{width}}{'synthetic':>11}{'real':>8}{heads}"]
    for name in names:
        made, real = (counts[origin].get(name, 0) for origin in ("synthetic", "real"))
        rates = (pass_rate(passed.get(name, {}), each) for each in judged)
        cells = "".join(f"{'-' if rate is None else f'{rate:.1%}':>12}" for rate in rates)
        lines.append(f"{name:<{width}}{made:>11}{real:>8}{cells}")
    return "\n".join(lines)


def warnings_of_shortage(manifest: Mapping[str, Any]) -> list[str]:
    """Return warnings of classes that are empty or have too few images.

    Args:
        manifest: The set's manifest.

    Example:
        >>> passed, counts = {"rose": {"tried": 120, "agreement": 0}}, {"synthetic": {}}
        >>> manifest = {"short": {"rose": 12}, "passed": passed, "counts": counts}
        >>> warnings_of_shortage(manifest)[0][:72]
        'warning: 1 class is empty: rose (of 120 images made, agreement passed 0)'
    """
    made = manifest["counts"]["synthetic"]
    empty = [name for name in manifest["short"] if not made.get(name)]
    short = [name for name in manifest["short"] if made.get(name)]
    found = []
    if empty:
        found.append(
            f"warning: {_classes(empty, 'empty')}: {_named(empty, manifest)}. A filter that passes "
            "nothing of a class may not know it: compare with a set made without the filter. More "
            "real images of the class help both the filter and the model"
        )
    if short:
        more = "bring more images" if "folder" in manifest.get("sources", ()) else "fit for longer"
        found.append(
            f"warning: {_classes(short, 'short of images')}: {_named(short, manifest)}. Loosen the "
            f"filter, raise `max_attempts`, or {more}"
        )
    return found


def refuse_empty(manifest: Mapping[str, Any], out: str) -> None:
    """Refuse a finished set in which filters left no synthetic image at all.

    Args:
        manifest: The set's manifest.
        out: The set's folder or address.

    Raises:
        UsageError: The set is empty; the message names the filters, the strictest first, and the
            number of images that each passed.
    """
    if not manifest["short"] or any(manifest["counts"]["synthetic"].values()):
        return
    total: Counter[str] = Counter()
    for counts in manifest["passed"].values():
        total.update(counts)
    judged = sorted(filters_in({"": total}), key=lambda name: (total[name], name))
    if not judged:
        return  # not emptied by a filter
    passed = ", ".join(f"{name} passed {total[name]:,}" for name in judged)
    raise UsageError(
        f"`filters` left no image in {out}: of {total[TRIED]:,} images made, {passed}. "
        "Loosen the filter or leave it out, and write to a new folder; a set made without it "
        "shows what the filter rejects"
    )


def _classes(names: Sequence[str], what: str) -> str:
    return f"1 class is {what}" if len(names) == 1 else f"{len(names)} classes are {what}"


def _named(names: Sequence[str], manifest: Mapping[str, Any]) -> str:
    """Return a list of classes as text, each with the count of its strictest filter."""
    parts = []
    for name in names[:MOST_NAMED]:
        counts = manifest["passed"].get(name, {})
        rates = {each: pass_rate(counts, each) for each in filters_in({name: counts})}
        judged = {each: rate for each, rate in rates.items() if rate is not None}
        has = manifest["counts"]["synthetic"].get(name, 0)
        words = [f"{has} of {has + manifest['short'][name]}"] if has else []
        words.append(f"of {counts.get(TRIED, 0):,} images made")
        if judged:
            strictest = min(judged, key=lambda each: judged[each])
            words.append(f"{strictest} passed {counts.get(strictest, 0):,}")
        parts.append(f"{name} ({', '.join(words)})")
    more = len(names) - MOST_NAMED
    return ", ".join(parts) + (f" and {more} more" if more > 0 else "")
