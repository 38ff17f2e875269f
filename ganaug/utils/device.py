"""The device to compute on or of a network, and whether it computes in bfloat16."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def choose_device(device: str = "auto") -> str:
    """Return the device to compute on, as torch names it.

    Args:
        device: auto, cpu or cuda.

    Raises:
        UsageError: CUDA is wanted and there is none, or the name is unknown.
    """
    import torch

    from ganaug.utils.errors import UsageError

    if device not in ("auto", "cpu", "cuda"):
        raise UsageError(f"device is {device!r}; use auto, cpu or cuda")
    available = torch.cuda.is_available()
    if device == "cuda" and not available:
        raise UsageError("device cuda: torch sees no CUDA device; use device cpu")
    return "cuda" if available and device != "cpu" else "cpu"


def device_of(network: object) -> "torch.device":
    """Return the device of a network's weights; the CPU without weights."""
    import torch

    parameters: Iterable[torch.Tensor] = getattr(network, "parameters", list)()
    return next((parameter.device for parameter in parameters), torch.device("cpu"))


def computes_bfloat16(device_type: str) -> bool:
    """Return whether a device has bfloat16 instructions, without which autocast is slow.

    Args:
        device_type: A device type of torch, such as cpu or cuda.
    """
    import torch

    if device_type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    probes = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return device_type == "cpu" and any(getattr(torch.cpu, probe, bool)() for probe in probes)
