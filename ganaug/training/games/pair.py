"""The pair game: the discriminator sees pairs of images of a class."""

from typing import Any

import torch
from torch import Tensor

from ganaug.training.games.adversarial import AdversarialGame, Condition, LossTerms


class PairGame(AdversarialGame):
    """Antoniou et al. 2017: real pairs of a class against a real image and what was made of it.

    The generator is called `(latents, sources)`, and the discriminator `(images, sources)`, or
    `(images, sources, labels)` where it is told the class. The labels also serve to show it real
    images beside sources of other classes, which it must hold to be less real (Reed et al. 2016,
    the matching-aware discriminator): from the game alone it learns late that a pair must be of one
    class.

    Args:
        tells_class: Whether the discriminator is told the class; the generator never is.
        rest: The other settings of `AdversarialGame`.
    """

    def __init__(self, *, tells_class: bool = False, **rest: Any) -> None:
        super().__init__(**rest)
        self.tells_class = tells_class

    def discriminator_terms(
        self, *, real: Tensor, fake: Tensor, condition: Condition = ()
    ) -> LossTerms:
        """Return the game's terms and, where the batch has two classes, `mismatch`.

        Args:
            real: `[N, C, S, S]`, each of the class of its source.
            fake: What was made of the sources.
            condition: Sources `[N, C, S, S]` and their classes `[N]`.
        """
        _, labels = condition
        told = self.told(condition)
        terms = super().discriminator_terms(real=real, fake=fake, condition=told)
        other = another_class(labels)
        apart = labels[other] != labels
        if apart.any():
            beside = tuple(each[apart] for each in told)
            matched = self.judge(real[apart], beside)
            mismatched = self.judge(real[other][apart], beside)
            loss = self.loss.discriminator(real_logits=matched, fake_logits=mismatched)
            terms["mismatch"] = 0.5 * loss
        return terms

    def generator_terms(
        self, *, real: Tensor, fake: Tensor, condition: Condition = ()
    ) -> LossTerms:
        """Return the game's terms; see `AdversarialGame`."""
        return super().generator_terms(real=real, fake=fake, condition=self.told(condition))

    def told(self, condition: Condition) -> Condition:
        """Return what of sources and labels the discriminator is told."""
        return condition if self.tells_class else condition[:1]


def another_class(labels: Tensor) -> Tensor:
    """Return for each place one of another class, where the labels have two.

    In the order of the labels, half the batch further on is another class unless one class fills
    more than half of it.
    """
    order = labels.argsort(stable=True)
    other = torch.empty_like(order)
    other[order] = order.roll(len(labels) // 2)
    return other
