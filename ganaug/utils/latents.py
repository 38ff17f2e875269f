"""Latents: searching for those that generate given images, and interpolating between two."""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn.functional import normalize

from ganaug.utils.errors import UsageError

if TYPE_CHECKING:
    from ganaug.protocols import Sampler

# How much a latent's length, which standard normal latents hardly vary in, weighs against pixels.
PRIOR_WEIGHT = 1e-2


def descend(
    sampler: "Sampler",
    latents: Tensor,
    labels: Tensor | None,
    distance: Callable[[Tensor], Tensor],
    *,
    steps: int,
    rate: float = 0.05,
    prior: float = PRIOR_WEIGHT,
    after_step: Callable[[int], None] | None = None,
) -> Tensor:
    """Search for the latents of the closest images, by Adam from given ones (Zhu et al. 2016).

    The model's weights get no gradients, and the caller's autograd mode does not matter.

    Args:
        sampler: The model; gradients must flow through its `sample` to the latents.
        latents: `[N, D]` to start from.
        labels: `[N]` class indices for a conditional sampler, None for an unconditional one.
        distance: Maps images `[N, C, S, S]` to how far each is from its target, `[N]`.
        steps: Steps of Adam.
        rate: Adam's learning rate.
        prior: Weight of a latent's length, which keeps it near that of standard normal ones.
        after_step: Called with the number of steps taken, after each.

    Returns:
        `[N, D]`.

    Raises:
        UsageError: The model's `sample` passes no gradients on.
    """
    # Lightning predicts in inference mode, whose tensors take no gradients: these are copies.
    with torch.inference_mode(False), torch.enable_grad():
        latents = latents.detach().clone().requires_grad_()
        labels = None if labels is None else labels.clone()
        optimizer = torch.optim.Adam([latents], lr=rate)
        for step in range(steps):
            length = latents.square().mean(dim=1)
            far = prior * (length - 1).square()
            images = sampler.sample(latents, labels)
            if not images.requires_grad:
                raise UsageError(
                    f"no latents can be searched for: {type(sampler).__name__}.sample passes no "
                    "gradients on; it must not run under torch.no_grad"
                )
            loss = (distance(images) + far).sum()
            (latents.grad,) = torch.autograd.grad(loss, latents)
            optimizer.step()
            if after_step is not None:
                after_step(step + 1)
        return latents.detach()


def spherical(start: Tensor, end: Tensor, share: Tensor) -> Tensor:
    """Go along the great circle, through latents of the usual length (White 2016).

    Args:
        start: `[N, D]`, not zero.
        end: `[N, D]`, not zero.
        share: `[S]` of the way, 0 to 1.

    Returns:
        `[N, S, D]`.
    """
    cosine = torch.cosine_similarity(start, end, dim=1)
    # The smaller the angle, the closer to a straight line; at none, and at 180°, it is 0 / 0.
    angle = cosine.clamp(-1, 1).acos().clamp(1e-3, math.pi - 1e-3).view(-1, 1, 1)
    share = share.view(1, -1, 1)
    first, second = ((1 - share) * angle).sin(), (share * angle).sin()
    return (first * start.unsqueeze(1) + second * end.unsqueeze(1)) / angle.sin()


def move(start: Tensor, end: Tensor, strength: float) -> Tensor:
    """Go a part of the way along the great circle; the length changes evenly with it.

    Args:
        start: `[N, D]`.
        end: `[N, D]`.
        strength: The part of the way, 0 to 1.

    Returns:
        `[N, D]`.
    """
    share = torch.tensor([strength], device=start.device)
    way = spherical(normalize(start, dim=1), normalize(end, dim=1), share)[:, 0]
    lengths = torch.lerp(start.norm(dim=1), end.norm(dim=1), strength)
    return normalize(way, dim=1) * lengths.unsqueeze(1)
