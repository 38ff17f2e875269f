"""The best checkpoint: `best.ckpt`, by a figure, also of a run whose folder has moved."""

from pathlib import Path
from typing import Any

from lightning.pytorch.callbacks import ModelCheckpoint

PATHS = ("best_model_path", "kth_best_model_path", "last_model_path")


class BestCheckpoint(ModelCheckpoint):
    """Keeps the checkpoint with the lowest figure so far.

    Args:
        monitor: Name of the figure's curve.
        every_epochs: How often it is measured.
    """

    def __init__(self, monitor: str, every_epochs: int) -> None:
        super().__init__(
            filename="best",
            monitor=monitor,
            every_n_epochs=every_epochs,
            enable_version_counter=False,
            save_on_train_epoch_end=True,
        )

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take back the score to beat, wherever the run lies now.

        Lightning forgets it where the folder is another than it was, and would then replace the
        best checkpoint by the next one, however bad.
        """
        moved = {name: self._here(state_dict[name]) for name in PATHS}
        known = {self._here(path): score for path, score in state_dict["best_k_models"].items()}
        here = {"dirpath": self.dirpath, "best_k_models": known}
        super().load_state_dict({**state_dict, **moved, **here})

    def _here(self, path: str) -> str:
        return str(Path(self.dirpath or "") / Path(path).name) if path else path
