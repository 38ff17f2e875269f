"""Finding the latents of an image: projection, and filling in what is masked (Yeh et al. 2017)."""

from typing import NamedTuple

import torch
from torch import Tensor

from ganaug.protocols import Sampler

# How much a latent's length, which standard normal latents hardly vary in, weighs against pixels.
PRIOR_WEIGHT = 1e-2


class Found(NamedTuple):
    """What a search came to, for each target.

    Attributes:
        latents: `[N, D]`.
        labels: `[N]` class each image was found in; None for an unconditional sampler.
        images: `[N, C, S, S]` in [-1, 1], what the latents draw.
        errors: `[N]` root mean square difference to the target where it is known, in [0, 2].
    """

    latents: Tensor
    labels: Tensor | None
    images: Tensor
    errors: Tensor


def find_latents(
    sampler: Sampler,
    targets: Tensor,
    *,
    known: Tensor | None = None,
    labels: Tensor | None = None,
    starts: int = 8,
    steps: int = 300,
    rate: float = 0.05,
    seed: int = 0,
) -> Found:
    """Search for the latents that draw the targets, by gradient descent from several starts.

    Args:
        sampler: The model; gradients must flow through its `sample` to the latents.
        targets: `[N, C, S, S]` in [-1, 1].
        known: `[N, 1, S, S]`, 1 where the target counts and 0 where it is masked; None: everywhere.
        labels: `[N]` class of each target; None tries every class of a conditional sampler.
        starts: Latents to start from, for each target and class.
        steps: Steps of Adam.
        rate: Its learning rate.
        seed: Of the starts.

    Returns:
        The best of all starts for each target.
    """
    count = len(targets)
    tried = _classes(sampler, labels, count)
    # [N targets, K classes, starts] laid out in one batch.
    each = tried.shape[1] * starts
    wanted = tried.repeat_interleave(starts, dim=1).flatten().to(targets.device)
    condition = wanted if sampler.num_classes else None
    goal = targets.repeat_interleave(each, dim=0)
    weight = torch.ones_like(goal[:, :1]) if known is None else known.repeat_interleave(each, dim=0)
    generator = torch.Generator().manual_seed(seed)
    latents = torch.randn(count * each, sampler.latent_dim, generator=generator)
    latents = latents.to(targets.device).requires_grad_()
    optimizer = torch.optim.Adam([latents], lr=rate)
    with torch.enable_grad():
        for _ in range(steps):
            error = _error(sampler.sample(latents, condition), goal, weight)
            length = latents.square().mean(dim=1)
            loss = (error + PRIOR_WEIGHT * (length - 1).square()).sum()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    latents = latents.detach()
    images = sampler.sample(latents, condition).detach()
    errors = _error(images, goal, weight).view(count, each)
    best = errors.argmin(dim=1) + torch.arange(count, device=targets.device) * each
    return Found(
        latents[best],
        wanted[best] if condition is not None else None,
        images[best],
        errors.flatten()[best].sqrt(),
    )


def fill_in(targets: Tensor, known: Tensor, drawn: Tensor) -> Tensor:
    """Put what was drawn where the targets are masked; the rest stays as it is, bit for bit."""
    return torch.where(known.bool(), targets, drawn)


def _classes(sampler: Sampler, labels: Tensor | None, count: int) -> Tensor:
    if not sampler.num_classes:
        return torch.zeros(count, 1, dtype=torch.long)
    if labels is not None:
        return labels.view(-1, 1).cpu()
    return torch.arange(sampler.num_classes).expand(count, -1)


def _error(images: Tensor, goal: Tensor, weight: Tensor) -> Tensor:
    squares = ((images - goal).square() * weight).flatten(1).sum(dim=1)
    return squares / (weight.flatten(1).sum(dim=1) * images.shape[1]).clamp(min=1)
