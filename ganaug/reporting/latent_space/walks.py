"""Walks between latents: straight, or along the sphere near which latents lie."""

from collections.abc import Callable

import torch
from torch import Tensor

from ganaug.utils.latents import spherical


def linear(start: Tensor, end: Tensor, share: Tensor) -> Tensor:
    """Interpolate linearly; latents halfway are shorter than those of the fit.

    Args:
        start: `[N, D]` first latents.
        end: `[N, D]` last latents.
        share: `[S]` fractions of the way, 0 to 1.

    Returns:
        Latents `[N, S, D]`.
    """
    share = share.view(1, -1, 1)
    return (1 - share) * start.unsqueeze(1) + share * end.unsqueeze(1)


WALKS: dict[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "linear": linear,
    "spherical": spherical,
}


def walk(kind: str, corners: Tensor, steps: int) -> Tensor:
    """Interpolate from corner to corner in equal steps.

    Args:
        kind: `linear` or `spherical`.
        corners: `[N, K, D]`, K ≥ 2 latents for each of N walks.
        steps: Number of steps from one corner to the next.

    Returns:
        Latents `[N, (K - 1) * steps + 1, D]`, including every corner.
    """
    share = torch.arange(steps, device=corners.device) / steps
    legs = [
        WALKS[kind](corners[:, i], corners[:, i + 1], share) for i in range(corners.shape[1] - 1)
    ]
    return torch.cat([*legs, corners[:, -1:]], dim=1)
