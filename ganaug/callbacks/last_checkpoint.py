"""LastCheckpoint: keeps `last.ckpt`, from which a run resumes bit for bit."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Checkpoint
from torch import Tensor

from ganaug.callbacks.nan_guard import refuse_non_finite_weights
from ganaug.training.checkpoints import IMAGES_PER_BATCH
from ganaug.training.stop_signals import RunStoppedError, StopSignals
from ganaug.training.trainers import (
    agreed,
    data_of,
    images_per_batch,
    is_first_rank,
    of_all_ranks,
    run_folder,
)
from ganaug.utils.ranges import refuse_not_positive, refuse_outside

GRADIENTS, OF_RANKS = "gradients", "gradients_of_devices"
FIRST_MINUTES = 1.0


class LastCheckpoint(Checkpoint):
    """Writes `checkpoints/last.ckpt` between batches, once all curves so far are on disk.

    It is written before each epoch, within epochs as set below, when the run is stopped by Ctrl-C,
    SIGTERM or SIGHUP, and at the end.

    Args:
        every_minutes: Longest time between two checkpoints within an epoch, the first after a
            minute. A killed run loses no more than that.
        every_batches: Number of batches of an epoch between further checkpoints; null for none.

    Raises:
        UsageError: A number is not above 0, or not finite.
    """

    def __init__(self, every_minutes: float = 5.0, every_batches: int | None = None) -> None:
        refuse_not_positive("save", every_minutes=every_minutes)
        refuse_outside("save", 1, every_batches=every_batches)
        self.every_minutes, self.every_batches = every_minutes, every_batches
        self.minutes = min(FIRST_MINUTES, every_minutes)
        self.signals = StopSignals(speaks=is_first_rank)
        self.written_at, self.due = 0.0, False
        self.gradients: dict[str, Tensor] = {}

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Restore the gradients, and handle signals in place of Lightning.

        Lightning would end the run after the batch, without saving.
        """
        weights = dict(pl_module.named_parameters())
        while self.gradients:
            name, gradient = self.gradients.popitem()
            weights[name].grad = gradient.to(weights[name].device)
        self.signals.watch()
        self.written_at = time.monotonic()

    def on_train_batch_start(
        self, trainer: Trainer, pl_module: LightningModule, batch: object, batch_idx: int
    ) -> None:
        """Write a checkpoint if it is due, or if the run must stop."""
        # After a validation, no checkpoint can be written; it is written before the next batch.
        self.due = self.due or self.is_due(batch_idx)
        if batch_idx and is_after_check(trainer, batch_idx):
            return
        stop, due = agreed(trainer, self.signals.received, int(self.due))
        if stop or due:
            with before_batch(trainer, first=batch_idx == 0):
                path = self.write(trainer, pl_module)
            self.minutes = self.every_minutes if batch_idx else self.minutes
            if stop:
                raise RunStoppedError(stop, path)

    def is_due(self, batch_idx: int) -> bool:
        """Whether a checkpoint is due before this batch of an epoch."""
        if batch_idx == 0 or (self.every_batches and batch_idx % self.every_batches == 0):
            return True
        return time.monotonic() - self.written_at >= 60 * self.minutes

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Write the last checkpoint; an epoch that a time limit cut short continues on resuming."""
        try:
            with uncounted_epoch(trainer) if ended_within_epoch(trainer) else nullcontext():
                self.write(trainer, pl_module)
        finally:
            self.signals.restore()

    def on_exception(
        self, trainer: Trainer, pl_module: LightningModule, exception: BaseException
    ) -> None:
        """Restore the previous signal handlers."""
        self.signals.restore()

    def write(self, trainer: Trainer, model: LightningModule) -> Path:
        """Write the checkpoint, after the curves that belong to it, and return its path."""
        refuse_non_finite_weights(trainer, model)
        self.signals.saving = True
        try:
            for logger in trainer.loggers:
                logger.save()
            path = run_folder(trainer) / "checkpoints" / "last.ckpt"
            trainer.save_checkpoint(path)
        finally:
            self.signals.saving = False
        self.written_at, self.due = time.monotonic(), False
        return path

    def on_save_checkpoint(
        self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Add the size of a batch, and accumulated gradients that no step has used yet."""
        checkpoint[IMAGES_PER_BATCH] = images_per_batch(data_of(trainer), trainer)
        if trainer.accumulate_grad_batches > 1 or not pl_module.automatic_optimization:
            weights = pl_module.named_parameters()
            gradients = {name: p.grad for name, p in weights if p.grad is not None}
            # A game's gradients are synchronized over devices after each batch; with automatic
            # optimization, only after the last accumulated batch.
            are_shared = not pl_module.automatic_optimization or trainer.world_size == 1
            checkpoint[GRADIENTS] = gradients
            if not are_shared:
                checkpoint[OF_RANKS] = {k: of_all_ranks(trainer, v) for k, v in gradients.items()}

    def on_load_checkpoint(
        self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Keep the gradients until training starts, before which Lightning clears them."""
        self.gradients = checkpoint.get(GRADIENTS, {})
        for name, of_ranks in checkpoint.get(OF_RANKS, {}).items():
            self.gradients[name] = of_ranks[trainer.global_rank % len(of_ranks)]


def is_after_check(trainer: Trainer, batch_idx: int) -> bool:
    """Whether a validation within the epoch has just been run.

    After resuming from there, Lightning would count a batch too many.
    """
    every = trainer.val_check_batch
    return every is not None and batch_idx % every == 0


@contextmanager
def before_batch(trainer: Trainer, *, first: bool) -> Iterator[None]:
    """Temporarily reset the loops to their state before the current batch.

    Args:
        trainer: Trainer of the run.
        first: Whether this is the first batch of its epoch; then the epoch is reset, too.
    """
    loop = trainer.fit_loop
    progress = [loop.epoch_loop.batch_progress, *([loop.epoch_progress] if first else [])]
    states = [tracker.state_dict() for tracker in progress]
    for tracker in progress:
        tracker.total.reset_on_restart()
        tracker.current.reset_on_restart()
    loop.epoch_loop.batch_progress.is_last_batch = False
    try:
        yield
    finally:
        for tracker, state in zip(progress, states, strict=True):
            tracker.load_state_dict(state)


def ended_within_epoch(trainer: Trainer) -> bool:
    """Whether a time limit ended the run within its last epoch.

    Lightning has counted that epoch as completed by then, unless nothing was trained.
    """
    progress = trainer.fit_loop.epoch_loop.batch_progress
    batches, epochs = progress.current.completed, trainer.fit_loop.epoch_progress.state_dict()
    if progress.is_last_batch or batches >= trainer.num_training_batches:
        return False
    was_counted = epochs["current"]["processed"] == epochs["current"]["started"]
    return was_counted and not is_after_check(trainer, batches)


@contextmanager
def uncounted_epoch(trainer: Trainer) -> Iterator[None]:
    """Temporarily reset the loops to their state within the epoch that has just ended."""
    epochs = trainer.fit_loop.epoch_progress
    # Validation is run again once all batches of the epoch are done.
    checked = trainer.fit_loop.epoch_loop.val_loop.batch_progress
    states = [(tracker, tracker.state_dict()) for tracker in (epochs, checked)]
    epoch_state = epochs.state_dict()
    for counts in (epoch_state["total"], epoch_state["current"]):
        counts["processed"] -= 1
        counts["completed"] -= 1
    epochs.load_state_dict(epoch_state)
    checked.total.reset()
    try:
        yield
    finally:
        for tracker, state in states:
            tracker.load_state_dict(state)
