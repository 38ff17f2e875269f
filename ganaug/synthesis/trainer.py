"""Lightning's Trainer for writing images, on one device or many."""

import time
from types import SimpleNamespace
from typing import Any

from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch import Callback, Trainer
from lightning.pytorch.callbacks import TQDMProgressBar

from datamodules.console import is_redrawn, say
from ganaug.training import hardware
from ganaug.utils.durations import in_words
from ganaug.utils.errors import UsageError

SECONDS_BETWEEN_LINES = 60.0


class ProgressLines(Callback):
    """Prints a line each minute in place of a progress bar, for output to a file."""

    def on_predict_start(self, *_: Any, **__: Any) -> None:
        """Start the clock."""
        self.began = self.printed = time.monotonic()
        self.done = 0

    def on_predict_batch_end(self, trainer: Trainer, *_: Any, **__: Any) -> None:
        """Print the progress if a line is due."""
        now = time.monotonic()
        self.done += 1
        if not trainer.is_global_zero or now - self.printed < SECONDS_BETWEEN_LINES:
            return
        blocks = int(trainer.num_predict_batches[0])
        seconds_left = (blocks - self.done) * (now - self.began) / self.done
        say(f"block {self.done:,}/{blocks:,}, {in_words(seconds_left)} left")
        self.printed = now


def plain_trainer(**settings: Any) -> Trainer:
    """Return a trainer that predicts and writes no files; one CPU process by default."""
    defaults: dict[str, Any] = {
        "accelerator": "cpu",
        "devices": 1,
        "logger": False,
        "enable_checkpointing": False,
        "enable_model_summary": False,
        "enable_progress_bar": False,
        "use_distributed_sampler": False,
    }
    return Trainer(**{**defaults, **settings})


def trainer_of(accelerator: str, devices: str | int, num_nodes: int, strategy: str) -> Trainer:
    """Return a trainer for devices, with a progress bar, or lines where output can't be redrawn.

    Raises:
        UsageError: Lightning refuses the settings.
    """
    settings = SimpleNamespace(
        accelerator=accelerator,
        devices=hardware.devices_in_session(devices),
        num_nodes=num_nodes,
        strategy=strategy,
    )
    moves = is_redrawn()
    try:
        trainer = plain_trainer(
            accelerator=accelerator,
            devices=settings.devices,
            num_nodes=num_nodes,
            strategy=hardware.strategy(settings, prefix=""),
            enable_progress_bar=moves,
            callbacks=[TQDMProgressBar(refresh_rate=10) if moves else ProgressLines()],
        )
    except UsageError:
        raise
    except (ValueError, MisconfigurationException) as error:
        raise UsageError(f"trainer: {str(error).splitlines()[0]}") from error
    # One core is left for encoding files. Otherwise torch's threads would wait for it, and a set of
    # 50,000 images would take 1.3 times as long on two cores.
    hardware.set_threads(trainer, spare=1)
    return trainer
