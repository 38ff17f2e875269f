"""The game of pairs: the discriminator sees an image beside another one of its class."""

import torch
from torch import Tensor

from ganaug.game import AdversarialGame, Condition, Terms


class PairGame(AdversarialGame):
    """Antoniou et al. 2017: real pairs of a class against a real image and what was made of it.

    Networks are called `(x, sources)`; the classes, which come second in the condition, are told
    to neither. They serve to show the discriminator real images beside sources of other classes as
    well, which it must hold to be less real (Reed et al. 2016, the matching-aware discriminator):
    from the game alone it learns late that a pair must be of one class.
    """

    def discriminator_terms(
        self, *, real: Tensor, fake: Tensor, condition: Condition = ()
    ) -> Terms:
        """Return the game's terms and, where the batch has two classes, `mismatch`.

        Args:
            real: `[N, C, S, S]`, each of the class of its source.
            fake: What was made of the sources.
            condition: Sources `[N, C, S, S]` and their classes `[N]`.
        """
        sources, labels = condition
        terms = super().discriminator_terms(real=real, fake=fake, condition=(sources,))
        other = another_class(labels)
        apart = labels[other] != labels
        if apart.any():
            matched = self.judge(real[apart], (sources[apart],))
            mismatched = self.judge(real[other][apart], (sources[apart],))
            loss = self.loss.discriminator(real_logits=matched, fake_logits=mismatched)
            terms["mismatch"] = 0.5 * loss
        return terms

    def generator_terms(self, *, real: Tensor, fake: Tensor, condition: Condition = ()) -> Terms:
        """Return the game's terms; see `AdversarialGame`."""
        return super().generator_terms(real=real, fake=fake, condition=condition[:1])


def another_class(labels: Tensor) -> Tensor:
    """Return for each place one of another class, where the labels have two.

    In the order of the labels, half the batch further on is another class unless one class fills
    more than half of it.
    """
    order = labels.argsort(stable=True)
    other = torch.empty_like(order)
    other[order] = order.roll(len(labels) // 2)
    return other
