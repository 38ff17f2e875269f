"""The pair game: the discriminator sees pairs of images of the same class."""

from typing import Any

import torch
from torch import Tensor

from ganaug.training.games.adversarial import AdversarialGame, Condition, LossTerms


class PairGame(AdversarialGame):
    """Antoniou et al. 2017: two real images of a class against a source and its variation.

    The generator is called `(latents, sources)`, and the discriminator `(images, sources)`, or
    `(images, sources, labels)` if it is conditional. The discriminator also learns to reject real
    images paired with sources of other classes (Reed et al. 2016, the matching-aware
    discriminator). Without these pairs, it learns late that both images must be of one class.

    Args:
        tells_class: Whether the discriminator gets the class; the generator never does.
        settings: The other settings of `AdversarialGame`.
    """

    def __init__(self, *, tells_class: bool = False, **settings: Any) -> None:
        super().__init__(**settings)
        self.tells_class = tells_class

    def discriminator_terms(
        self, *, real: Tensor, fake: Tensor, condition: Condition = ()
    ) -> LossTerms:
        """Return the game's loss terms and, if the batch has several classes, `mismatch`.

        Args:
            real: `[N, C, S, S]`, each of the class of its source.
            fake: Variations of the sources.
            condition: Sources `[N, C, S, S]` and their classes `[N]`.
        """
        _, labels = condition
        inputs = self.discriminator_condition(condition)
        terms = super().discriminator_terms(real=real, fake=fake, condition=inputs)
        other_indices = another_class(labels)
        different = labels[other_indices] != labels
        if different.any():
            sources = tuple(part[different] for part in inputs)
            matched = self.augmented_logits(real[different], sources)
            mismatched = self.augmented_logits(real[other_indices][different], sources)
            loss = self.loss.discriminator(real_logits=matched, fake_logits=mismatched)
            terms["mismatch"] = 0.5 * loss
        return terms

    def generator_terms(
        self, *, real: Tensor, fake: Tensor, condition: Condition = ()
    ) -> LossTerms:
        """Return the game's loss terms; see `AdversarialGame`."""
        return super().generator_terms(
            real=real, fake=fake, condition=self.discriminator_condition(condition)
        )

    def discriminator_condition(self, condition: Condition) -> Condition:
        """Return the discriminator's condition: the sources, and the labels if it gets them."""
        return condition if self.tells_class else condition[:1]


def another_class(labels: Tensor) -> Tensor:
    """Return the index of an image of another class for each image, if there are several classes.

    In the order of the labels, the image half a batch later is of another class, unless one class
    makes up more than half of the batch.
    """
    order = labels.argsort(stable=True)
    indices = torch.empty_like(order)
    indices[order] = order.roll(len(labels) // 2)
    return indices
