"""What the hardware supports."""

import torch


def computes_bfloat16(device_type: str) -> bool:
    """Return whether a device has bfloat16 instructions, without which autocast is slow.

    Args:
        device_type: A device type of torch, such as cpu or cuda.
    """
    if device_type == "cuda":
        return torch.cuda.is_bf16_supported()
    probes = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return device_type == "cpu" and any(getattr(torch.cpu, probe, bool)() for probe in probes)
