"""Hyperparameters: a run's settings and last metrics in TensorBoard's HPARAMS tab."""

from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.utilities import rank_zero_only

from ganaug.training.trainers import data_of, tensorboard

FIGURES = ("fidelity/", "agreement/", "memorization/", "stability/", "validation/")


class Hyperparameters(Callback):
    """Logs the settings of model and data with the last metrics when the fit ends."""

    @rank_zero_only
    def on_fit_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Write this run's row."""
        metrics = {
            f"hp/{name}": float(value)
            for name, value in trainer.callback_metrics.items()
            if name.startswith(FIGURES)
        }
        if metrics and (logger := tensorboard(trainer)):
            settings = {f"model/{key}": value for key, value in pl_module.hparams.items()}
            settings |= {f"data/{key}": value for key, value in data_of(trainer).hparams.items()}
            logger.log_hyperparams(settings, metrics)
