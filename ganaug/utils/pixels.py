"""Pixels: uint8 on disk and in metrics, float in [-1, 1] everywhere else."""

import torch
from torch import Tensor


def to_float(images: Tensor) -> Tensor:
    """Return images of 0 to 255 as float32 in [-1, 1]."""
    return images.float() / 127.5 - 1


def to_uint8(images: Tensor) -> Tensor:
    """Return images in [-1, 1] as uint8 from 0 to 255, rounded."""
    return ((images + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
