"""What is kept from one evaluation to the next, in files named by what went into them."""

import hashlib
import json
import os
import tempfile
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

Made = TypeVar("Made")

# Goes into the name of every kept file: raise it whenever what is kept is computed differently.
RECIPE = 1


def folder() -> Path:
    """Return where things are kept: `$GANAUG_CACHE`, or `~/.cache/ganaug`."""
    return Path(os.environ.get("GANAUG_CACHE") or Path.home() / ".cache" / "ganaug")


def kept(kind: str, parts: Sequence[Any], make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return what was made of the same parts before, or make it now and keep it.

    Args:
        kind: Names the file's folder.
        parts: All that the content depends on, as JSON writes it.
        make: Gives tensors and plain values by name.
    """
    file = _file(kind, parts)
    content = read(file, dict)
    if content is None:
        content = make()
        write(file, content)
    return content


def is_kept(kind: str, parts: Sequence[Any]) -> bool:
    """Whether what is made of these parts was made before; see `kept`."""
    return _file(kind, parts).is_file()


def _file(kind: str, parts: Sequence[Any]) -> Path:
    key = hashlib.sha256(json.dumps([kind, RECIPE, *parts]).encode()).hexdigest()
    return folder() / kind / f"{key[:32]}.pt"


def read(file: Path, build: Callable[[dict[str, Any]], Made]) -> Made | None:
    """Read a kept file and build of it what it holds; None where it is missing or damaged."""
    if not file.exists():
        return None
    try:
        return build(torch.load(file, map_location="cpu", weights_only=True))
    except Exception as error:  # a damaged file shows itself as any of a dozen kinds
        warnings.warn(f"{file} is damaged and is made anew ({type(error).__name__})", stacklevel=3)
        return None


def write(file: Path, content: dict[str, Any]) -> None:
    """Keep tensors and plain values, whole or not at all; where that fails, warn."""
    partial = None
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent, suffix=".partial")
        partial = Path(name)
        with os.fdopen(handle, "wb") as stream:
            torch.save(content, stream)
        partial.replace(file)
    except (OSError, RuntimeError) as error:  # torch reports a full disk as a RuntimeError
        if partial is not None:
            partial.unlink(missing_ok=True)
        reason = getattr(error, "strerror", None) or error
        warnings.warn(
            f"{file.name} can't be kept in {file.parent} ({reason}); it is made anew each time. "
            "Set GANAUG_CACHE to a folder that can be written to.",
            stacklevel=3,
        )


def digest(tensor: Tensor) -> str:
    """Return a name for exactly these numbers, in this shape and type."""
    made = hashlib.sha256(repr((tuple(tensor.shape), tensor.dtype)).encode())
    made.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return made.hexdigest()


def digest_of_network(network: object) -> str | None:
    """Return a name for exactly these weights on this kind of device; None without weights."""
    if not isinstance(network, nn.Module):
        return None
    parts = [f"{name}:{digest(value)}" for name, value in network.state_dict().items()]
    device = next(iter(network.state_dict().values()), torch.empty(0)).device.type
    name = f"{type(network).__qualname__}:{getattr(network, 'name', '')}:{device}"
    return hashlib.sha256("\n".join([name, *parts]).encode()).hexdigest()
