"""Throughput: images per second within epochs, excluding the time between epochs."""

from lightning.pytorch import Callback, LightningModule, Trainer
from torch import Tensor

from ganaug.callbacks.clock import TrainingClock
from ganaug.training.curves import is_logged


class Throughput(Callback):
    """Logs the curve `speed/images_per_second`, over all devices."""

    def __init__(self) -> None:
        self.clock = TrainingClock()
        self.images = 0

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Start the clock if a resumed run continues within an epoch."""
        self.clock.start()

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Start the clock, excluding the end of the last epoch."""
        self.clock.start()

    def on_train_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: object,
        batch: tuple[Tensor, Tensor],
        batch_idx: int,
    ) -> None:
        """Add the time since the last batch, including loading, and log if it is due."""
        seconds = self.clock.lap()
        self.images += len(batch[0]) * trainer.world_size
        if is_logged(trainer):
            pl_module.log("speed/images_per_second", self.images / seconds)
            self.clock.seconds, self.images = 0.0, 0
