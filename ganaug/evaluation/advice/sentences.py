"""Sentences of an advice on sets of further images and on classes with too few images."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from datamodules.reading.folders.class_folders import listed
from ganaug.evaluation.advice.trainings.folds import FEW

if TYPE_CHECKING:
    from ganaug.evaluation.advice.trainings.workbench import Workbench


def notes_of(bench: "Workbench", names: Sequence[str], reductions: Sequence[str]) -> list[str]:
    """Return notes on the limits of a search.

    Args:
        bench: Workbench with the folds and the sets.
        names: Names of the classes.
        reductions: Reductions of the search to save time.
    """
    counts = bench.folds.labels.bincount(minlength=len(names)).tolist()
    unscored = [names[label] for label in bench.folds.unscored]
    small_classes = {
        n: c for n, c in zip(names, counts, strict=True) if c < FEW and n not in unscored
    }
    notes = [f"{reduction[0].upper()}{reduction[1:]}." for reduction in reductions]
    notes += [
        f"{further_set.copies} of the {len(further_set)} images of {further_set.name} are copies "
        "of real images."
        for further_set in bench.sets.values()
        if further_set.copies
    ]
    if unscored:
        notes.append(
            f"Class {', '.join(unscored)} has a single image or group, so cross-validation can't "
            "measure its recall: add images."
        )
    if small_classes:
        class_counts = ", ".join(f"{name} ({count})" for name, count in small_classes.items())
        notes.append(
            f"Classes of fewer than {FEW} images, {class_counts}, weigh as much as the others "
            "although cross-validation can't measure their recall well: add images."
        )
    return notes


def words_of_untested(names: Sequence[str]) -> str:
    """Return a sentence on classes without test images, and what to do."""
    is_single = len(names) == 1
    return (
        f"Nothing was tested, because the {'class' if is_single else 'classes'} {listed(names)} "
        f"{'has' if is_single else 'have'} no test images. For a test, add test images of "
        f"{'it' if is_single else 'them'}, or, if the data has no test images of its own, set a "
        "larger data.test, and run advise again with a new output folder."
    )


def words_of_set(name: str, comparison: Mapping[str, Any]) -> str:
    """Return a sentence on whether a set of further images helps in cross-validation."""
    low, high = (100 * bound for bound in comparison["interval"])
    word = "helps" if comparison["recommended"] else "is not recommended"
    gain = f"{abs(100 * comparison['gain']):.1f}"
    better = f"{gain} points {'better' if comparison['gain'] > 0 else 'worse'} than"
    return (
        f"The set {name} {word}: in cross-validation its best recipe, {comparison['candidate']!r}, "
        f"is {'as good as' if gain == '0.0' else better} the best one without further images "
        f"({low:+.1f} to {high:+.1f} points){_reason(comparison)}."
    )


def _reason(comparison: Mapping[str, Any]) -> str:
    """Return why a set that looks better is not recommended; empty for other sets."""
    if comparison["recommended"] or comparison["gain"] <= 0:
        return ""
    if comparison["interval"][0] <= 0:
        return ", which could be chance"
    # Earlier versions don't record the required gain.
    if comparison["gain"] <= comparison.get("needed", 0):
        return (
            f", but it is the best of {comparison['with_sets']} recipes with further images that "
            f"were tried, and the best of so many can look up to {100 * comparison['needed']:.1f} "
            "points better by chance"
        )
    if not comparison.get("last", True):
        return ", but other recipes were better still, so it was not trained for longer"
    return (
        ", but another recipe with further images is better still" if "needed" in comparison else ""
    )
