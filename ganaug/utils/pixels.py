"""Pixels: uint8 on disk and in metrics, float in [-1, 1] everywhere else."""

import torch
from torch import Tensor

# Mean and standard deviation of ImageNet's pixels in [0, 1], by channel.
IMAGENET_MEAN, IMAGENET_DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def to_float(images: Tensor) -> Tensor:
    """Return images with values from 0 to 255 as float32 in [-1, 1]."""
    return images.float() / 127.5 - 1


def to_uint8(images: Tensor) -> Tensor:
    """Return images in [-1, 1] as uint8 from 0 to 255, rounded."""
    return ((images + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
