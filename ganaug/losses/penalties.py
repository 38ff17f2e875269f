"""Penalties on the gradient of a discriminator at images, added to its loss."""

import math
from typing import Literal

import torch
from torch import Tensor, nn

from ganaug.utils.ranges import refuse_negative, refuse_outside


class GradientPenalty(nn.Module):
    """Keeps the gradient norm near 1 between real and fake images (Gulrajani et al. 2017, eq. 3).

    `weight * E (||grad D(x)|| - 1)^2` at points x drawn uniformly on the lines between pairs of
    real and fake images, of any shape.

    Args:
        weight: Lambda of the paper.
    """

    def __init__(self, weight: float = 10.0) -> None:
        super().__init__()
        self.weight = weight

    def forward(
        self, discriminator: nn.Module, real: Tensor, fake: Tensor, condition: tuple[Tensor, ...]
    ) -> Tensor:
        """Return the penalty, a scalar."""
        share = torch.rand(len(real), *[1] * (real.dim() - 1), device=real.device)
        between = torch.lerp(real.float(), fake.float(), share)
        norms = input_gradient(discriminator, between, condition).flatten(1).norm(dim=1)
        return self.weight * (norms - 1).square().mean()


class ZeroCenteredPenalty(nn.Module):
    """Penalizes the gradient at images (Roth et al. 2017; Mescheder et al. 2018).

    `weight / 2 * E ||grad D(x)||^2` at real images (R1) or at fake ones (R2). With both and the
    loss `Relativistic`, training converges locally if the distributions match (Huang et al. 2024).

    Args:
        weight: Gamma of the papers; 0 computes no penalty.
        at: real or fake.
    """

    def __init__(self, weight: float, at: Literal["real", "fake"]) -> None:
        super().__init__()
        self.weight = weight
        self.at_real = at == "real"

    def forward(
        self, discriminator: nn.Module, real: Tensor, fake: Tensor, condition: tuple[Tensor, ...]
    ) -> Tensor | None:
        """Return the penalty, a scalar, or None if its weight is 0."""
        if not self.weight:
            return None
        images = (real if self.at_real else fake).float()
        squares = input_gradient(discriminator, images, condition).flatten(1).square().sum(dim=1)
        return 0.5 * self.weight * squares.mean()


class BurnIn:
    """Penalties at real and fake images, with a cosine schedule of their weight at the start.

    Args:
        penalty: Weight at the start, gamma of Huang et al. 2024.
        final_penalty: Weight after the burn-in.
        burn_in_images: Number of images over which the weight falls.
        every: Apply the penalties in one of this many batches, with this many times the weight
            (Karras et al. 2020, lazy regularization). In every step, they would cost more than
            everything else.

    Attributes:
        penalties: Both penalties by name, for `AdversarialGame`.

    Raises:
        UsageError: A number is out of range.
    """

    def __init__(
        self, *, penalty: float, final_penalty: float, burn_in_images: float, every: int = 1
    ) -> None:
        refuse_outside("", 1, penalty_every=every)
        refuse_negative(penalty=penalty, final_penalty=final_penalty)
        refuse_outside("", 0, burn_in_images=burn_in_images)
        self.first, self.last, self.images = penalty, final_penalty, burn_in_images
        self.every = every
        self.penalties = {
            "r1": ZeroCenteredPenalty(penalty, "real"),
            "r2": ZeroCenteredPenalty(penalty, "fake"),
        }

    def weight_after(self, images: float) -> float:
        """Return the weight after a number of images."""
        progress = min(1.0, images / self.images) if self.images else 1.0
        return self.last + (self.first - self.last) * 0.5 * (1 + math.cos(math.pi * progress))

    def set_for(self, *, batch: int, batch_images: int) -> None:
        """Set the weight of both penalties for a batch, given its number and images per batch."""
        due = (batch + 1) % self.every == 0
        for penalty in self.penalties.values():
            penalty.weight = due * self.every * self.weight_after(batch * batch_images)


def input_gradient(
    discriminator: nn.Module, images: Tensor, condition: tuple[Tensor, ...]
) -> Tensor:
    """Return the gradient of the logits with respect to the images, differentiable itself.

    Computed without autocast, since bfloat16 would leave two digits of the second derivative. On
    CUDA, torch may round factors of convolutions to TF32, which leaves three.
    """
    images = images.detach().requires_grad_()
    with torch.autocast(images.device.type, enabled=False):
        logits = discriminator(images, *condition)
        (gradient,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
    return gradient
