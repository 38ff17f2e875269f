"""The pace of a fit on this machine: measured by a short one in a folder that is thrown away."""

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.utilities.model_helpers import is_overridden

from ganaug.callbacks.progress import Progress
from ganaug.callbacks.run import callbacks_of
from ganaug.training import checks, hardware
from ganaug.training.budget import Pace, budget_in_seconds
from ganaug.training.stop_signals import RunStoppedError

# Batches are timed for this share of the budget, within bounds, once the caches are filled.
SHARE, LEAST_SECONDS, MOST_SECONDS = 0.02, 1.0, 8.0
WARM_UP = 2
NEVER = 10**9
# What the short fit does without, and where it differs: it ends itself.
SETTINGS = {
    "trainer.max_epochs": "-1",
    "trainer.max_time": "null",
    "trainer.enable_progress_bar": "false",
    "trainer.enable_model_summary": "false",
    "trainer.devices": "1",
    "trainer.num_nodes": "1",
    "trainer.strategy": "auto",
    "budget": "null",
    "patience": "null",
}


class Stopwatch(Callback):
    """Times batches, a check and the end of a fit, which it then ends.

    The first epoch has one batch, and what is measured after it prepares itself. Then batches
    are timed, over as many epochs as it takes, and another check.

    Args:
        seconds: How long batches are timed.

    Attributes:
        batch: Seconds of a batch, loading and the ends of epochs included.
        check: Seconds of metrics, a sheet and the best checkpoint.
        images: Images of a batch.
        epoch: Batches of an epoch.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.batch = self.check = self.epoch = 0.0
        self.images = self.done = 0
        self.since = self.ended = 0.0

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Have the first epoch end after a batch, with a check."""
        self.epoch = trainer.fit_loop.max_batches
        trainer.fit_loop.max_batches = 1

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Give the epochs after the first their length, and no checks."""
        if trainer.current_epoch == 1:
            trainer.fit_loop.max_batches = self.epoch
            check_every(trainer, NEVER)

    def on_train_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: object,
        batch: Any,
        batch_idx: int,
    ) -> None:
        """Count the batch, and when enough were timed let a check come after it."""
        now = time.monotonic()
        self.images = len(batch[0])
        if trainer.current_epoch == 0:
            return
        self.done += 1
        if self.done == WARM_UP:
            self.since = now
        if self.done > WARM_UP and now - self.since >= self.seconds:
            self.batch, self.ended = (now - self.since) / (self.done - WARM_UP), now
            check_every(trainer, 1)
            trainer.should_stop = True

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Take the time of the check; the last checkpoint is still to be written."""
        self.check = time.monotonic() - self.ended


def check_every(trainer: Trainer, epochs: int) -> None:
    """Have all that is measured, drawn or kept now and then be due every so many epochs."""
    callbacks = trainer.callbacks  # type: ignore[attr-defined]  # set by a connector
    for each in callbacks:
        if getattr(each, "every_epochs", 0):
            each.every_epochs = epochs


class Measured(NamedTuple):
    """What a short fit has shown.

    Attributes:
        pace: Of the fit on this machine.
        data: Its data module, with all images read.
        model: Settings of its model.
    """

    pace: Pace
    data: Any
    model: Mapping[str, Any]


def measure(
    command_line: Callable[..., Any],
    words: Sequence[str],
    given: Mapping[str, Any],
    budget: object,
) -> Measured:
    """Measure the pace of the fit that the words describe.

    Args:
        command_line: Builds model, data and trainer.
        words: Settings of the fit.
        given: Objects that no words can give.
        budget: Of the fit; a part of it is spent on this.
    """
    seconds = min(MOST_SECONDS, max(LEAST_SECONDS, SHARE * budget_in_seconds(budget)))
    watch = Stopwatch(seconds)
    with tempfile.TemporaryDirectory(prefix="ganaug-pace-") as scratch:
        own = {**SETTINGS, "trainer.default_root_dir": scratch}
        short = [*words, *(word for name, value in own.items() for word in (f"--{name}", value))]
        callbacks = [watch, *given.get("callbacks", [])]
        built = command_line(short, {**given, "logger": False, "callbacks": callbacks})
        # What it would say of its end is not so.
        for line in callbacks_of(built.trainer, Progress):
            built.trainer.callbacks.remove(line)
        built.datamodule.trainer = built.trainer
        checks.check_data(built.model, built.datamodule)
        checks.check_trainer(built.model, built.trainer)
        hardware.set_threads(built.trainer)
        try:
            built.trainer.fit(built.model, datamodule=built.datamodule)
        except RunStoppedError as stop:
            # What it saved is thrown away, and there is nothing to go on with.
            raise KeyboardInterrupt from stop
        if is_overridden("test_step", built.model):
            built.trainer.test(built.model, datamodule=built.datamodule, verbose=False)
        end = time.monotonic() - watch.ended
    pace = Pace(watch.batch, watch.check, end, watch.images, watch.epoch)
    return Measured(pace, built.datamodule, dict(built.model.hparams))
