"""Progress: prints a fit's speed and expected end after ten batches, and each minute in a log."""

import math
import time
from datetime import datetime, timedelta

from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.callbacks import Timer, TQDMProgressBar
from torch import Tensor
from tqdm import tqdm

from datamodules.console import say
from ganaug.callbacks.clock import TrainingClock
from ganaug.training.budget_keeper import BudgetKeeper
from ganaug.training.optimization import batch_number
from ganaug.training.trainers import callbacks_of
from ganaug.utils.durations import in_words

FIRST_AFTER = 10  # batches


class BudgetBar(TQDMProgressBar):
    """A progress bar that also shows the remaining time of a budget."""

    def get_metrics(
        self, trainer: Trainer, pl_module: LightningModule
    ) -> dict[str, int | str | float | dict[str, float]]:
        """Return the values shown next to the bar."""
        metrics = super().get_metrics(trainer, pl_module)
        for keeper in callbacks_of(trainer, BudgetKeeper):
            metrics["left"] = in_words(keeper.seconds_left())
        return metrics


class Progress(Callback):
    """Prints one line after ten batches, and further lines if there is no progress bar.

    Args:
        every_seconds: Seconds between lines in a log file; None to print only the first.
    """

    def __init__(self, every_seconds: float | None = None) -> None:
        self.every_seconds = every_seconds
        self.clock = TrainingClock()
        self.batches = self.images = 0
        self.started = self.printed = 0.0

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Start the clock if a resumed run continues within an epoch."""
        self.clock.start()

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Restart the clock, so that the speed excludes the end of the last epoch."""
        self.clock.start()

    def on_train_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: object,
        batch: tuple[Tensor, Tensor],
        batch_idx: int,
    ) -> None:
        """Count the batch, and print a line when it is due."""
        now, seconds = time.monotonic(), self.clock.lap()
        self.batches += 1
        if self.batches == 1:
            # The first batch takes longer, since it fills caches.
            self.started = self.printed = now
            self.clock.seconds = 0.0
            return
        self.images += len(batch[0]) * trainer.world_size
        late = self.every_seconds is not None and now - self.printed >= self.every_seconds
        if not trainer.is_global_zero or not (late or self.batches == FIRST_AFTER):
            return
        # The expected end includes the observed ends of epochs; the speed doesn't.
        remaining = seconds_left(trainer, batch_idx, (now - self.started) / (self.batches - 1))
        speed = f"{self.images / max(seconds, 1e-9):.3g} images/s"
        with tqdm.external_write_mode():
            if self.batches == FIRST_AFTER:
                say(f"speed: {speed}; {end_in_words(remaining)}")
            else:
                say(f"{position(trainer, batch_idx)}, {speed}{left_in_words(remaining)}")
        self.printed, self.images, self.clock.seconds = now, 0, 0.0


def seconds_left(trainer: Trainer, batch_idx: int, seconds_a_batch: float) -> float | None:
    """Return the remaining seconds by the epochs and `trainer.max_time`; None if there is no end.

    Args:
        trainer: Trainer of the fit.
        batch_idx: Index, in its epoch, of the batch that has just ended.
        seconds_a_batch: Measured seconds per batch.
    """
    for keeper in callbacks_of(trainer, BudgetKeeper):
        return keeper.seconds_left()
    ends = [timer.time_remaining() for timer in callbacks_of(trainer, Timer)]
    epochs, batches = trainer.max_epochs, trainer.num_training_batches
    if epochs is not None and epochs >= 0 and math.isfinite(batches):
        batches_left = (epochs - trainer.current_epoch) * batches - (batch_idx + 1)
        ends.append(batches_left * seconds_a_batch)
    return min((max(seconds, 0.0) for seconds in ends if seconds is not None), default=None)


def end_in_words(seconds: float | None) -> str:
    """Return the expected end as text, with the date unless it is today."""
    if seconds is None:
        return "the fit has no end set"
    now = datetime.now()
    end = now + timedelta(seconds=seconds)
    form = "%H:%M" if end.date() == now.date() else "%Y-%m-%d %H:%M"
    return f"the fit ends about {end:{form}} (in {in_words(seconds)})"


def left_in_words(seconds: float | None) -> str:
    """Return the remaining time as text for the end of a line."""
    return "" if seconds is None else f", {in_words(seconds)} left"


def position(trainer: Trainer, batch_idx: int) -> str:
    """Return the current batch and epoch as text, or the batch of the budget, counted from 1."""
    for keeper in callbacks_of(trainer, BudgetKeeper):
        return f"batch {batch_number(trainer) + 1:,}/{keeper.batches:,}"
    endless = trainer.max_epochs is None or trainer.max_epochs < 0
    epochs = "" if endless else f"/{trainer.max_epochs}"
    batches = trainer.num_training_batches
    of = f"/{batches}" if math.isfinite(batches) else ""
    return f"epoch {trainer.current_epoch + 1}{epochs}, batch {batch_idx + 1}{of}"
