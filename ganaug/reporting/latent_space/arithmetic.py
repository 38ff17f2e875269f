"""Arithmetic on averaged latents: a - b + c (Radford et al. 2015, figure 7)."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Attribute:
    """Samples that show something, and their latents.

    Attributes:
        name: What was requested, for the caption.
        latents: `[N, D]`.
    """

    name: str
    latents: Tensor

    @property
    def mean(self) -> Tensor:
        """The averaged latent `[D]`; a single sample's would also carry its other features."""
        return self.latents.mean(dim=0)


def combine(a: Attribute, b: Attribute, c: Attribute, around: Tensor) -> Tensor:
    """Return the latents of a - b + c, with neighbours.

    Args:
        a: What the result starts from.
        b: What is subtracted.
        c: What is added.
        around: `[N, D]` offsets from the result; the first should be zero.

    Returns:
        `[N, D]`.
    """
    return (a.mean - b.mean + c.mean).unsqueeze(0) + around


def likeliest(
    latents: Tensor,
    count: int,
    *,
    draw: Callable[[Tensor], Tensor],
    probability: Callable[[Tensor], Tensor],
) -> Tensor:
    """Choose the latents whose images most likely show something.

    Args:
        latents: `[N, D]` to choose from.
        count: How many to choose.
        draw: Returns the images of latents.
        probability: Returns `[N]`, the probability that each image shows it.

    Returns:
        `[count, D]`, the likeliest first.
    """
    scores = torch.cat([probability(draw(some)) for some in latents.split(250)])
    return latents[scores.topk(count).indices]
