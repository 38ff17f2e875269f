"""BudgetKeeper: ends a fit with its time budget; time limits also count rollbacks."""

import time
from typing import Any

from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.callbacks import Timer
from lightning.pytorch.utilities import rank_zero_warn

from datamodules.console import say
from ganaug.training.budget import Plan
from ganaug.training.optimization import batch_number
from ganaug.training.trainers import agreed, callbacks_of
from ganaug.utils.registry import is_built_in

# Fractions of the budget: the time between two reviews of the plan, and its tolerance.
LOOK_EVERY, TOLERANCE = 0.02, 0.015
# Weight of the latest pace in the average, and the relative change of the plan that is reported.
RECENT, NEWS = 0.3, 0.25


def warn_of_other_schedules(trainer: Trainer) -> None:
    """Warn of a user-defined model's schedules that don't know where the budget ends the fit."""
    for config in trainer.lr_scheduler_configs:
        curves = getattr(config.scheduler, "lr_lambdas", [config.scheduler])
        if not all(map(is_built_in, curves)):
            rank_zero_warn(
                f"{type(config.scheduler).__name__} does not follow the budget, with which "
                "trainer.max_epochs is -1 and estimated_stepping_batches is infinite: return "
                "ganaug.training.schedules.scheduled(…) from configure_optimizers"
            )
            return


class BudgetKeeper(Callback):
    """Ends a fit on time, and revises its plan if the machine becomes slower or faster.

    Learning-rate schedules follow `progress`, so they end with the fit. Checkpoints hold the latest
    plan, so a resumed run continues bit for bit.

    Args:
        plan: Plan of the whole fit.

    Attributes:
        batches: Number of batches of the whole fit, in the latest plan.
        over: Whether all of these batches are done.
        started: When this process began to use the budget, by `time.monotonic`.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan, self.batches, self.over = plan, plan.batches, False
        # Batch and progress at the last revision; from there, progress is linear up to the end.
        self.since, self.reached = 0, 0.0
        self.spent, self.started, self.resumed_with = 0.0, time.monotonic(), plan.seconds
        self.batch_seconds, self.check_seconds, self.reported = plan.batch, plan.check, plan.batches
        self.looked = self.lap = self.in_batches = 0.0
        self.num_timed, self.begun = 0, False
        self.clock: tuple[float, float] | None = None

    def progress(self, batch: int) -> float:
        """Return the progress of the fit, from 0 to 1, after a number of batches."""
        if batch >= self.batches:
            return 1.0
        if batch <= self.since:
            return self.reached
        share = (batch - self.since) / (self.batches - self.since)
        return self.reached + (1 - self.reached) * share

    def elapsed(self) -> float:
        """Return the seconds of the budget spent so far, including earlier processes."""
        return self.spent + time.monotonic() - self.started

    def follow(self, previous: "BudgetKeeper") -> None:
        """Continue with another keeper's clock instead of the checkpoint's, after a rollback.

        The time since that checkpoint and the restart also count towards the budget.
        """
        self.clock = (previous.spent, previous.started)

    def seconds_left(self) -> float:
        """Return the remaining seconds of the budget."""
        return max(0.0, self.plan.seconds - self.elapsed())

    def end(self) -> float:
        """Return the seconds from the last batch until the process has ended."""
        return self.plan.end + max(0.0, self.check_seconds - self.plan.check)

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Start measuring; if a resumed run got another budget, revise its plan."""
        warn_of_other_schedules(trainer)
        self.lap, self.looked = time.monotonic(), self.elapsed()
        if self.resumed_with != self.plan.seconds:
            self.revise(trainer, batch_number(trainer) + 1, always=True)
        self.end_if_done(trainer)

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Measure the duration of a check, from the last batch until now."""
        now = time.monotonic()
        # There is no check before this process's first epoch. The end of an epoch without a check
        # counts towards the next batch.
        if self.begun and (batch_number(trainer) + 1) % self.plan.part == 0:
            self.check_seconds, self.lap = 0.5 * (self.check_seconds + now - self.lap), now
        self.begun = True

    def on_train_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: object,
        batch: object,
        batch_idx: int,
    ) -> None:
        """Review the plan at intervals, and end the fit when its batches are done."""
        now = time.monotonic()
        self.num_timed, self.in_batches = (self.num_timed + 1, self.in_batches + now - self.lap)
        self.lap = now
        self.revise(trainer, batch_number(trainer) + 1)
        self.end_if_done(trainer)

    def revise(self, trainer: Trainer, done: int, *, always: bool = False) -> None:
        """Set the number of batches from the remaining time; the first process decides for all."""
        batches = self.batches
        if trainer.is_global_zero and (always or self.is_due_for_review()):
            batches = self.batches_that_fit(done, always=always)
        # The other processes pass 0, since `agreed` returns the largest number.
        (batches,) = agreed(trainer, batches if trainer.is_global_zero else 0)
        if batches != self.batches:
            reached = done / batches if always else self.progress(done)
            self.since, self.reached, self.batches = done, min(1.0, reached), batches

    def is_due_for_review(self) -> bool:
        """Whether the plan is due for review, or the budget is used up."""
        late = self.seconds_left() <= self.end()
        return late or self.elapsed() - self.looked >= LOOK_EVERY * self.plan.seconds

    def batches_that_fit(self, done: int, *, always: bool) -> int:
        """Return the number of batches that fit into the budget at the current pace."""
        if self.num_timed:
            self.batch_seconds += RECENT * (self.in_batches / self.num_timed - self.batch_seconds)
        self.looked, self.num_timed, self.in_batches = self.elapsed(), 0, 0.0
        seconds = self.seconds_left() - self.end()
        if seconds <= 0:
            return max(1, done)
        seconds_per_batch = self.batch_seconds + self.check_seconds / self.plan.part
        fitting = done + int(seconds / seconds_per_batch)
        difference = abs(fitting - self.batches) * seconds_per_batch
        if not always and difference < TOLERANCE * self.plan.seconds:
            return self.batches
        self.report_change(fitting)
        return fitting

    def report_change(self, fitting: int) -> None:
        """Print a note if the fit becomes much shorter or longer."""
        if abs(fitting / self.reported - 1) > NEWS:
            change = "slower" if fitting < self.reported else "faster"
            say(
                f"budget: the machine is {change} than it was; the fit ends in time after "
                f"{fitting:,} batches instead of {self.reported:,}"
            )
            self.reported = fitting

    def end_if_done(self, trainer: Trainer) -> None:
        """End the fit when its batches are done."""
        if batch_number(trainer) + 1 >= self.batches:
            self.over = trainer.should_stop = True

    def state_dict(self) -> dict[str, Any]:
        """Return the current plan and the time spent, for a checkpoint."""
        return {
            "seconds": self.plan.seconds,
            "spent": self.elapsed(),
            "batches": self.batches,
            "since": self.since,
            "reached": self.reached,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue with the checkpoint's plan; loading doesn't count towards the budget."""
        self.resumed_with = state_dict["seconds"]
        self.batches = self.reported = state_dict["batches"]
        self.since, self.reached = state_dict["since"], state_dict["reached"]
        self.spent, self.started = self.clock or (state_dict["spent"], time.monotonic())


def is_due(trainer: Trainer, every_epochs: int) -> bool:
    """Whether a task with this interval is due at the end of this epoch; 0 means never.

    If a time budget ends the fit within an epoch, all tasks are due.
    """
    over = any(keeper.over for keeper in callbacks_of(trainer, BudgetKeeper))
    return bool(every_epochs) and (over or (trainer.current_epoch + 1) % every_epochs == 0)


class TimerKeeper(Callback):
    """Makes `trainer.max_time` include a fit that was rolled back, like `BudgetKeeper.follow`.

    Args:
        clock: Timer of the fit, which the checkpoint resets when the fit starts.
        previous: Timer of the fit that was rolled back, still running.
    """

    def __init__(self, clock: Timer, previous: Timer) -> None:
        self.clock, self.previous = clock, previous

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Take over the other timer's time, after the checkpoint was loaded."""
        self.clock.load_state_dict(self.previous.state_dict())


Clocks = tuple[list[BudgetKeeper], list[Timer]]


def clocks_of(trainer: Trainer) -> Clocks:
    """Return the callbacks that limit the time of a fit."""
    return callbacks_of(trainer, BudgetKeeper), callbacks_of(trainer, Timer)


def follow_clocks(trainer: Trainer, previous_clocks: Clocks) -> None:
    """Make the time limits of a fit include the time of a fit that was rolled back."""
    keepers, timers = clocks_of(trainer)
    for keeper, previous in zip(keepers, previous_clocks[0], strict=False):
        keeper.follow(previous)
    trainer.callbacks += [  # type: ignore[attr-defined]  # set by a connector
        TimerKeeper(*pair) for pair in zip(timers, previous_clocks[1], strict=False)
    ]
