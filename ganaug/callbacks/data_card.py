"""DataCard: records the training data in each checkpoint."""

from typing import Any

from lightning.pytorch import Callback, LightningModule, Trainer

from ganaug.callbacks.fidelity import Fidelity
from ganaug.evaluation.features.judges import trained_with
from ganaug.training.checkpoints import CARD_KEY
from ganaug.training.frozen import FROZEN_KEY, frozen_sha256
from ganaug.training.trainers import callbacks_of, data_of
from ganaug.utils.registry import dotted_path


class DataCard(Callback):
    """Adds the data module's card to every checkpoint, so that sampling needs nothing else."""

    def on_save_checkpoint(
        self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Add the card to the checkpoint."""
        features_used = [x.features for x in callbacks_of(trainer, Fidelity) if x.every_epochs]
        features = {"features": features_used[0]} if features_used else {}
        networks = trained_with(pl_module)
        helped = {"trained_with": networks} if networks else {}
        frozen = {FROZEN_KEY: sha256} if (sha256 := frozen_sha256(pl_module)) else {}
        facts = {"model": dotted_path(pl_module), **features, **helped, **frozen}
        checkpoint[CARD_KEY] = {**data_of(trainer).card(), **facts}
