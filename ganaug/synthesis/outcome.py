"""Reports on a finished set: images lost to filters, and poor variations."""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ganaug.synthesis.manifest import rows_of
from ganaug.synthesis.writer.pass_rates import TRIED, filters_in, pass_rate
from ganaug.utils.errors import UsageError

MOST_NAMED = 10


def report_outcome(
    manifest: Mapping[str, Any], folder: Path, on_shortage: Callable[[str], None]
) -> None:
    """Warn of images lost to filters and of poor variations; refuse a set left without images.

    Args:
        manifest: The set's manifest.
        folder: The set's folder.
        on_shortage: Called with each warning about classes that are empty or short of images.

    Raises:
        UsageError: Filters left no synthetic image.
    """
    if "private" in filters_in(manifest["passed"]):
        say_cost_of_privacy(manifest, folder)
    refuse_empty(manifest, str(folder))
    for warning in warnings_of_shortage(manifest):
        on_shortage(warning)
    if "variations" in manifest["sources"]:
        warn_of_poor_variations(rows_of(folder))


def say_cost_of_privacy(manifest: Mapping[str, Any], folder: Path) -> None:
    """Print how many images the filter `private` rejected.

    Raises:
        UsageError: No image passed it.
    """
    counts = manifest["passed"].values()
    total, passed = (
        sum(class_counts.get(k, 0) for class_counts in counts) for k in (TRIED, "private")
    )
    if total and not passed:
        raise UsageError(
            f"`private`: it rejected all {total:,} images, so none is left in {folder}. They "
            "lie closer to training images than held-out real images do, so the model has "
            "memorized its training images. Fit it on more images, for a shorter time or with "
            "augmentation, and write to a new folder"
        )
    print(
        f"private: {total - passed:,} of {total:,} images "
        f"({(total - passed) / max(1, total):.1%}) were left out, since they lie closer "
        "to a training image than held-out real images do"
    )


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
    counts = manifest["counts"]["synthetic"]
    empty = [name for name in manifest["short"] if not counts.get(name)]
    short = [name for name in manifest["short"] if counts.get(name)]
    messages = []
    if empty:
        messages.append(
            f"warning: {_classes(empty, 'empty')}: {_named(empty, manifest)}. A filter that passes "
            "nothing of a class may not know it: compare with a set made without the filter. More "
            "real images of the class help both the filter and the model"
        )
    if short:
        advice = (
            "bring more images" if "folder" in manifest.get("sources", ()) else "fit for longer"
        )
        messages.append(
            f"warning: {_classes(short, 'short of images')}: {_named(short, manifest)}. Loosen the "
            f"filter, raise `max_attempts`, or {advice}"
        )
    return messages


def warn_of_poor_variations(rows: Iterable[Mapping[str, str]]) -> None:
    """Warn if real images could not be inverted well.

    Args:
        rows: The rows of the set.
    """
    from ganaug.synthesis.sources.variations import POOR

    errors = {
        row["source"]: float(row["inversion_error"])
        for row in rows
        if row["method"] == "variations"
    }
    if poor := {source: error for source, error in errors.items() if error > POOR}:
        worst = max(poor, key=lambda source: poor[source])
        print(
            f"warning: the model can't reconstruct {len(poor)} of {len(errors)} real images well, "
            f"such as {worst} (inversion_error above {POOR} in metadata.csv): their variations "
            "hardly resemble them. Increase `inversion_steps`, or fit the model for longer",
            file=sys.stderr,
        )


def _classes(names: Sequence[str], problem: str) -> str:
    return f"1 class is {problem}" if len(names) == 1 else f"{len(names)} classes are {problem}"


def _named(names: Sequence[str], manifest: Mapping[str, Any]) -> str:
    """Return a list of classes as text, each with the count of its strictest filter."""
    parts = []
    for name in names[:MOST_NAMED]:
        counts = manifest["passed"].get(name, {})
        rates = {key: pass_rate(counts, key) for key in filters_in({name: counts})}
        judged_rates = {key: rate for key, rate in rates.items() if rate is not None}
        num_images = manifest["counts"]["synthetic"].get(name, 0)
        phrases = [f"{num_images} of {num_images + manifest['short'][name]}"] if num_images else []
        phrases.append(f"of {counts.get(TRIED, 0):,} images made")
        if judged_rates:
            strictest = min(judged_rates, key=lambda key: judged_rates[key])
            phrases.append(f"{strictest} passed {counts.get(strictest, 0):,}")
        parts.append(f"{name} ({', '.join(phrases)})")
    num_hidden = len(names) - MOST_NAMED
    return ", ".join(parts) + (f" and {num_hidden} more" if num_hidden > 0 else "")
