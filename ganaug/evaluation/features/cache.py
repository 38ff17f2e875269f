"""Caches results between evaluations, in files named by a hash of their inputs."""

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

from ganaug.utils.cache_folder import cache_folder

Made = TypeVar("Made")

# Part of the hash in every file name: raise it whenever contents are computed differently.
RECIPE = 1


def kept(kind: str, parts: Sequence[Any], make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return the cached content for these parts, or compute and cache it.

    Args:
        kind: Name of the cache's subfolder.
        parts: Everything that the content depends on, as JSON values.
        make: Function that computes the content: tensors and plain values by name.
    """
    file = _file(kind, parts)
    content = read(file, dict)
    if content is None:
        content = make()
        write(file, content)
    return content


def is_kept(kind: str, parts: Sequence[Any]) -> bool:
    """Whether the content for these parts is cached; see `kept`."""
    return _file(kind, parts).is_file()


def _file(kind: str, parts: Sequence[Any]) -> Path:
    key = hashlib.sha256(json.dumps([kind, RECIPE, *parts]).encode()).hexdigest()
    return cache_folder() / kind / f"{key[:32]}.pt"


def read(file: Path, build: Callable[[dict[str, Any]], Made]) -> Made | None:
    """Read a cached file and pass its content to `build`; None if it is missing or damaged."""
    if not file.exists():
        return None
    try:
        return build(torch.load(file, map_location="cpu", weights_only=True))
    except Exception as error:  # a damaged file can raise a dozen kinds of error
        warnings.warn(f"{file} is damaged and recomputed ({type(error).__name__})", stacklevel=3)
        return None


def write(file: Path, content: dict[str, Any]) -> None:
    """Cache tensors and plain values, atomically; warn if that fails."""
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
            f"{file.name} can't be cached in {file.parent} ({reason}), so it is recomputed each "
            "time. Set GANAUG_CACHE to a folder that can be written to.",
            stacklevel=3,
        )


def digest_of_tensor(tensor: Tensor) -> str:
    """Return a hash of a tensor's values, shape and type."""
    sha256 = hashlib.sha256(repr((tuple(tensor.shape), tensor.dtype)).encode())
    sha256.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return sha256.hexdigest()


def digest_of_network(network: object) -> str | None:
    """Return a hash of a network's weights and device type; None without weights."""
    if not isinstance(network, nn.Module):
        return None
    parts = [f"{name}:{digest_of_tensor(value)}" for name, value in network.state_dict().items()]
    device = next(iter(network.state_dict().values()), torch.empty(0)).device.type
    name = f"{type(network).__qualname__}:{getattr(network, 'name', '')}:{device}"
    return hashlib.sha256("\n".join([name, *parts]).encode()).hexdigest()
