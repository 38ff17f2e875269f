"""Walks between latents: straight, or along the sphere on which latents lie."""

from collections.abc import Callable

import torch
from torch import Tensor

from ganaug.utils.latents import spherical


def linear(start: Tensor, end: Tensor, share: Tensor) -> Tensor:
    """Go straight; halfway, latents are shorter than those that a model was fitted on.

    Args:
        start: `[N, D]`.
        end: `[N, D]`.
        share: `[S]` fractions of the way, 0 to 1.

    Returns:
        `[N, S, D]`.
    """
    share = share.view(1, -1, 1)
    return (1 - share) * start.unsqueeze(1) + share * end.unsqueeze(1)


WALKS: dict[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "linear": linear,
    "spherical": spherical,
}


def walk(kind: str, corners: Tensor, steps: int) -> Tensor:
    """Go from corner to corner in equal steps.

    Args:
        kind: `linear` or `spherical`.
        corners: `[N, K, D]`, K ≥ 2 latents for each of N walks.
        steps: Steps from one corner to the next.

    Returns:
        `[N, (K - 1) * steps + 1, D]`, every corner among them.
    """
    share = torch.arange(steps, device=corners.device) / steps
    legs = [
        WALKS[kind](corners[:, i], corners[:, i + 1], share) for i in range(corners.shape[1] - 1)
    ]
    return torch.cat([*legs, corners[:, -1:]], dim=1)
