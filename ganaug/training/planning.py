"""Planning a fit with a time budget: measure the pace, then fill in the settings."""

import math
import os
import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from datamodules.console import say
from ganaug.training.budget import (
    BELOW,
    BY_EPOCHS,
    SHARES_OF_BATCHES,
    SHARES_OF_IMAGES,
    Pace,
    Plan,
    budget_in_seconds,
    plan_of,
    settings_of,
)
from ganaug.training.given import given_by_user
from ganaug.training.hardware import has_several_devices
from ganaug.training.pace import Measured, measure
from ganaug.training.shared_plans import SHARED
from ganaug.training.words import as_words
from ganaug.utils.errors import UsageError

# Time to read the settings again before the fit, and to leave the process after it, as fractions of
# the time from the start to the measurement, imports included.
BEFORE, AFTER = 0.2, 0.25
# As above, to start the processes of further devices, which wait for the plan.
OTHERS = 1.0
# Bound for leaving the process, which doesn't take longer when reading many files does.
LONGEST = 30.0


def needs_plan(config: Any) -> bool:
    """Whether a fit has a budget and no plan yet.

    Raises:
        UsageError: The budget isn't a duration, or the resumed run began without one.
    """
    if config.budget is None or config.plan is not None:
        return False
    budget_in_seconds(config.budget)
    if config.resume:
        raise UsageError(
            f"budget is {config.budget}, and the run to resume began without one: set "
            "trainer.max_epochs or trainer.max_time, or begin another run with init_from"
        )
    return True


def planned(
    arguments: Sequence[str],
    objects: Mapping[str, Any],
    built: Any,
    started: float,
) -> tuple[list[str], dict[str, Any]]:
    """Return the arguments of a fit that follows a plan for its budget, and its objects.

    Args:
        arguments: Arguments, with a budget.
        objects: Objects that can't be written as arguments.
        built: Model, data and trainer built from them; the data is reused.
        started: When the budget began, by `time.monotonic`.

    Raises:
        UsageError: The rest of the budget is too short to fit anything.
    """
    if not has_several_devices(built.config.trainer):
        plan_arguments, data = _planned(arguments, objects, built, started)
        return [*arguments, *plan_arguments], {**objects, "data": data}
    SHARED.next_fit()
    if SHARED.are_made_elsewhere():
        return [*arguments, *SHARED.take()], dict(objects)
    try:
        plan_arguments, data = _planned(arguments, objects, built, started)
    # Further processes must not wait for a plan that doesn't come.
    except Exception as error:
        SHARED.share([], str(error) or type(error).__name__)
        raise
    SHARED.share(plan_arguments)
    return [*arguments, *plan_arguments], {**objects, "data": data}


def _planned(
    arguments: Sequence[str],
    objects: Mapping[str, Any],
    built: Any,
    started: float,
) -> tuple[list[str], Any]:
    """Measure the pace, and return the arguments that the plan adds, and the data.

    Takes the arguments of `planned`.
    """
    refuse_foreign_launchers()
    config, start_up = built.config, min(LONGEST, time.monotonic() - started)
    say(f"budget: {config.budget}; a short fit measures the speed of this machine first")
    size, measured = sized(arguments, objects, built, started)
    several = has_several_devices(config.trainer)
    pace = measured.pace._replace(end=measured.pace.end + AFTER * start_up)
    spent = time.monotonic() - started + (BEFORE + several * OTHERS) * start_up
    plan = plan_of(config.budget, spent, pace)
    user = given_by_user(arguments)
    derived_settings = settings_of(plan, pace, measured.model, config, user | {*size})
    tell(plan, pace, config.budget, size)
    plan_settings = {**size, **derived_settings}
    settings_before = {
        name: setting(config, name) for name in (*plan_settings, *open_to_plans(config))
    }
    changes = {
        name: [value, plan_settings.get(name, value)]
        for name, value in settings_before.items()
        if name not in user
    }
    plan_arguments = as_words({**plan_settings, "plan": {**plan._asdict(), "settings": changes}})
    return plan_arguments, measured.data


def sized(
    arguments: Sequence[str],
    objects: Mapping[str, Any],
    built: Any,
    started: float,
) -> tuple[dict[str, Any], Measured]:
    """Return the settings for a machine of this pace (none if it is fast), and the measured pace.

    Takes the arguments of `planned`.
    """
    budget, objects_with_data = built.config.budget, {**objects, "data": built.datamodule}
    trainer = built.trainer
    user, size = given_by_user(arguments), {}
    measured = measure(arguments, objects_with_data, budget, trainer, started)
    for smaller in built.config.sizes or []:
        settings = fitting_settings(smaller, user, objects)
        if not settings or measured.pace.fits(budget, time.monotonic() - started) >= smaller[BELOW]:
            break
        size = settings
        other_data = any(name.startswith("data.") for name in size)
        resized = [*arguments, *as_words(size)]
        current_objects = objects if other_data else objects_with_data
        measured = measure(resized, current_objects, budget, trainer, started)
    return size, measured


def fitting_settings(
    size: Mapping[str, Any], user: Collection[str], objects: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the settings of an entry of `sizes`, without those that the user gave.

    Raises:
        UsageError: The entry has no `below_images`.
    """
    below = size.get(BELOW)
    if not isinstance(below, int | float) or math.isnan(below):
        raise UsageError(
            f"sizes has {dict(size)}; give each {BELOW}: the number of images below which its "
            "settings are taken"
        )
    return {
        name: value
        for name, value in size.items()
        if name != BELOW
        and name not in user
        and not (name.startswith("data.") and "data" in objects)
    }


def open_to_plans(config: Any) -> list[str]:
    """Return the names of the settings that a new plan may change: those that the user left out."""
    sizes = [name for size in config.sizes or [] for name in size if name != BELOW]
    model_settings = [f"model.{name}" for name in (*SHARES_OF_IMAGES, *SHARES_OF_BATCHES)]
    return [
        *sizes,
        *(name for name in model_settings if setting(config, name) is not None),
        *BY_EPOCHS,
    ]


def setting(config: Any, name: str) -> Any:
    """Return the value of a setting such as `model.width`."""
    group, _, last = name.rpartition(".")
    return config.get(f"{group}.init_args.{last}", config.get(name))


def tell(plan: Plan, pace: Pace, budget: object, size: Mapping[str, Any]) -> None:
    """Say in a line how long the fit will be, and what was chosen for this machine."""
    settings = "".join(
        f", {name.partition('.')[2] or name} {value}" for name, value in size.items()
    )
    suffix = f"; for this machine{settings[1:]}" if size else ""
    say(
        f"budget: {budget} at {pace.images / pace.batch:,.3g} images/s are {plan.images:,} images, "
        f"measured and saved every {plan.part:,} of {plan.batches:,} batches{suffix}"
    )


def refuse_foreign_launchers() -> None:
    """Refuse processes that torchrun or SLURM started: they can't agree on a plan at that point.

    Raises:
        UsageError: There are several.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) > 1 or int(os.environ.get("SLURM_NTASKS", "1")) > 1:
        raise UsageError(
            "budget is for one machine whose processes Lightning starts (trainer.devices); under "
            "torchrun or SLURM set trainer.max_time or trainer.max_epochs"
        )
