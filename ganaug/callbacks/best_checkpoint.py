"""BestCheckpoint: keeps `best.ckpt`, selected by a metric among epochs without many copies."""

from pathlib import Path
from typing import Any

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import ModelCheckpoint
from torch import Tensor

from ganaug.callbacks.memorization import samples_are_copies
from ganaug.training.budget_keeper import is_due

PATHS = ("best_model_path", "kth_best_model_path", "last_model_path")


class BestCheckpoint(ModelCheckpoint):
    """Keeps the checkpoint with the lowest value of a metric among epochs without many copies.

    A generator that reproduces its training images has a low FID and KID, too.

    Args:
        monitor: Name of the metric's curve.
        every_epochs: Number of epochs between measurements.
    """

    def __init__(self, monitor: str, every_epochs: int) -> None:
        super().__init__(
            filename="best",
            monitor=monitor,
            enable_version_counter=False,
            save_on_train_epoch_end=True,
        )
        self.every_epochs = every_epochs

    @property
    def state_key(self) -> str:
        """Key of the state in a checkpoint, independent of `every_epochs`.

        With Lightning's key, a run resumed with another `every_epochs` would lose the best score.
        """
        return self._generate_state_key(monitor=self.monitor)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Compare scores if the metric was measured after this epoch."""
        if is_due(trainer, self.every_epochs):
            super().on_train_epoch_end(trainer, pl_module)

    def check_monitor_top_k(self, trainer: Trainer, current: Tensor | None = None) -> bool:
        """Whether this epoch's checkpoint is the best so far; every process must call this."""
        return not is_left_out(trainer) and super().check_monitor_top_k(trainer, current)

    def state_dict(self) -> dict[str, Any]:
        """Return the state with names in place of paths, which would reveal the run's folder."""
        state = super().state_dict()
        names = {name: Path(state[name]).name for name in PATHS}
        scores = {Path(path).name: score for path, score in state["best_k_models"].items()}
        return {**state, **names, "dirpath": "", "best_k_models": scores}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore the best score, even if the run's folder was moved.

        Lightning discards the score if the folder has changed, and would then replace the best
        checkpoint with the next one, however bad.
        """
        paths = {name: self._relocated(state_dict[name]) for name in PATHS}
        scores = {
            self._relocated(path): score for path, score in state_dict["best_k_models"].items()
        }
        current = {"dirpath": self.dirpath, "best_k_models": scores}
        super().load_state_dict({**state_dict, **paths, **current})

    def _relocated(self, path: str) -> str:
        return str(Path(self.dirpath or "") / Path(path).name) if path else path


def is_left_out(trainer: Trainer) -> bool:
    """Whether this epoch can't be the best, because its samples are copies.

    Every process must call this, since only the first one checks for copies.
    """
    is_candidate = not (trainer.is_global_zero and samples_are_copies(trainer))
    return not trainer.strategy.reduce_boolean_decision(is_candidate, all=True)
