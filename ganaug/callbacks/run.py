"""Where a run writes, and on what data: what callbacks ask the trainer."""

from pathlib import Path

from lightning.pytorch import Trainer
from lightning.pytorch.loggers import TensorBoardLogger

from ganaug.protocols import LabelledImages


def run_folder(trainer: Trainer) -> Path:
    """Return the run's folder; every rank must call this, since they agree on it."""
    return Path(trainer.log_dir or trainer.default_root_dir)


def data_of(trainer: Trainer) -> LabelledImages:
    """Return the run's data module."""
    # The trainer sets it when a fit starts, and its class does not declare it.
    return trainer.datamodule  # type: ignore[attr-defined]


def tensorboard(trainer: Trainer) -> TensorBoardLogger | None:
    """Return the run's TensorBoard logger, if it has one."""
    return next((each for each in trainer.loggers if isinstance(each, TensorBoardLogger)), None)
