"""Learning rate schedules; a resumed run uses the optimizers of its current settings."""

import math
from collections.abc import Callable, Sequence
from typing import Any, Literal, cast

import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Timer
from lightning.pytorch.utilities import rank_zero_warn
from torch.optim.lr_scheduler import LambdaLR

from ganaug.training.budget_keeper import BudgetKeeper
from ganaug.training.trainers import callbacks_of
from ganaug.utils.choices import refuse_other
from ganaug.utils.errors import UsageError

ScheduleName = Literal["constant", "linear", "cosine"]
SCHEDULES: dict[str, Callable[[float], float]] = {
    "constant": lambda _: 1.0,
    "linear": lambda progress: 1.0 - progress,
    "cosine": lambda progress: 0.5 * (1.0 + math.cos(math.pi * progress)),
}


def schedule_of(
    name: str,
    optimizer: torch.optim.Optimizer,
    batches: float,
    progress: Callable[[int], float] | None = None,
) -> LambdaLR:
    """Return a scheduler of the learning rate, stepped once per batch.

    Args:
        name: `constant`, `linear` or `cosine`; the last two end at zero.
        optimizer: Optimizer whose learning rate is scheduled.
        batches: Number of batches of the run.
        progress: Returns the progress of the run, from 0 to 1, after a number of batches; needed if
            the length of the run may still change.

    Raises:
        UsageError: There is no such schedule, or it needs an end and the run has none.
    """
    refuse_other("schedule", name, SCHEDULES)
    curve = SCHEDULES[name]
    if progress is not None:
        return LambdaLR(optimizer, lambda batch: curve(progress(batch)))
    if name != "constant" and not math.isfinite(batches):
        raise UsageError(
            f"schedule {name!r} needs to know where the run ends: set budget or "
            "trainer.max_epochs, or use schedule constant"
        )
    return LambdaLR(optimizer, lambda batch: curve(min(1.0, batch / batches)) if batches else 1.0)


def scheduled(
    optimizers: Sequence[torch.optim.Optimizer], name: str, trainer: Trainer
) -> tuple[list[Any], list[Any]]:
    """Return optimizers and their schedules, in the form that `configure_optimizers` returns."""
    keepers = callbacks_of(trainer, BudgetKeeper)
    batches = keepers[0].batches if keepers else batches_of(trainer, name)
    progress = keepers[0].progress if keepers else None
    return list(optimizers), [
        schedule_of(name, optimizer, batches, progress) for optimizer in optimizers
    ]


def batches_of(trainer: Trainer, schedule: str) -> float:
    """Return the largest number of batches of a run; warn if `max_time` may end it earlier."""
    timed = callbacks_of(trainer, Timer)
    # Not `estimated_stepping_batches`, which counts accumulated batches as one.
    trainer.fit_loop.setup_data()
    epochs = trainer.max_epochs
    if epochs is None or epochs < 0:
        return math.inf
    batches = float(trainer.num_training_batches * epochs)
    if timed and schedule != "constant" and math.isfinite(batches):
        rank_zero_warn(
            f"schedule {schedule!r} ends after {trainer.max_epochs} epochs, and trainer.max_time "
            "may end the run before the rates are down: set budget in place of both, or use "
            "schedule constant"
        )
    return batches


def schedules_of(module: LightningModule) -> list[LambdaLR]:
    """Return the schedules of a model that has several."""
    # Lightning's type also allows a single schedule; all of ours come from `schedule_of`.
    return cast("list[LambdaLR]", module.lr_schedulers())


def keep_settings(
    optimizers: Sequence[torch.optim.Optimizer],
    rates: Sequence[float],
    schedules: Sequence[LambdaLR] = (),
) -> None:
    """Reset optimizers to the options in the settings, after loading a checkpoint.

    A checkpoint restores the learning rate, betas and all other options, so options given on
    resuming would be ignored. If the class of an optimizer has changed, it starts without moments.

    Args:
        optimizers: The optimizers.
        rates: Learning rate of each optimizer, before any schedule.
        schedules: The optimizers' schedules, if they have any.
    """
    for schedule, rate in zip(schedules, rates, strict=False):
        schedule.base_lrs = [rate for _ in schedule.base_lrs]
    for number, (optimizer, rate) in enumerate(zip(optimizers, rates, strict=True)):
        factor = schedules[number].lr_lambdas[0](schedules[number].last_epoch) if schedules else 1
        options = {name: v for name, v in optimizer.defaults.items() if name != "lr"}
        for group in optimizer.param_groups:
            if options.keys() - group.keys():
                optimizer.state.clear()
            group |= {**options, "lr": rate * factor}
