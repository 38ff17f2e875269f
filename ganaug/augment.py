"""Augmentation on batches of images in [-1, 1], each image its own draw, gradients through it."""

import math

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample


def random_affine(images: Tensor, *, shift: float, rotation: float, scaling: float) -> Tensor:
    """Move, turn and scale each image a little; edges are continued outwards.

    Args:
        images: `[N, C, H, W]`.
        shift: Pixels by which an image is moved at most, down and to the right alike.
        rotation: Degrees by which it is turned at most, either way.
        scaling: Share by which it grows or shrinks at most, below 1.

    Returns:
        `[N, C, H, W]`; the images themselves where nothing may change.
    """
    if not (shift or rotation or scaling):
        return images
    count, _, height, width = images.shape
    angle, size, right, down = torch.rand(4, count, device=images.device) * 2 - 1
    angle, size = angle * math.radians(rotation), 1 + size * scaling
    cosine, sine = angle.cos() / size, angle.sin() / size
    # In the coordinates of affine_grid the image reaches from -1 to 1.
    first = torch.stack([cosine, -sine, right * shift * 2 / width], dim=1)
    second = torch.stack([sine, cosine, down * shift * 2 / height], dim=1)
    maps = torch.stack([first, second], dim=1)
    # Places in half precision would be off by up to half a pixel of a large image.
    with torch.autocast(images.device.type, enabled=False):
        grid = affine_grid(maps, list(images.shape), align_corners=False)
        moved = grid_sample(images.float(), grid, padding_mode="border", align_corners=False)
    return moved.to(images.dtype)
