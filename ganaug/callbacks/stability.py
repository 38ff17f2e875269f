"""StabilityMonitor: warns, with advice, when a game goes wrong."""

from typing import Any

import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.utilities import rank_zero_only, rank_zero_warn
from torch import Tensor

from ganaug.callbacks.drawing import HEALTH_STREAM, classes_of, draw
from ganaug.callbacks.nan_guard import refuse_non_finite
from ganaug.training.trainers import data_of
from ganaug.utils.pixels import to_float
from ganaug.utils.ranges import refuse_outside

ACCURACY = "discriminator/accuracy"
# Attributes that checkpoints store.
KEPT = ("average_accuracy", "batches")


class StabilityMonitor(Callback):
    """Watches for non-finite losses, a discriminator that is too accurate, and low diversity.

    Diversity is the mean distance between two samples of a class, divided by that of two real
    images; the curve is `stability/diversity`.

    Args:
        window: Number of batches over which the discriminator's accuracy is averaged; there is no
            warning before as many batches.
        accuracy: Warn above this average accuracy of the discriminator.
        diversity: Warn if the diversity is below this fraction of the real images' diversity.
        images: Number of samples for the diversity, drawn once per epoch.
        rollbacks: On NaN or an infinite loss, restore the last checkpoint and halve the learning
            rates, at most this many times; `ganaug.training.engine` does this.
    """

    def __init__(
        self,
        window: int = 200,
        accuracy: float = 0.98,
        diversity: float = 0.5,
        images: int = 256,
        rollbacks: int = 0,
    ) -> None:
        refuse_outside("stability", 1, window=window)
        refuse_outside("stability", 0.5, 1, accuracy=accuracy)
        refuse_outside("stability", 0, 1, diversity=diversity)
        refuse_outside("stability", 2, images=images)
        refuse_outside("stability", 0, rollbacks=rollbacks)
        self.window, self.accuracy = window, accuracy
        self.diversity, self.images = diversity, images
        self.rollbacks = rollbacks
        self.average_accuracy = 0.5
        self.batches = 0
        self.warned: set[str] = set()
        self.real_spread: float | None = None

    def on_train_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: Any,
        batch: object,
        batch_idx: int,
    ) -> None:
        """Check the losses, and update the discriminator's average accuracy."""
        refuse_non_finite(trainer, pl_module, outputs)
        self.batches += 1
        # A model with several games has one accuracy per game, prefixed with the game's name.
        accuracies = [float(value) for name, value in outputs.items() if name.endswith(ACCURACY)]
        if accuracies:
            self.watch_power(max(accuracies))

    def state_dict(self) -> dict[str, Any]:
        """Return the state for a checkpoint."""
        return {name: getattr(self, name) for name in KEPT} | {"warned": sorted(self.warned)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore the state from a checkpoint."""
        self.average_accuracy, self.batches = (state_dict[name] for name in KEPT)
        self.warned = set(state_dict["warned"])

    def watch_power(self, accuracy: float) -> None:
        """Warn if the discriminator is almost always right."""
        self.average_accuracy += (accuracy - self.average_accuracy) / self.window
        if self.batches >= self.window and self.average_accuracy > self.accuracy:
            self.warn(
                "power",
                f"the discriminator is right on {self.average_accuracy:.0%} of the images over "
                f"about {self.window} batches, so the generator learns little from it. Try a "
                "lower model.discriminator_lr (half of it), more images, or a smaller network",
            )

    @rank_zero_only
    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Measure the samples' diversity."""
        if self.real_spread is None:
            images, labels = data_of(trainer).images("train", limit=self.images)
            labels = labels if classes_of(pl_module) else torch.zeros_like(labels)
            self.real_spread = spread(to_float(images), labels)
        samples = draw(trainer, pl_module, self.images, seed=HEALTH_STREAM)
        share = spread(*samples) / self.real_spread if self.real_spread else 1.0
        pl_module.log("stability/diversity", share, rank_zero_only=True)
        if share < self.diversity and self.batches >= self.window:
            rate = "generator_lr" if "generator_lr" in pl_module.hparams else "lr"
            self.warn(
                "diversity",
                f"samples of a class differ {share:.0%} as much as real images do: the generator "
                "may be collapsing to a few pictures. Look at the sample sheets; try a lower "
                f"model.{rate}, or stop at an earlier checkpoint",
            )

    def warn(self, kind: str, message: str) -> None:
        """Print each kind of warning once."""
        if kind not in self.warned:
            self.warned.add(kind)
            rank_zero_warn(f"stability: {message}")


def spread(images: Tensor, labels: Tensor) -> float:
    """Return the mean Euclidean distance between two images of a class, averaged over classes.

    Args:
        images: `[N, C, S, S]`.
        labels: `[N]`; classes with fewer than two images are skipped.
    """
    distances = [
        torch.pdist(images[labels == label].flatten(1).float()).mean()
        for label in labels.unique()
        if (labels == label).sum() > 1
    ]
    return float(torch.stack(distances).mean()) if distances else 0.0
