"""Sentences of an advice on sets of further images and on classes with too few images."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from datamodules.reading.folders.class_folders import listed
from ganaug.evaluation.advice.trainings.folds import FEW

if TYPE_CHECKING:
    from ganaug.evaluation.advice.trainings.workbench import Workbench


def notes_of(bench: "Workbench", names: Sequence[str], less: Sequence[str]) -> list[str]:
    """Return notes on the limits of a search.

    Args:
        bench: Workbench with the folds and the sets.
        names: Names of the classes.
        less: Reductions of the search to save time.
    """
    counts = bench.folds.labels.bincount(minlength=len(names)).tolist()
    never = [names[label] for label in bench.folds.unscored]
    few = {n: c for n, c in zip(names, counts, strict=True) if c < FEW and n not in never}
    notes = [f"{each[0].upper()}{each[1:]}." for each in less]
    notes += [
        f"{each.copies} of the {len(each)} images of {each.name} are copies of real images."
        for each in bench.sets.values()
        if each.copies
    ]
    if never:
        notes.append(
            f"Class {', '.join(never)} has a single image or group, so cross-validation can't "
            "measure its recall: add images."
        )
    if few:
        said = ", ".join(f"{name} ({count})" for name, count in few.items())
        notes.append(
            f"Classes of fewer than {FEW} images, {said}, weigh as much as the others although "
            "cross-validation can't measure their recall well: add images."
        )
    return notes


def words_of_untested(names: Sequence[str]) -> str:
    """Return a sentence on classes without test images, and what to do."""
    one = len(names) == 1
    return (
        f"Nothing was tested, because the {'class' if one else 'classes'} {listed(names)} "
        f"{'has' if one else 'have'} no test images. For a test, add test images of "
        f"{'it' if one else 'them'}, or, if the data has no test images of its own, set a larger "
        "data.test, and run advise again with a new output folder."
    )


def words_of_set(name: str, own: Mapping[str, Any]) -> str:
    """Return a sentence on whether a set of further images helps in cross-validation."""
    low, high = (100 * bound for bound in own["interval"])
    word = "helps" if own["recommended"] else "is not recommended"
    gain = f"{abs(100 * own['gain']):.1f}"
    better = f"{gain} points {'better' if own['gain'] > 0 else 'worse'} than"
    return (
        f"The set {name} {word}: in cross-validation its best recipe, {own['candidate']!r}, is "
        f"{'as good as' if gain == '0.0' else better} the best one without further images "
        f"({low:+.1f} to {high:+.1f} points){_reason(own)}."
    )


def _reason(own: Mapping[str, Any]) -> str:
    """Return why a set that looks better is not recommended; empty for other sets."""
    if own["recommended"] or own["gain"] <= 0:
        return ""
    if own["interval"][0] <= 0:
        return ", which could be chance"
    # Earlier versions don't record the required gain.
    if own["gain"] <= own.get("needed", 0):
        return (
            f", but it is the best of {own['with_sets']} recipes with further images that were "
            f"tried, and the best of so many can look up to {100 * own['needed']:.1f} points "
            "better by chance"
        )
    if not own.get("last", True):
        return ", but other recipes were better still, so it was not trained for longer"
    return ", but another recipe with further images is better still" if "needed" in own else ""
