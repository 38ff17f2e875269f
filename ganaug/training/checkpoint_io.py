"""Writing checkpoints atomically, in place of Lightning's own writer."""

from pathlib import Path
from typing import Any

import torch
from lightning.fabric.plugins import TorchCheckpointIO

from ganaug.utils.atomic_files import atomic_open


class AtomicCheckpointIO(TorchCheckpointIO):
    """Writes beside the target and renames; Lightning's own goes by way of another file system."""

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None
    ) -> None:
        """Write a checkpoint; the one of that name before stays until it is on disk.

        Raises:
            OSError: The file can't be written.
        """
        del storage_options  # of remote file systems; runs are on this one
        with atomic_open(Path(path)) as file:
            torch.save(checkpoint, file)
