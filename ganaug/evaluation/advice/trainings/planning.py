"""What a search tries within a budget, by the pace of this machine."""

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

# Seconds; no training takes less.
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
    """Return the record of the largest plan that fits, as `kept` does.

    Before refusing a budget, it reduces what classifiers on frozen features see, first the views of
    each image and then its size. If that is not enough, it uses the remaining classifiers instead.

    Args:
        spaces: Returns what a search by a plan tries, with classifiers of these names.
        pace: Estimates how long that takes.
        names: Classifiers that may take part.
        asked: How many of these, counted from the first, take part if any plan with them fits.
        until: When to be done, by `time.monotonic`.
        budget: As the user gave it.

    Raises:
        UsageError: None fits.
    """

    def largest(names: Sequence[str], reading: Reading) -> int:
        """Return the number of the largest plan that fits, -1 if none does."""
        for number, plan in enumerate(PLANS):
            # Larger ones take longer, and need no timing.
            if pace.seconds(spaces(plan, names), plan, reading) > until - time.monotonic():
                return number - 1
        return len(PLANS) - 1

    own = names[:asked]
    choices = [(own, reading) for reading in READINGS]
    if others := names[len(own) :]:
        choices.append((others, READINGS[0]))
    tried = []
    for own, reading in choices:
        if not _readable(spaces, pace, own, reading):
            continue
        tried.append((own, reading))
        if (number := largest(own, reading)) >= 0:
            break
    else:
        least = min(pace.seconds(spaces(PLANS[0], n), PLANS[0], each) for n, each in tried)
        left = in_words(until - time.monotonic())
        raise UsageError(
            f"budget is {budget}, which leaves {left} for the search, and the smallest search "
            f"takes about {in_words(least)} here; give more time, or fewer choices of classifier "
            "or augmentation"
        )
    # Another classifier may cost the search of the first one step of its size, and no more.
    both = largest(names, reading)
    if both >= max(0, number - 1):
        own, number = names, both
    return kept(PLANS[number], spaces(PLANS[number], own), reading)


def replanned(
    spaces: BuildSpace, pace: Pace, space: Space, plan: Plan, took: float, until: float
) -> dict[str, Any]:
    """Return the record of the largest plan that fits after a first rung, as `kept` does.

    A plan is chosen by the time of a few steps, which other work may have slowed down. What the
    first rung took tells more. No plan is smaller than the one that was begun.

    Args:
        spaces: As `planned` takes it.
        pace: Estimates how long searches take.
        space: What was begun with; its classifiers learn in steps.
        plan: The plan of that.
        took: Seconds that its first rung took.
        until: When to be done, by `time.monotonic`.
    """
    own, usual = space.classifiers, READINGS[0]
    ratio = took / max(pace.first_rung(space, plan, usual), SHORTEST)

    def fits(other: Plan) -> bool:
        return pace.seconds(spaces(other, own), other, usual) * ratio <= until - time.monotonic()

    larger = [*takewhile(fits, PLANS[PLANS.index(plan) + 1 :])]
    found = larger[-1] if larger else plan
    return kept(found, spaces(found, own))


def _readable(spaces: BuildSpace, pace: Pace, names: Sequence[str], reading: Reading) -> bool:
    """Return whether classifiers read images so reduced; transformers read one size alone."""
    if reading.most is None:
        return True
    try:
        pace.seconds(spaces(PLANS[0], names), PLANS[0], reading)
    except UsageError:
        return False
    return True


def kept(plan: Plan, space: Space, reading: Reading | None = None) -> dict[str, Any]:
    """Return what a search records of a plan, and of the reading unless it is the usual one."""
    less = {} if reading in (None, READINGS[0]) else {"reading": reading._asdict()}
    return {
        "plan": plan.to_dict(),
        "classifiers": list(space.classifiers),
        "trials": plan.trials(space.size, sets=bool(space.sets)),
        **less,
    }


def less_than_usual(reading: Reading, classifiers: Mapping[str, ChosenClassifier]) -> list[str]:
    """Say what a budget reduces, a sentence for each change.

    Args:
        reading: Views and size of images for frozen features.
        classifiers: By name, with their usual size.
    """
    said = []
    for own in (each for each in classifiers.values() if each.frozen):
        if reading.views < READINGS[0].views:
            said.append(
                f"the classifier {own.name} learns from {reading.views} augmented view of each "
                f"image instead of {READINGS[0].views}, to save time"
            )
        if (side := reading.side(own.size)) < own.size:
            said.append(
                f"the classifier {own.name} sees images at {side} px instead of {own.size}, to "
                "save time"
            )
    return said
