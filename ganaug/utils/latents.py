"""Latents: searching for the latents of given images, and interpolating between two latents."""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn.functional import normalize

from ganaug.utils.errors import UsageError

if TYPE_CHECKING:
    from ganaug.protocols import Sampler

# Weight of a latent's length, which is nearly constant for normal latents, relative to pixels.
PRIOR_WEIGHT = 1e-2


def search_latents(
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
    """Search for the latents of the closest images by Adam, from a start (Zhu et al. 2016).

    The model's weights get no gradients, and the caller's autograd mode does not matter.

    Args:
        sampler: The model; gradients must flow through its `sample` to the latents.
        latents: Initial latents `[N, D]`.
        labels: `[N]` class indices for a conditional sampler, None for an unconditional one.
        distance: Maps images `[N, C, S, S]` to the distance of each from its target, `[N]`.
        steps: Steps of Adam.
        rate: Adam's learning rate.
        prior: Weight of a latent's length, which keeps it near that of standard normal latents.
        after_step: Called after each step with the number of steps taken.

    Returns:
        Latents `[N, D]`.

    Raises:
        UsageError: The model's `sample` has no gradients.
    """
    # Copies, since Lightning predicts in inference mode, whose tensors can't have gradients.
    with torch.inference_mode(False), torch.enable_grad():
        latents = latents.detach().clone().requires_grad_()
        labels = None if labels is None else labels.clone()
        optimizer = torch.optim.Adam([latents], lr=rate)
        for step in range(steps):
            length = latents.square().mean(dim=1)
            penalty = prior * (length - 1).square()
            images = sampler.sample(latents, labels)
            if not images.requires_grad:
                raise UsageError(
                    f"no latents can be searched for: {type(sampler).__name__}.sample passes no "
                    "gradients on; it must not run under torch.no_grad"
                )
            loss = (distance(images) + penalty).sum()
            (latents.grad,) = torch.autograd.grad(loss, latents)
            optimizer.step()
            if after_step is not None:
                after_step(step + 1)
        return latents.detach()


def spherical(start: Tensor, end: Tensor, share: Tensor) -> Tensor:
    """Interpolate spherically, through latents of the usual length (White 2016).

    Args:
        start: First latents `[N, D]`, not zero.
        end: Last latents `[N, D]`, not zero.
        share: Fractions `[S]` of the way, 0 to 1.

    Returns:
        Latents `[N, S, D]`.
    """
    cosine = torch.cosine_similarity(start, end, dim=1)
    # Small angles are almost a straight line; at 0 and 180 degrees, the formula is 0 / 0.
    angle = cosine.clamp(-1, 1).acos().clamp(1e-3, math.pi - 1e-3).view(-1, 1, 1)
    share = share.view(1, -1, 1)
    first, second = ((1 - share) * angle).sin(), (share * angle).sin()
    return (first * start.unsqueeze(1) + second * end.unsqueeze(1)) / angle.sin()


def move(start: Tensor, end: Tensor, strength: float) -> Tensor:
    """Move latents part of the way along the great circle; lengths are interpolated linearly.

    Args:
        start: First latents `[N, D]`.
        end: Last latents `[N, D]`.
        strength: Fraction of the way, 0 to 1.

    Returns:
        Latents `[N, D]`.
    """
    share = torch.tensor([strength], device=start.device)
    direction = spherical(normalize(start, dim=1), normalize(end, dim=1), share)[:, 0]
    lengths = torch.lerp(start.norm(dim=1), end.norm(dim=1), strength)
    return normalize(direction, dim=1) * lengths.unsqueeze(1)
