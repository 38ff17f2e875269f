"""The class guidance game: a classifier of real images guides the generator."""

from typing import Any, Protocol, cast

from torch import Tensor
from torch.nn.functional import cross_entropy

from ganaug.losses.semisupervised import class_accuracy
from ganaug.training.games.adversarial import AdversarialGame, Condition, LossTerms


class ClassReader(Protocol):
    """A discriminator that also classifies images, independently of the given labels."""

    def read(self, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits, given the labels, and class logits `[N, num_classes]`."""
        ...


class ClassGuidedGame(AdversarialGame):
    """Sauer et al. 2022, "StyleGAN-XL": the generator also minimizes a classifier's loss.

    The classifier learns from real images only, so generated images of a wrong class can't mislead
    it. It is trained along with the game, which suffices for a few hundred images.

    Args:
        class_guidance: Weight of the classifier's loss in the generator's loss.
        game: See `AdversarialGame`; its discriminator is a `ClassReader`.
    """

    def __init__(self, *, class_guidance: float, **game: Any) -> None:
        super().__init__(**game)
        self.class_guidance = class_guidance

    def read(self, images: Tensor, condition: Condition) -> tuple[Tensor, Tensor]:
        """Return logits and class logits, in float32."""
        (labels,) = condition
        reader = cast("ClassReader", self.discriminator)
        logits, class_logits = reader.read(images, labels)
        return logits.float(), class_logits.float()

    def discriminator_terms(
        self, *, real: Tensor, fake: Tensor, condition: Condition = ()
    ) -> LossTerms:
        """Return the adversarial loss, the classifier's loss on real images, and the penalties."""
        (labels,) = condition
        real, fake = self.augmentation(real), self.augmentation(fake.detach())
        real_logits, class_logits = self.read(real, condition)
        terms = self.discriminator_loss(
            real_logits=real_logits, fake_logits=self.logits(fake, condition)
        )
        self.add_penalties(terms, self.discriminator, real=real, fake=fake, condition=condition)
        terms["classification"] = cross_entropy(class_logits, labels)
        terms.watched["class_accuracy_real"] = class_accuracy(class_logits, labels)
        return terms

    def generator_terms(
        self, *, real: Tensor, fake: Tensor, condition: Condition = ()
    ) -> LossTerms:
        """Return the adversarial loss and the weighted cross-entropy of the requested class."""
        (labels,) = condition
        real_logits = self.augmented_logits(real, condition) if self.loss.compares else None
        logits, class_logits = self.read(self.augmentation(fake), condition)
        loss = self.loss.generator(real_logits=real_logits, fake_logits=logits)
        error = self.class_guidance * cross_entropy(class_logits, labels)
        watched = {"class_accuracy_fake": class_accuracy(class_logits, labels)}
        return LossTerms({"loss": loss, "classification": error}, watched)
