"""The device to compute on or of a network, and whether it computes in bfloat16."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def choose_device(device: "str | torch.device" = "auto") -> str:
    """Return the device to compute on, as torch names it.

    Args:
        device: auto (CUDA where there is any), or any device that torch knows, such as cpu, cuda,
            cuda:1 for one of several GPUs, or mps.

    Raises:
        UsageError: There is no such CUDA device, or the name is unknown.

    Example:
        >>> choose_device("cpu")
        'cpu'
    """
    import torch

    from ganaug.utils.errors import UsageError

    name = str(device)
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if name == "auto":
        return "cuda" if count else "cpu"
    try:
        known = torch.device(name)
    except RuntimeError as error:
        raise UsageError(f"device is {name!r}; use auto, cpu, cuda or cuda:1") from error
    if known.type == "cuda" and (known.index or 0) >= count:
        raise UsageError(f"device {name}: torch sees {_gpus(count)}")
    return name


def _gpus(count: int) -> str:
    """Return the number of GPUs, and which devices to use."""
    if not count:
        return "no GPU; use cpu"
    return "1 GPU; use cuda:0" if count == 1 else f"{count} GPUs; use cuda:0 to cuda:{count - 1}"


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
