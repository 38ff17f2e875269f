"""What the hardware computes fast."""

import torch


def computes_bfloat16(device_type: str) -> bool:
    """Whether a device has instructions for bfloat16, without which autocast slows it down.

    Args:
        device_type: cpu, cuda or another of torch's names.
    """
    if device_type == "cuda":
        return torch.cuda.is_bf16_supported()
    probes = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return device_type == "cpu" and any(getattr(torch.cpu, probe, bool)() for probe in probes)
