"""BudgetKeeper: ends a fit with its time budget; time limits also count rollbacks."""

import time
from typing import Any

from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.callbacks import Timer

from datamodules.console import say
from ganaug.callbacks.run import agreed, callbacks_of
from ganaug.training.budget import Plan
from ganaug.training.optimization import batch_number

# Of the budget: how often the plan is looked at, and by how much it may be off.
LOOK_EVERY, TOLERANCE = 0.02, 0.015
# How much the pace since the last look counts; a change of the plan by less than that is no news.
RECENT, NEWS = 0.3, 0.25


class BudgetKeeper(Callback):
    """Keeps a fit to its plan, and revises the plan where the machine gets slower or faster.

    A learning-rate schedule follows `progress`, so it always ends where the fit does. The plan as
    it was last revised is in each checkpoint: a resumed run goes on with it, bit for bit.

    Args:
        plan: Plan of the whole fit.

    Attributes:
        batches: Number of batches of the whole fit, as last revised.
        over: Whether the fit has done them.
        started: When the time of this process began to count, by `time.monotonic`.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan, self.batches, self.over = plan, plan.batches, False
        # From here, in batches and progress, the learning rates go down evenly to the end.
        self.since, self.reached = 0, 0.0
        self.spent, self.started, self.resumed_with = 0.0, time.monotonic(), plan.seconds
        self.batch, self.check, self.told = plan.batch, plan.check, plan.batches
        self.looked = self.lap = self.in_batches = 0.0
        self.counted, self.begun = 0, False
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
        """Return the seconds of the budget spent so far, by earlier processes too."""
        return self.spent + time.monotonic() - self.started

    def follow(self, other: "BudgetKeeper") -> None:
        """Go on with another's clock, whatever the checkpoint says, as after a rollback.

        What the fit did since that checkpoint was in vain, and took its time of the budget all the
        same; so did starting again.
        """
        self.clock = (other.spent, other.started)

    def seconds_left(self) -> float:
        """Return the remaining seconds of the budget."""
        return max(0.0, self.plan.seconds - self.elapsed())

    def end(self) -> float:
        """Return the seconds from the last batch until the process has ended."""
        return self.plan.end + max(0.0, self.check - self.plan.check)

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Begin to measure; a resumed run that has more time than before plans anew."""
        self.lap, self.looked = time.monotonic(), self.elapsed()
        if self.resumed_with != self.plan.seconds:
            self.revise(trainer, batch_number(trainer) + 1, always=True)
        self.end_if_done(trainer)

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Learn what a check takes, from the last batch to here."""
        now = time.monotonic()
        # Before the first epoch of this process nothing was checked. The end of an epoch without
        # a check counts as time of the next batch.
        if self.begun and (batch_number(trainer) + 1) % self.plan.part == 0:
            self.check, self.lap = 0.5 * (self.check + now - self.lap), now
        self.begun = True

    def on_train_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: object,
        batch: object,
        batch_idx: int,
    ) -> None:
        """Look at the clock now and then, and end the fit when its batches are done."""
        now = time.monotonic()
        self.counted, self.in_batches = self.counted + 1, self.in_batches + now - self.lap
        self.lap = now
        self.revise(trainer, batch_number(trainer) + 1)
        self.end_if_done(trainer)

    def revise(self, trainer: Trainer, done: int, *, always: bool = False) -> None:
        """Set the number of batches by the time left; the first process decides for all."""
        wanted = self.batches
        if trainer.is_global_zero and (always or self.is_time_to_look()):
            wanted = self.look(done, always=always)
        # The others say 0, and the largest number holds.
        (wanted,) = agreed(trainer, wanted if trainer.is_global_zero else 0)
        if wanted != self.batches:
            reached = done / wanted if always else self.progress(done)
            self.since, self.reached, self.batches = done, min(1.0, reached), wanted

    def is_time_to_look(self) -> bool:
        """Whether so much of the budget is over since the last look, or all of it."""
        late = self.seconds_left() <= self.end()
        return late or self.elapsed() - self.looked >= LOOK_EVERY * self.plan.seconds

    def look(self, done: int, *, always: bool) -> int:
        """Return how many batches the fit should have, by the pace since the last look."""
        if self.counted:
            self.batch += RECENT * (self.in_batches / self.counted - self.batch)
        self.looked, self.counted, self.in_batches = self.elapsed(), 0, 0.0
        left = self.seconds_left() - self.end()
        if left <= 0:
            return max(1, done)
        each = self.batch + self.check / self.plan.part
        fitting = done + int(left / each)
        off = abs(fitting - self.batches) * each
        if not always and off < TOLERANCE * self.plan.seconds:
            return self.batches
        self.tell(fitting)
        return fitting

    def tell(self, fitting: int) -> None:
        """Say so where the fit gets much shorter or longer."""
        if abs(fitting / self.told - 1) > NEWS:
            change = "slower" if fitting < self.told else "faster"
            say(
                f"budget: the machine is {change} than it was; the fit ends in time after "
                f"{fitting:,} batches instead of {self.told:,}"
            )
            self.told = fitting

    def end_if_done(self, trainer: Trainer) -> None:
        """End the fit when its batches are done."""
        if batch_number(trainer) + 1 >= self.batches:
            self.over = trainer.should_stop = True

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint keeps: the current plan and the time spent."""
        return {
            "seconds": self.plan.seconds,
            "spent": self.elapsed(),
            "batches": self.batches,
            "since": self.since,
            "reached": self.reached,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on with the plan of the checkpoint; loading it takes no time of the budget."""
        self.resumed_with = state_dict["seconds"]
        self.batches = self.told = state_dict["batches"]
        self.since, self.reached = state_dict["since"], state_dict["reached"]
        self.spent, self.started = self.clock or (state_dict["spent"], time.monotonic())


class TimerKeeper(Callback):
    """Lets the clock of `trainer.max_time` go on with another's, as `BudgetKeeper.follow` does.

    Args:
        clock: The clock of a fit, which takes that of the checkpoint when the fit starts.
        other: That of the fit that was rolled back; it still runs.
    """

    def __init__(self, clock: Timer, other: Timer) -> None:
        self.clock, self.other = clock, other

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Take the time of the other clock, after the checkpoint was read."""
        self.clock.load_state_dict(self.other.state_dict())


Clocks = tuple[list[BudgetKeeper], list[Timer]]


def clocks_of(trainer: Trainer) -> Clocks:
    """Return what limits the time of a fit."""
    return callbacks_of(trainer, BudgetKeeper), callbacks_of(trainer, Timer)


def follow_clocks(trainer: Trainer, others: Clocks) -> None:
    """Have the time limits of a fit count the time of one that was rolled back, too."""
    keepers, timers = clocks_of(trainer)
    for keeper, other in zip(keepers, others[0], strict=False):
        keeper.follow(other)
    trainer.callbacks += [  # type: ignore[attr-defined]  # set by a connector
        TimerKeeper(*pair) for pair in zip(timers, others[1], strict=False)
    ]
