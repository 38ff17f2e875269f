"""Arithmetic on averaged latents: a - b + c (Radford et al. 2015, figure 7)."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Attribute:
    """Samples that share an attribute, and their latents.

    Attributes:
        name: Name in captions.
        latents: `[N, D]`.
    """

    name: str
    latents: Tensor

    @property
    def mean(self) -> Tensor:
        """The mean latent `[D]`, in which other features of single samples average out."""
        return self.latents.mean(dim=0)


def combine(a: Attribute, b: Attribute, c: Attribute, around: Tensor) -> Tensor:
    """Return the latents of a - b + c, with neighbors.

    Args:
        a: Attribute to start from.
        b: Attribute to subtract.
        c: Attribute to add.
        around: `[N, D]` offsets from the result; the first should be zero.

    Returns:
        Latents `[N, D]`.
    """
    return (a.mean - b.mean + c.mean).unsqueeze(0) + around


def likeliest(
    latents: Tensor,
    count: int,
    *,
    draw: Callable[[Tensor], Tensor],
    probability: Callable[[Tensor], Tensor],
) -> Tensor:
    """Choose the latents whose images most likely have an attribute.

    Args:
        latents: `[N, D]` latents to choose from.
        count: Number of latents to choose.
        draw: Returns the images of latents.
        probability: Returns the probability `[N]` that each image has the attribute.

    Returns:
        Latents `[count, D]`, the likeliest first.
    """
    scores = torch.cat([probability(draw(batch)) for batch in latents.split(250)])
    return latents[scores.topk(count).indices]
