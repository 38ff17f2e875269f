"""Lightning's Trainer for the writing of images, on one device or many."""

import sys
from types import SimpleNamespace
from typing import Any

from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch import Trainer
from lightning.pytorch.callbacks import TQDMProgressBar

from ganaug.training import hardware
from ganaug.utils.errors import UsageError


def plain_trainer(**settings: Any) -> Trainer:
    """Return a trainer that predicts and writes no files; one CPU process by default."""
    usual: dict[str, Any] = {
        "accelerator": "cpu",
        "devices": 1,
        "logger": False,
        "enable_checkpointing": False,
        "enable_model_summary": False,
        "enable_progress_bar": False,
        "use_distributed_sampler": False,
    }
    return Trainer(**{**usual, **settings})


def trainer_of(accelerator: str, devices: str | int, num_nodes: int, strategy: str) -> Trainer:
    """Return a trainer for devices, with a progress bar.

    Raises:
        UsageError: Lightning does not take them.
    """
    asked = SimpleNamespace(
        accelerator=accelerator, devices=devices, num_nodes=num_nodes, strategy=strategy
    )
    bar = TQDMProgressBar(refresh_rate=10 if sys.stderr.isatty() else 200)
    try:
        trainer = plain_trainer(
            accelerator=accelerator,
            devices=devices,
            num_nodes=num_nodes,
            strategy=hardware.strategy(asked),
            enable_progress_bar=True,
            callbacks=[bar],
        )
    except UsageError:
        raise
    except (ValueError, MisconfigurationException) as error:
        raise UsageError(f"trainer: {str(error).splitlines()[0]}") from error
    # A thread that waits for the one whose core encodes files makes a set of 50,000 take 1.3 times
    # as long on two cores.
    hardware.set_threads(trainer, spare=1)
    return trainer
