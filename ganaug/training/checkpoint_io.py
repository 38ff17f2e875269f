"""Writing checkpoints atomically, in place of Lightning's own writer."""

from pathlib import Path
from typing import Any

import torch
from lightning.fabric.plugins import TorchCheckpointIO

from ganaug.utils.atomic_files import atomic_open


class AtomicCheckpointIO(TorchCheckpointIO):
    """Writes next to the target and renames; Lightning's writer may cross file systems."""

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None
    ) -> None:
        """Write a checkpoint; an existing file is replaced only once the new one is on disk.

        Raises:
            OSError: The file can't be written.
        """
        del storage_options  # for remote file systems; runs are written locally
        with atomic_open(Path(path)) as file:
            torch.save(checkpoint, file)
