"""Throughput: images a second within epochs, what happens at their ends left out."""

import time

from lightning.pytorch import Callback, LightningModule, Trainer
from torch import Tensor

from ganaug.training.curves import is_drawn


class Throughput(Callback):
    """Draws the curve `speed/images_per_second`, over all devices."""

    def __init__(self) -> None:
        self.started = 0.0
        self.seconds = 0.0
        self.images = 0

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Start the clock where a run goes on within an epoch."""
        self.started = time.perf_counter()

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Start the clock after whatever ended the last epoch."""
        self.started = time.perf_counter()

    def on_train_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: object,
        batch: tuple[Tensor, Tensor],
        batch_idx: int,
    ) -> None:
        """Take the time since the last batch, loading included, and log at the interval."""
        now = time.perf_counter()
        self.seconds, self.started = self.seconds + now - self.started, now
        self.images += len(batch[0]) * trainer.world_size
        if is_drawn(trainer):
            pl_module.log("speed/images_per_second", self.images / self.seconds)
            self.seconds, self.images = 0.0, 0
