"""Chooses the plan of a search that fits a budget on this machine."""

import time
from collections.abc import Callable, Mapping, Sequence
from itertools import takewhile
from typing import Any

from ganaug.evaluation.advice.search.candidates import Space
from ganaug.evaluation.advice.search.plan import PLANS, READINGS, Plan, Reading
from ganaug.evaluation.advice.trainings.pace import Pace
from ganaug.evaluation.utility.choosing import ChosenClassifier
from ganaug.utils.durations import in_words
from ganaug.utils.errors import UsageError

# Lower bound of a training's seconds, to divide by.
SHORTEST = 1e-6
BuildSpace = Callable[[Plan, Sequence[str]], Space]


def planned(
    spaces: BuildSpace,
    pace: Pace,
    names: Sequence[str],
    asked: int | None,
    until: float,
    budget: str,
) -> dict[str, Any]:
    """Return the record of the largest plan that fits; see `plan_record`.

    If no plan fits, classifiers on frozen features read fewer views of each image, and then smaller
    images. If that is not enough, the remaining classifiers replace them.

    Args:
        spaces: Returns the search space of a plan with classifiers of these names.
        pace: Estimates how long a search takes.
        names: Names of the classifiers.
        asked: Number of classifiers, from the first, that are tried if any plan with them fits.
        until: Deadline, by `time.monotonic`.
        budget: The budget as the user gave it.

    Raises:
        UsageError: No plan fits.
    """
    preferred = names[:asked]
    other_names = [name for name in names if name not in preferred]
    choices = [(preferred, reading) for reading in READINGS]
    choices += [(other_names, READINGS[0])] if other_names else []
    timed = []
    for selected, reading in choices:
        if not _accepts_reading(spaces, pace, selected, reading):
            continue
        timed.append((selected, reading))
        number = _largest(spaces, pace, selected, reading, until)
        if number is not None:
            # The other classifiers are added if that makes the plan smaller by one size at most.
            with_all = _largest(spaces, pace, names, reading, until)
            if with_all is not None and with_all >= number - 1:
                selected, number = names, with_all
            return plan_record(PLANS[number], spaces(PLANS[number], selected), reading)
    min_seconds = min(pace.seconds(spaces(PLANS[0], n), PLANS[0], reading) for n, reading in timed)
    remaining = in_words(until - time.monotonic())
    raise UsageError(
        f"budget is {budget}, which leaves {remaining} for the search, and the smallest search "
        f"takes about {in_words(min_seconds)} here; give more time, or fewer choices of classifier "
        "or augmentation"
    )


def _largest(
    spaces: BuildSpace, pace: Pace, names: Sequence[str], reading: Reading, until: float
) -> int | None:
    """Return the index of the largest plan that fits; None if no plan does."""
    for number, plan in enumerate(PLANS):
        # Larger plans take longer, so they don't have to be timed.
        if pace.seconds(spaces(plan, names), plan, reading) > until - time.monotonic():
            return number - 1 if number else None
    return len(PLANS) - 1


def replanned(
    spaces: BuildSpace, pace: Pace, space: Space, plan: Plan, seconds: float, until: float
) -> dict[str, Any]:
    """Return the record of the largest plan that fits after a first rung; see `plan_record`.

    A plan is chosen by timing a few steps, which other work may have slowed down. The duration of
    the first rung is a better estimate. The plan never becomes smaller.

    Args:
        spaces: See `planned`.
        pace: Estimates how long a search takes.
        space: Search space of the first rung, whose classifiers are trained in steps.
        plan: Plan of the first rung.
        seconds: Seconds that the first rung took.
        until: Deadline, by `time.monotonic`.
    """
    names, default_reading = space.classifiers, READINGS[0]
    ratio = seconds / max(pace.first_rung(space, plan, default_reading), SHORTEST)

    def fits(other: Plan) -> bool:
        return (
            pace.seconds(spaces(other, names), other, default_reading) * ratio
            <= until - time.monotonic()
        )

    larger = [*takewhile(fits, PLANS[PLANS.index(plan) + 1 :])]
    largest = larger[-1] if larger else plan
    return plan_record(largest, spaces(largest, names))


def _accepts_reading(
    spaces: BuildSpace, pace: Pace, names: Sequence[str], reading: Reading
) -> bool:
    """Return whether classifiers accept images of the reduced size, unlike most transformers."""
    if reading.most is None:
        return True
    try:
        pace.seconds(spaces(PLANS[0], names), PLANS[0], reading)
    except UsageError:
        return False
    return True


def plan_record(plan: Plan, space: Space, reading: Reading | None = None) -> dict[str, Any]:
    """Return the record of a plan, including the reading unless it is the default."""
    reading_record = {} if reading in (None, READINGS[0]) else {"reading": reading._asdict()}
    return {
        "plan": plan.to_dict(),
        "classifiers": list(space.classifiers),
        "trials": plan.trials(space.size, sets=bool(space.sets)),
        **reading_record,
    }


def less_than_usual(reading: Reading, classifiers: Mapping[str, ChosenClassifier]) -> list[str]:
    """Return a sentence for each reduction because of the budget.

    Args:
        reading: Views and size of images for frozen features.
        classifiers: Classifiers by name, with their default size.
    """
    sentences = []
    for classifier in (classifier for classifier in classifiers.values() if classifier.frozen):
        if reading.views < READINGS[0].views:
            sentences.append(
                f"the classifier {classifier.name} learns from {reading.views} augmented view of "
                f"each image instead of {READINGS[0].views}, to save time"
            )
        if (side := reading.side(classifier.size)) < classifier.size:
            sentences.append(
                f"the classifier {classifier.name} sees images at {side} px instead of "
                f"{classifier.size}, to save time"
            )
    return sentences
