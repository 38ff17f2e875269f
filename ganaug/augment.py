"""Augmentation on batches of images in [-1, 1], each image its own draw, gradients through it."""

import torch
from torch import Tensor
from torch.nn.functional import pad


def random_shift(images: Tensor, most: int) -> Tensor:
    """Move each image by up to `most` pixels in either direction; edges are continued outwards.

    Args:
        images: `[N, C, H, W]`.
        most: Whole pixels; 0 gives the images back.
    """
    if most == 0:
        return images
    count, _, height, width = images.shape
    wide = pad(images, (most,) * 4, mode="replicate")
    down, right = torch.randint(2 * most + 1, (2, count, 1, 1), device=images.device)
    rows = torch.arange(height, device=images.device).view(1, -1, 1) + down
    columns = torch.arange(width, device=images.device).view(1, 1, -1) + right
    which = torch.arange(count, device=images.device).view(-1, 1, 1)
    # Indexed behind the channels, which so come last.
    return wide.permute(0, 2, 3, 1)[which, rows, columns].permute(0, 3, 1, 2)
