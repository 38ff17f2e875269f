"""Adversarial losses of discriminator and generator, as functions of logits."""

from typing import Literal, Protocol

import torch
from torch import Tensor
from torch.nn.functional import relu, softplus

from ganaug.utils.choices import refuse_other


class AdversarialLoss(Protocol):
    """A pair of losses. Both get real and fake logits, as relativistic losses require.

    Logits are `[N]`, unbounded; each loss is a scalar. `compares` says whether the generator's
    loss reads the real logits; if not, they are None and need not be computed.
    `boundary` is the logit between fake and real; None if adding a constant to all logits does not
    change the loss, so that only their differences mean something.
    """

    compares: bool
    boundary: float | None

    def discriminator(self, *, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """Return the discriminator's loss."""
        ...

    def generator(self, *, real_logits: Tensor | None, fake_logits: Tensor) -> Tensor:
        """Return the generator's loss."""
        ...


class Saturating:
    """The minimax value of Goodfellow et al. 2014, eq. 1.

    The discriminator maximizes V = E log D(x) + E log(1 - D(G(z))) and the generator minimizes it,
    with D = sigmoid(logits). The generator's gradient vanishes if D confidently rejects fakes.
    """

    compares = False
    boundary: float | None = 0.0

    def discriminator(self, *, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """Return -V."""
        return softplus(-real_logits).mean() + softplus(fake_logits).mean()

    def generator(self, *, real_logits: Tensor | None, fake_logits: Tensor) -> Tensor:
        """Return E log(1 - D(G(z)))."""
        return -softplus(fake_logits).mean()


class NonSaturating(Saturating):
    """`Saturating`, but the generator maximizes E log D(G(z)) (Goodfellow et al. 2014, sec. 3).

    It has the fixed point of the minimax loss, and its gradient is largest if D rejects fakes.
    """

    def generator(self, *, real_logits: Tensor | None, fake_logits: Tensor) -> Tensor:
        """Return -E log D(G(z))."""
        return softplus(-fake_logits).mean()


class Hinge:
    """The hinge loss of Lim & Ye 2017 and Miyato et al. 2018."""

    compares = False
    boundary: float | None = 0.0

    def discriminator(self, *, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """Return E max(0, 1 - real) + E max(0, 1 + fake)."""
        return relu(1 - real_logits).mean() + relu(1 + fake_logits).mean()

    def generator(self, *, real_logits: Tensor | None, fake_logits: Tensor) -> Tensor:
        """Return -E fake."""
        return -fake_logits.mean()


class LeastSquares:
    """The least squares loss of Mao et al. 2017 with labels 0 for fake and 1 for real (eq. 9)."""

    compares = False
    boundary: float | None = 0.5

    def discriminator(self, *, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """Return half of E (real - 1)^2 + E fake^2."""
        return 0.5 * ((real_logits - 1).square().mean() + fake_logits.square().mean())

    def generator(self, *, real_logits: Tensor | None, fake_logits: Tensor) -> Tensor:
        """Return half of E (fake - 1)^2."""
        return 0.5 * (fake_logits - 1).square().mean()


class Wasserstein:
    """The critic's estimate of the earth mover's distance (Arjovsky et al. 2017).

    Minus the discriminator's loss estimates that distance only if the critic's slope is held at 1,
    for example by `GradientPenalty`.
    """

    compares = False
    boundary: float | None = None

    def discriminator(self, *, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """Return E fake - E real."""
        return fake_logits.mean() - real_logits.mean()

    def generator(self, *, real_logits: Tensor | None, fake_logits: Tensor) -> Tensor:
        """Return -E fake."""
        return -fake_logits.mean()


class Relativistic:
    """Compares each fake with a real image (Jolicoeur-Martineau 2018; Huang et al. 2024).

    A discriminator that separates each pair, rather than all real images from all fakes, removes
    the generator's incentive to drop modes.
    """

    compares = True
    boundary: float | None = None

    def discriminator(self, *, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """Return -E log sigmoid(real - fake), over pairs of one real and one fake image."""
        return softplus(fake_logits - real_logits).mean()

    def generator(self, *, real_logits: Tensor | None, fake_logits: Tensor) -> Tensor:
        """Return -E log sigmoid(fake - real)."""
        assert real_logits is not None, "a game gives them to a loss that compares"
        return softplus(real_logits - fake_logits).mean()


LossName = Literal["non_saturating", "saturating", "hinge", "least_squares", "relativistic"]
ADVERSARIAL_LOSSES: dict[str, type[AdversarialLoss]] = {
    "non_saturating": NonSaturating,
    "saturating": Saturating,
    "hinge": Hinge,
    "least_squares": LeastSquares,
    "relativistic": Relativistic,
}


def adversarial_loss(name: str) -> AdversarialLoss:
    """Return the loss with the given name.

    Raises:
        UsageError: There is no such loss; the message lists the choices.
    """
    refuse_other("loss", name, ADVERSARIAL_LOSSES)
    return ADVERSARIAL_LOSSES[name]()


@torch.no_grad()
def discriminator_accuracy(*, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """Return the fraction of images on the correct side of 0, weighting real and fake equally.

    Args:
        real_logits: `[N]` logits of real images, minus the loss's boundary.
        fake_logits: `[N]` logits of generated images, minus the loss's boundary.
    """
    return 0.5 * ((real_logits > 0).float().mean() + (fake_logits < 0).float().mean())
