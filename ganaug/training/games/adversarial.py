"""The adversarial game: networks, a loss, penalties, an augmentation -> named loss terms."""

import inspect
import math
from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from ganaug.losses.adversarial import (
    AdversarialLoss,
    Saturating,
    discriminator_accuracy,
)
from ganaug.training.discriminator_augmentation import NoAugmentation
from ganaug.utils.errors import UsageError

Condition = tuple[Tensor, ...]
Penalty = Callable[[nn.Module, Tensor, Tensor, Condition], Tensor | None]


class LossTerms(dict[str, Tensor]):
    """Named scalar loss terms of one player, with other scalars to log in `watched`."""

    def __init__(self, losses: Mapping[str, Tensor], watched: Mapping[str, Tensor]) -> None:
        super().__init__(losses)
        self.watched = dict(watched)

    @property
    def total(self) -> Tensor:
        """The sum of the terms: what the player minimizes."""
        return torch.stack(tuple(self.values())).sum()


class AdversarialGame(nn.Module):
    """Defines the loss of each player, without loops, optimizers or logging.

    Both players get real and fake images, as relativistic losses require. Networks return logits
    and are called `(x, *condition)`, so passing labels to an unconditional network raises an error.

    Args:
        generator: `(latents, *condition) -> images`.
        discriminator: `(images, *condition) -> logits [N]`.
        loss: The adversarial loss of both players.
        penalties: Named callables `(discriminator, real, fake, condition) -> scalar` that are added
            to the discriminator's loss. They get augmented images, and may return None to skip a
            batch.
        augmentation: Differentiable augmentation of the discriminator's input, real and fake.

    Raises:
        UsageError: The loss lacks a method, or a penalty can't be called with these arguments.
    """

    def __init__(
        self,
        *,
        generator: nn.Module,
        discriminator: nn.Module,
        loss: AdversarialLoss,
        penalties: Mapping[str, Penalty] | None = None,
        augmentation: NoAugmentation | None = None,
    ) -> None:
        super().__init__()
        self.generator = generator
        self.discriminator = discriminator
        self.loss = loss
        self.penalties = dict(penalties or {})
        refuse_other_parts(loss, self.penalties)
        self.augmentation = augmentation or NoAugmentation()

    def logits(self, images: Tensor, condition: Condition = ()) -> Tensor:
        """Return the discriminator's logits for images without augmentation, in float32."""
        # Under autocast, logits are bfloat16, which is too coarse for a loss near its optimum.
        return self.discriminator(images, *condition).float()

    def augmented_logits(self, images: Tensor, condition: Condition = ()) -> Tensor:
        """Return the discriminator's logits for augmented images, in float32."""
        return self.logits(self.augmentation(images), condition)

    def discriminator_terms(
        self, *, real: Tensor, fake: Tensor, condition: Condition = ()
    ) -> LossTerms:
        """Return the discriminator's loss terms; no gradient reaches the generator.

        Args:
            real: `[N, C, S, S]` in [-1, 1].
            fake: Generated images of the same shape.
            condition: `()` or `(labels [N],)`, for real and fake alike.
        """
        # The discriminator is only trained on augmented images, so penalties must apply to those.
        real, fake = self.augmentation(real), self.augmentation(fake.detach())
        terms = self.discriminator_loss(
            real_logits=self.logits(real, condition), fake_logits=self.logits(fake, condition)
        )
        self.add_penalties(terms, self.discriminator, real=real, fake=fake, condition=condition)
        return terms

    def add_penalties(
        self,
        terms: LossTerms,
        discriminator: nn.Module,
        *,
        real: Tensor,
        fake: Tensor,
        condition: Condition,
    ) -> None:
        """Add the penalties to the discriminator's loss terms.

        Args:
            terms: The other terms.
            discriminator: Called `(images, *condition) -> logits`.
            real: Augmented real images.
            fake: Augmented generated images, detached.
            condition: The discriminator's inputs besides the images.
        """
        for name, penalty in self.penalties.items():
            if (term := penalty(discriminator, real, fake, condition)) is not None:
                terms[name] = scalar(f"the penalty {name!r}", term)

    def discriminator_loss(self, *, real_logits: Tensor, fake_logits: Tensor) -> LossTerms:
        """Return the discriminator's loss, its accuracy and its mean logits.

        Also updates an adaptive augmentation.
        """
        raw_loss = self.loss.discriminator(real_logits=real_logits, fake_logits=fake_logits)
        loss = scalar("the discriminator's loss", raw_loss)
        real, fake, boundary = real_logits.detach(), fake_logits.detach(), self.loss.boundary
        # A relativistic loss has no boundary; real and fake logits are compared in pairs.
        real_above = real - (fake if boundary is None else boundary)
        fake_above = fake - (real if boundary is None else boundary)
        watched = {
            "accuracy": discriminator_accuracy(real_logits=real_above, fake_logits=fake_above),
            "logit_real": real.mean(),
            "logit_fake": fake.mean(),
        }
        self.augmentation.observe(real_above)
        watched |= self.augmentation.figures()
        if isinstance(self.loss, Saturating):
            # V = -loss is at most -log 4 + 2 JSD(real, fake) (Goodfellow et al. 2014, theorem 1).
            watched["divergence"] = 0.5 * (math.log(4) - loss.detach())
        return LossTerms({"loss": loss}, watched)

    def generator_terms(
        self, *, real: Tensor, fake: Tensor, condition: Condition = ()
    ) -> LossTerms:
        """Return the generator's loss terms, with gradients through the discriminator to `fake`.

        Args:
            real: `[N, C, S, S]` in [-1, 1]; only relativistic losses use them.
            fake: `[N, C, S, S]` in [-1, 1], generated with gradients.
            condition: `()` or `(labels [N],)`.
        """
        real_logits = self.augmented_logits(real, condition) if self.loss.compares else None
        fake_logits = self.augmented_logits(fake, condition)
        raw_loss = self.loss.generator(real_logits=real_logits, fake_logits=fake_logits)
        return LossTerms({"loss": scalar("the generator's loss", raw_loss)}, {})


def refuse_other_parts(loss: object, penalties: Mapping[str, Penalty]) -> None:
    """Refuse a user-defined loss or penalty that could not be called.

    Raises:
        UsageError: The loss lacks a method, or the penalty has another signature.
    """
    parts = ("compares", "boundary", "discriminator", "generator")
    if lacks := [part for part in parts if not hasattr(loss, part)]:
        raise UsageError(
            f"loss: {type(loss).__name__} has no {', '.join(lacks)}; add what AdversarialLoss in "
            "ganaug.losses.adversarial has"
        )
    for name, penalty in penalties.items():
        try:
            inspect.signature(penalty).bind(*range(4))
        except ValueError:  # a C function, which has no signature
            continue
        except TypeError as error:
            raise UsageError(
                f"penalties: {name!r} is called with (discriminator, real, fake, condition), "
                f"which it does not take ({error})"
            ) from error


def scalar(label: str, term: object) -> Tensor:
    """Return a loss term after checking that it is a scalar tensor.

    User-defined losses and penalties may return anything.

    Raises:
        UsageError: The term isn't a scalar tensor.
    """
    if not isinstance(term, Tensor) or term.ndim:
        shape = f"a tensor {list(term.shape)}" if isinstance(term, Tensor) else type(term).__name__
        raise UsageError(f"{label} is {shape}; return a scalar tensor, such as its mean")
    return term
