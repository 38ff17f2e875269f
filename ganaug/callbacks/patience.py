"""Patience: ends a fit whose best checkpoint no longer improves."""

from math import isfinite
from typing import Any

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import EarlyStopping

from datamodules.console import say
from ganaug.callbacks.best_checkpoint import is_left_out
from ganaug.callbacks.memorization import samples_are_copies
from ganaug.training.budget_keeper import is_due
from ganaug.utils.errors import UsageError


class Patience(EarlyStopping):
    """Stops a fit when the metric that selects the best checkpoint stops improving.

    An epoch whose samples are copies of training images never counts as an improvement, since it
    can't become the best checkpoint. The state is saved in the checkpoint, so a resumed run stops
    at the same evaluation.

    Args:
        patience: Number of evaluations in a row without an improvement after which the fit stops.
        monitor: Name of the metric's curve; lower is better.
        every_epochs: Number of epochs between evaluations.

    Raises:
        UsageError: `patience` is below 1.

    Example:
        >>> Patience(10, "fidelity/domain_fid", every_epochs=1).patience
        10
    """

    def __init__(self, patience: int, monitor: str, every_epochs: int) -> None:
        if patience < 1:
            raise UsageError(
                f"patience is {patience}; it must be 1 or more, or null to train to the end"
            )
        # A NaN counts as no improvement; the next evaluation may have a value again.
        super().__init__(
            monitor, patience=patience, check_finite=False, check_on_train_epoch_end=True
        )
        self.every_epochs = every_epochs

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """End a resumed run at once if its patience was exhausted."""
        if self.wait_count >= self.patience:
            self.stop(trainer)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Compare scores if the metric was measured after this epoch."""
        if not is_due(trainer, self.every_epochs):
            return
        if is_left_out(trainer):
            self.wait_count += 1
        else:
            super().on_train_epoch_end(trainer, pl_module)
        if self.wait_count >= self.patience:
            self.stop(trainer)

    def stop(self, trainer: Trainer) -> None:
        """End the run, and print the reason."""
        trainer.should_stop = True
        best, copies = float(self.best_score), samples_are_copies(trainer)
        outcome = f"got no better than {best:.4g}" if isfinite(best) else "had no value that counts"
        say(
            f"stop: {self.monitor} {outcome} in {self.wait_count} evaluations (patience "
            f"{self.patience}{'; epochs of copies do not count' if copies else ''})"
        )

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore the count of evaluations; the patience comes from the settings."""
        super().load_state_dict({**state_dict, "patience": self.patience})
