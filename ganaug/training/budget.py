"""Time budgets: the number of batches that fit, the evaluation interval, dependent settings."""

import math
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from ganaug.utils.durations import in_words, seconds_in
from ganaug.utils.errors import UsageError

# Number of checks (metrics, sample grid, checkpoint) per fit; fewer if they would take too long.
MOST_CHECKS = 10
SHARE_OF_CHECKS = 0.15
LEAST_BATCHES = 10
# Settings that count images or batches, and the largest fraction of the fit that each may span.
SHARES_OF_IMAGES = {"ema_halflife": 0.05, "burn_in_images": 0.15}
SHARES_OF_BATCHES = {"warm_up": 0.1, "kl_warm_up": 0.35}
# Key of an entry of `sizes`: it applies if fewer images than this fit into the budget.
BELOW = "below_images"
# Settings that shorten epochs to the interval between two checks.
BY_EPOCHS = ("trainer.limit_train_batches", "trainer.check_val_every_n_epoch")
MONITORING = ("fidelity", "agreement", "memorization")


class TooShortError(UsageError):
    """A budget is too short to fit anything.

    Args:
        message: Error message for the user.
        seconds: The shortest budget that suffices.
    """

    def __init__(self, message: str, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds


class Pace(NamedTuple):
    """How fast a machine fits a model.

    Attributes:
        batch: Seconds per batch, including loading.
        check: Seconds of a check: metrics, a sample grid and a checkpoint.
        end: Seconds from the last batch to the end of the fit, including the last check.
        images: Images per batch, over all devices.
        epoch: Batches per epoch; infinite if images are streamed.
    """

    batch: float
    check: float
    end: float
    images: int
    epoch: float

    def fits(self, budget: object, spent: float) -> int:
        """Estimate how many images fit into the rest of a budget."""
        seconds = (1 - SHARE_OF_CHECKS) * (budget_in_seconds(budget) - spent)
        return max(0, int(seconds / self.batch)) * self.images


class Plan(NamedTuple):
    """Plan of a fit with a time budget.

    Attributes:
        seconds: The budget.
        batches: Number of batches of the whole fit.
        images: Number of training images seen in the whole fit.
        part: Number of batches between two checks.
        batch: Expected seconds per batch.
        check: Expected seconds per check.
        end: Expected seconds from the last batch to the end of the fit.
    """

    seconds: float
    batches: int
    images: int
    part: int
    batch: float
    check: float
    end: float


def budget_in_seconds(budget: object) -> float:
    """Return a budget in seconds.

    Raises:
        UsageError: The text is not a duration.

    Example:
        >>> budget_in_seconds("10m")
        600.0
    """
    seconds = seconds_in(budget)
    if not seconds:
        raise UsageError(
            f"budget is {budget!r}; give a time with its unit, such as 90s, 10m, 8h or 2d"
        )
    return seconds


def refuse_spent(budget: object, spent: float, measuring: float) -> None:
    """Refuse a budget that leaves no time for training, before the pace is measured.

    Args:
        budget: The budget as given by the user, such as "10m".
        spent: Seconds of it that are already spent.
        measuring: Seconds for which batches will be timed.

    Raises:
        TooShortError: The budget leaves no time for training.
    """
    if spent + measuring < budget_in_seconds(budget):
        return
    # Metrics and checkpoints have not been timed yet; they often take as long again.
    raise _too_short(budget, f"at least {in_words(spent + measuring)}", 2 * (spent + measuring))


def _too_short(budget: object, duration: str, seconds: float) -> TooShortError:
    least = 10 * math.ceil(seconds / 10)
    return TooShortError(
        f"budget is {budget}, of which loading, measuring the pace and the last metrics take "
        f"{duration}; give {least}s or more",
        least,
    )


def plan_of(budget: object, spent: float, pace: Pace) -> Plan:
    """Return the plan of a fit that uses its whole budget.

    Args:
        budget: The budget as given by the user, such as "10m".
        spent: Seconds of it that are already spent.
        pace: Pace of the fit on this machine.

    Raises:
        TooShortError: The rest of the budget is too short.

    Example:
        >>> plan_of("10m", 60, Pace(batch=0.1, check=9, end=10, images=64, epoch=281)).batches
        4670
    """
    seconds = budget_in_seconds(budget)
    remaining = seconds - spent - pace.end
    checks = min(MOST_CHECKS, max(1, int(SHARE_OF_CHECKS * remaining / max(pace.check, 1e-9))))
    # The last check counts towards `end`.
    batches = int((remaining - (checks - 1) * pace.check) / pace.batch)
    if batches < LEAST_BATCHES:
        overhead = spent + pace.end
        raise _too_short(budget, in_words(overhead), overhead + 2 * LEAST_BATCHES * pace.batch)
    part = max(1, batches // checks)
    if part > pace.epoch:
        part = round(part / pace.epoch) * int(pace.epoch)
    return Plan(seconds, batches, batches * pace.images, part, pace.batch, pace.check, pace.end)


def plan_kept(stored_plan: Mapping[str, Any], budget: object) -> Plan:
    """Return the plan from a run's settings, with the budget replaced by a resumed run's."""
    fields = {name: stored_plan[name] for name in Plan._fields}
    return Plan(**{**fields, "seconds": budget_in_seconds(budget)})


def settings_of(
    plan: Plan, pace: Pace, model: Mapping[str, Any], config: Any, user_settings: Collection[str]
) -> dict[str, Any]:
    """Return the settings that depend on a plan, without those that the user gave.

    Args:
        plan: Plan of the fit.
        pace: Pace that the plan is based on.
        model: Settings of the model.
        config: All settings.
        user_settings: Names of the settings that the user gave.
    """
    monitored = [f"{name}.every_epochs" for name in MONITORING if config[name].every_epochs]
    settings: dict[str, Any] = {"trainer.max_epochs": -1}
    if plan.part < pace.epoch and not {*monitored, "grid.every_epochs"} & {*user_settings}:
        # Callbacks that run at the end of an epoch run at the end of each part instead.
        settings |= dict(zip(BY_EPOCHS, (plan.part, every := 1), strict=True))
    else:
        every = max(1, round(plan.part / pace.epoch))
    settings |= dict.fromkeys([*monitored, "grid.every_epochs"], every)
    minutes = min(config.save.every_minutes, plan.seconds / 60 / MOST_CHECKS)
    settings["save.every_minutes"] = round(minutes, 3)
    for shares, total in ((SHARES_OF_IMAGES, plan.images), (SHARES_OF_BATCHES, plan.batches)):
        for name, share in shares.items():
            value = model.get(name)
            # A user-defined model may call something else by the same name.
            if isinstance(value, int | float) and value > share * total:
                settings[f"model.{name}"] = int(share * total)
    return {name: value for name, value in settings.items() if name not in user_settings}
