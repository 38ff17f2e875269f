"""Writing checkpoints atomically, in place of Lightning's own writer."""

import io
import pickle
import re
from pathlib import Path
from typing import Any

import torch
from lightning.fabric.plugins import TorchCheckpointIO

from ganaug.utils.atomic_files import atomic_open
from ganaug.utils.errors import UsageError

REFUSED_TYPE = re.compile(r"(?:GLOBAL|class|function) (\S+)")
PLAIN = "numbers, text, true, false, null, lists, dictionaries and tensors"


class AtomicCheckpointIO(TorchCheckpointIO):
    """Writes next to the target and renames; Lightning's writer may cross file systems.

    Args:
        checked: Whether a checkpoint that `load` would refuse is not written. It takes time, and
            is needed only where a user's own code adds to checkpoints.
    """

    def __init__(self, *, checked: bool = False) -> None:
        self.checked = checked

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None
    ) -> None:
        """Write a checkpoint; an existing file is replaced only once the new one is on disk.

        Raises:
            OSError: The file can't be written.
            UsageError: `load` would refuse the file.
        """
        del storage_options  # for remote file systems; runs are written locally
        if self.checked:
            refuse_code(checkpoint)
        with atomic_open(Path(path)) as file:
            torch.save(checkpoint, file)


def refuse_code(checkpoint: dict[str, Any]) -> None:
    """Refuse a checkpoint that `load` could not read without running code from it.

    Raises:
        UsageError: There is such a value; the message names its key and its type.
    """
    for key, value in checkpoint.items():
        if found := code_in(value):
            raise UsageError(
                f"the checkpoint holds a {found} under {key!r}, so it could never be loaded: in "
                f"on_save_checkpoint and state_dict of your model and callbacks, store only {PLAIN}"
            )


def code_in(value: Any) -> str | None:
    """Return a type in a value that is not loaded from checkpoints; None if there is none.

    Example:
        >>> code_in({"width": 4}), code_in([Path("x")])
        (None, 'pathlib.PosixPath')
    """
    stream = io.BytesIO()
    try:
        torch.save(value, stream)
        stream.seek(0)
        torch.load(stream, map_location="cpu", weights_only=True)
    except (pickle.PickleError, AttributeError, TypeError) as error:
        refused = REFUSED_TYPE.search(str(error))
        return refused[1] if refused else type(value).__name__
    return None
