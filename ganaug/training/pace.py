"""The pace of a fit on this machine, measured by a short fit in a temporary folder."""

import io
import math
import tempfile
import time
import warnings
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout, suppress
from copy import deepcopy
from typing import Any, NamedTuple

from lightning.pytorch import Callback, Trainer
from lightning.pytorch.accelerators import CUDAAccelerator
from lightning.pytorch.callbacks import EarlyStopping
from lightning.pytorch.utilities.model_helpers import is_overridden

from datamodules.console import say
from ganaug.callbacks.progress import Progress
from ganaug.callbacks.stopwatch import Stopwatch
from ganaug.training import checks, hardware
from ganaug.training.budget import Pace, budget_in_seconds, refuse_spent
from ganaug.training.builder import FitCLI, as_list
from ganaug.training.stop_signals import RunStoppedError, keyboard_interrupts
from ganaug.training.trainers import callbacks_of
from ganaug.training.words import as_words

# Fraction of the budget for which batches are timed, within bounds.
SHARE, LEAST_SECONDS, MOST_SECONDS = 0.02, 1.0, 8.0
# Settings of the short fit: one device and no screen output. Only the stopwatch ends it: it lowers
# `min_epochs`, which other callbacks can't go below.
SETTINGS = {
    "trainer.max_epochs": "1000000",
    "trainer.min_epochs": "1000000",
    "trainer.min_steps": "null",
    "trainer.max_time": "null",
    "trainer.enable_progress_bar": "false",
    "trainer.enable_model_summary": "false",
    "trainer.num_nodes": "1",
    "trainer.strategy": "auto",
    "budget": "null",
    "patience": "null",
}


class Measured(NamedTuple):
    """The result of a short fit.

    Attributes:
        pace: Pace of the fit on this machine.
        data: Data module of the fit, with all images read.
        model: Settings of the model.
    """

    pace: Pace
    data: Any
    model: Mapping[str, Any]


def measure(
    arguments: Sequence[str],
    objects: Mapping[str, Any],
    budget: object,
    trainer: Trainer | None = None,
    started: float | None = None,
) -> Measured:
    """Measure the pace of a fit on one of its devices.

    Args:
        arguments: Arguments of the fit.
        objects: Objects that can't be written as arguments.
        budget: Budget of the fit; the measurement uses part of it.
        trainer: Trainer of the fit, whose devices share images and processors; one by default.
        started: When the budget began, by `time.monotonic`; now by default.

    Raises:
        TooShortError: The budget is used up, or will be after the last timed batch.
    """
    started = time.monotonic() if started is None else started
    seconds = min(MOST_SECONDS, max(LEAST_SECONDS, SHARE * budget_in_seconds(budget)))
    refuse_spent(budget, time.monotonic() - started, seconds)
    watch = Stopwatch(seconds)
    with (
        hardware.threads_restored(),
        tempfile.TemporaryDirectory(prefix="ganaug-pace-") as scratch,
    ):
        settings = {**SETTINGS, "trainer.default_root_dir": scratch}
        settings["trainer.devices"] = first_device(trainer)
        callbacks = [watch, *copied(objects.get("callbacks"))]
        # Warnings about the data were already printed when it was read for the fit.
        with redirect_stdout(io.StringIO()):
            built = FitCLI(
                [*arguments, *as_words(settings)],
                {**objects, "logger": False, "callbacks": callbacks},
            )
        # Notes about an early end would mislead, and early stopping may miss a metric.
        all_callbacks = built.trainer.callbacks  # type: ignore[attr-defined]  # set by a connector
        for callback in callbacks_of(built.trainer, (Progress, EarlyStopping)):
            all_callbacks.remove(callback)
        trainer = trainer or built.trainer
        # Attach the whole trainer first: batches may be smaller with several devices.
        built.datamodule.trainer = trainer
        checks.check_data(built.model, built.datamodule)
        epoch = batches_of_epoch(trainer, built.datamodule)
        # Reading the images also uses part of the budget.
        refuse_spent(budget, time.monotonic() - started, seconds)
        built.datamodule.trainer = built.trainer
        checks.check_trainer(built.model, built.trainer)
        threads = hardware.threads_for(trainer, previous_threads=built.config.threads)
        hardware.set_threads(built.trainer, previous_threads=threads)
        _fit_and_test(built)
        end = time.monotonic() - watch.ended
    images = watch.images_per_batch * trainer.world_size
    pace = Pace(watch.batch_seconds, watch.check_seconds, end, images, epoch)
    return Measured(pace, built.datamodule, dict(built.model.hparams))


def copied(callbacks: Any) -> list[Callback]:
    """Return copies of the user's callbacks, since a callback remembers the fit that it was in.

    One that can't be copied, such as one with an open file, is left out; the fit corrects its plan.
    """
    copies = []
    for callback in as_list(callbacks):
        # Callbacks define for themselves how they are copied, so the errors are of any kind.
        with suppress(Exception):
            copies.append(deepcopy(callback))
    return copies


def _fit_and_test(built: Any) -> None:
    """Run the short fit.

    Raises:
        KeyboardInterrupt: Ctrl-C ended it.
        SystemExit: Another signal ended it; the exit code is the signal's.
    """
    try:
        # The fit repeats those that apply: an untrained generator's samples say nothing.
        with keyboard_interrupts(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            built.trainer.fit(built.model, datamodule=built.datamodule)
            if is_overridden("test_step", built.model):
                built.trainer.test(built.model, datamodule=built.datamodule, verbose=False)
    except RunStoppedError as stop:
        # Its checkpoint is deleted with the temporary folder, so there is nothing to resume.
        what_to_do = "nothing was fitted yet, so start the fit again"
        if isinstance(stop.outside_lightning(), KeyboardInterrupt):
            raise KeyboardInterrupt(what_to_do) from stop
        say(f"{stop.reason} while the speed was measured; {what_to_do}")
        raise SystemExit(stop.exit_code) from stop


def first_device(trainer: Trainer | None) -> str:
    """Return the setting `devices` for the first device of a fit; without its trainer, any."""
    if trainer is not None and isinstance(trainer.accelerator, CUDAAccelerator):
        return f"[{trainer.device_ids[0]}]"
    return "1"


def batches_of_epoch(trainer: Trainer, data: Any) -> float:
    """Return the number of batches per device and epoch.

    Args:
        trainer: Trainer of the fit.
        data: Data module of the fit, attached to that trainer.
    """
    try:
        batches = len(data.train_dataloader())
    except TypeError:
        return math.inf
    limit = trainer.limit_train_batches
    return min(batches, limit) if isinstance(limit, int) else int(batches * limit)
