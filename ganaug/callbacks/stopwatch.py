"""Stopwatch: times batches, a check and the end of a short fit, to plan a time budget."""

import time
from typing import Any

from lightning.pytorch import Callback, LightningModule, Trainer

from ganaug.utils.registry import is_built_in

# Untimed batches at the start, which fill caches.
WARM_UP = 2
NEVER = 10**9


class Stopwatch(Callback):
    """Times batches, one check and the end of a fit, and then ends the fit.

    The first epoch has a single batch, after which the metrics are prepared. Then batches are
    timed, over as many epochs as needed, and one more check.

    Args:
        seconds: Seconds for which batches are timed.

    Attributes:
        batch_seconds: Seconds per batch, including loading and the ends of epochs.
        check_seconds: Seconds for metrics, a sample grid and the best checkpoint.
        images_per_batch: Images per batch.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.batch_seconds = self.check_seconds = self._epoch = 0.0
        self.images_per_batch = self.done = 0
        self.since = self.ended = 0.0

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Limit the first epoch to one batch, followed by a check."""
        self._epoch = trainer.fit_loop.max_batches
        trainer.fit_loop.max_batches = 1

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Restore the length of later epochs, and turn off their checks."""
        if trainer.current_epoch == 1:
            trainer.fit_loop.max_batches = self._epoch
            check_every(trainer, NEVER)

    def on_train_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: object,
        batch: Any,
        batch_idx: int,
    ) -> None:
        """Count the batch; once enough are timed, end the epoch with a check."""
        now = time.monotonic()
        self.images_per_batch = len(batch[0])
        if trainer.current_epoch == 0:
            return
        self.done += 1
        if self.done == WARM_UP:
            self.since = now
        if self.done > WARM_UP and now - self.since >= self.seconds:
            self.batch_seconds, self.ended = (now - self.since) / (self.done - WARM_UP), now
            check_every(trainer, 1)
            trainer.fit_loop.min_epochs = 0
            trainer.should_stop = True

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Record the time of the check, before the last checkpoint is written."""
        self.check_seconds = time.monotonic() - self.ended


def check_every(trainer: Trainer, epochs: int) -> None:
    """Set the interval, in epochs, of ganaug's metrics, sample grids and best checkpoints."""
    callbacks = trainer.callbacks  # type: ignore[attr-defined]  # set by a connector
    for callback in callbacks:
        # A user's callback may call something else `every_epochs`.
        if is_built_in(callback) and getattr(callback, "every_epochs", None):
            callback.every_epochs = epochs
