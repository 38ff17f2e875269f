"""DataCard: writes into each checkpoint what the model was fitted on."""

from typing import Any

from lightning.pytorch import Callback, LightningModule, Trainer

from ganaug.callbacks.fidelity import Fidelity
from ganaug.callbacks.run import callbacks_of, data_of
from ganaug.evaluation.features.judges import trained_with
from ganaug.training.checkpoints import CARD_KEY


class DataCard(Callback):
    """Adds the data module's card to every checkpoint, so that sampling needs nothing else."""

    def on_save_checkpoint(
        self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Put the card beside the weights."""
        kind = type(pl_module)
        model = f"{kind.__module__}.{kind.__qualname__}"
        measured = [x.features for x in callbacks_of(trainer, Fidelity) if x.every_epochs]
        features = {"features": measured[0]} if measured else {}
        networks = trained_with(pl_module)
        helped = {"trained_with": networks} if networks else {}
        checkpoint[CARD_KEY] = {**data_of(trainer).card(), "model": model, **features, **helped}
