"""The auxiliary classifier game: the discriminator also predicts the class."""

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from ganaug.losses.semisupervised import class_accuracy
from ganaug.training.games.adversarial import AdversarialGame, Condition, LossTerms


class FirstOutput(nn.Module):
    """The logits alone of a discriminator that also returns class logits."""

    def __init__(self, discriminator: nn.Module) -> None:
        super().__init__()
        self.discriminator = discriminator

    def forward(self, images: Tensor) -> Tensor:
        """Return the first of the discriminator's outputs."""
        return self.discriminator(images)[0]


class AuxiliaryClassifierGame(AdversarialGame):
    """Odena et al. 2017: both players also minimize the cross-entropy of the class.

    The discriminator is called `(images) -> (logits [N], class logits [N, num_classes])`; only the
    generator is conditional. Penalties get a discriminator that only returns logits.
    """

    def logits(
        self,
        images: Tensor,
        condition: Condition = (),  # noqa: ARG002 - the discriminator predicts the class
    ) -> Tensor:
        """Return the discriminator's logits; see `AdversarialGame`."""
        return self.read(images)[0]

    def read(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return the discriminator's logits and class logits, in float32."""
        logits, class_logits = self.discriminator(images)
        return logits.float(), class_logits.float()

    def discriminator_terms(
        self, *, real: Tensor, fake: Tensor, condition: Condition = ()
    ) -> LossTerms:
        """Return the adversarial loss, the classes' mean cross-entropy, and the penalties."""
        (labels,) = condition
        real, fake = self.augmentation(real), self.augmentation(fake.detach())
        real_logits, real_classes = self.read(real)
        fake_logits, fake_classes = self.read(fake)
        terms = self.discriminator_loss(real_logits=real_logits, fake_logits=fake_logits)
        errors = cross_entropy(real_classes, labels), cross_entropy(fake_classes, labels)
        terms["classification"] = 0.5 * torch.stack(errors).sum()
        discriminator = FirstOutput(self.discriminator)
        self.add_penalties(terms, discriminator, real=real, fake=fake, condition=())
        terms.watched["class_accuracy_real"] = class_accuracy(real_classes, labels)
        terms.watched["class_accuracy_fake"] = class_accuracy(fake_classes, labels)
        return terms

    def generator_terms(
        self, *, real: Tensor, fake: Tensor, condition: Condition = ()
    ) -> LossTerms:
        """Return the adversarial loss and the cross-entropy of the requested class."""
        (labels,) = condition
        fake_logits, fake_classes = self.read(self.augmentation(fake))
        real_logits = self.augmented_logits(real) if self.loss.compares else None
        loss = self.loss.generator(real_logits=real_logits, fake_logits=fake_logits)
        return LossTerms({"loss": loss, "classification": cross_entropy(fake_classes, labels)}, {})
