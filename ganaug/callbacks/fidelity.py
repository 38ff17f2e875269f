"""Fidelity: FID, KID, Inception Score and the overlap with real images after each epoch."""

import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.utilities import rank_zero_warn

from ganaug.callbacks.drawing import FIDELITY_STREAM, draw
from ganaug.callbacks.run import data_of
from ganaug.errors import UsageError
from ganaug.evaluation.features import domain_features
from ganaug.evaluation.fidelity import FidelityMonitor

# Below this many held-out images a covariance says little, and KID, which has no bias, chooses.
ENOUGH_FOR_FID = 200
# Below this many not even KID can tell one checkpoint from another; training images stand in.
ENOUGH_FOR_KID = 20
# More add little to the features, and a streamed set would have to be decoded for them.
ENOUGH_TO_LEARN = 20_000


def figure_to_choose_by(held_out: int) -> str:
    """Name the figure by which the best checkpoint is chosen, for so many validation images."""
    return f"fidelity/domain_{'fid' if held_out >= ENOUGH_FOR_FID else 'kid'}"


class Fidelity(Callback):
    """Draws the averaged generator's curves: `fidelity/domain_fid`, `domain_kid` and the like.

    With labels `domain_is`, and of the overlap with real images `domain_precision`,
    `domain_recall`, `domain_density` and `domain_coverage`.

    The features are those of a small classifier trained on the real training images, kept on disk
    for the next run. The reference is the validation images, which the generator never sees; where
    there are fewer than 20, the training images, with a warning. The best checkpoint is chosen by
    FID, and by KID where there are fewer than 200 validation images.

    Args:
        every_epochs: Measure each time so many epochs are done; 0 never.
        images: Samples drawn, and reference images used at most.

    Raises:
        UsageError: A number is out of its range.
    """

    def __init__(self, every_epochs: int = 1, images: int = 1000) -> None:
        if every_epochs < 0 or images < 2:
            raise UsageError(
                f"fidelity.every_epochs is {every_epochs} and fidelity.images is {images}; they "
                "must be at least 0 and 2"
            )
        self.every_epochs, self.images = every_epochs, images
        self.monitor: FidelityMonitor | None = None
        self.labels = torch.zeros(0, dtype=torch.long)
        self.shown = ""

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Learn which figure is shown on screen: the one that the best checkpoint is chosen by."""
        self.shown = figure_to_choose_by(len(data_of(trainer).paths("validation")))

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Measure when it is due, on rank zero, and log the same figures on every rank."""
        if not self.every_epochs or (trainer.current_epoch + 1) % self.every_epochs:
            return
        scores = self.scores(trainer, pl_module) if trainer.is_global_zero else {}
        # Every rank logs, since every rank's checkpointing reads the figure.
        for name, value in trainer.strategy.broadcast(scores).items():
            name = f"fidelity/domain_{name}"
            pl_module.log(name, value, prog_bar=name == self.shown, rank_zero_only=False)

    def scores(self, trainer: Trainer, pl_module: LightningModule) -> dict[str, float]:
        """Return the figures of fresh samples, from the same latents each time."""
        if self.monitor is None:
            self.monitor = self.prepare(trainer, pl_module.device)
        # Classes in the proportions of the reference, or a perfect generator would score badly.
        labels = self.labels[torch.arange(self.images) * len(self.labels) // self.images]
        images, _ = draw(trainer, pl_module, self.images, seed=FIDELITY_STREAM, labels=labels)
        return self.monitor.score(images)

    def prepare(self, trainer: Trainer, device: torch.device) -> FidelityMonitor:
        """Train or fetch the feature network, and take the real images' statistics."""
        data = data_of(trainer)
        images, labels = data.images("train", limit=ENOUGH_TO_LEARN)
        features = domain_features(
            images, labels, data.class_names, data.fingerprint, purpose="fit", device=device
        )
        reference, self.labels = data.images("validation", limit=self.images)
        if len(reference) < ENOUGH_FOR_KID:
            rank_zero_warn(
                f"fidelity: {len(reference)} validation images are too few to measure against "
                f"({ENOUGH_FOR_KID} are enough); the training images stand in, so best.ckpt may be "
                "one that copies them: hold more images out with --data.validation, or look at "
                "last.ckpt as well"
            )
            reference, self.labels = data.images("train", limit=self.images)
        return FidelityMonitor(features, reference)
