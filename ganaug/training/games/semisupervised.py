"""The semi-supervised game: the discriminator learns classes from few labels and many images."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from ganaug.losses.adversarial import discriminator_accuracy
from ganaug.losses.semisupervised import (
    class_accuracy,
    consistency,
    feature_matching,
    source_logit,
    unsupervised_loss,
)
from ganaug.training.discriminator_augmentation import random_affine, random_cutout, sometimes
from ganaug.training.games.adversarial import LossTerms


class SemiSupervisedGame(nn.Module):
    """Salimans et al. 2016: a classifier of K classes and generated images against a generator.

    The classifier learns classes from labeled images, and learns to separate real from generated
    images with all of them. The generator matches the mean of the classifier's features.

    Args:
        generator: `(latents) -> images`.
        classifier: `(images) -> (logits [N, K], features [N, F])`.
        shift: Largest shift of the classifier's input, in pixels.
        rotation: Largest rotation of that input, in degrees.
        scaling: Largest relative change of its size.
        cutout: Fraction of the images in which a square of half the side is hidden.
        unlabelled_weight: Weight of separating real from generated, relative to classification.
        consistency_weight: Weight of consistency with a teacher on unlabeled images.
        confidence: Smallest probability with which the teacher's prediction counts.
    """

    def __init__(
        self,
        *,
        generator: nn.Module,
        classifier: nn.Module,
        shift: float,
        rotation: float,
        scaling: float,
        cutout: float,
        unlabelled_weight: float,
        consistency_weight: float,
        confidence: float,
    ) -> None:
        super().__init__()
        self.generator, self.classifier = generator, classifier
        self.moves = {"shift": shift, "rotation": rotation, "scaling": scaling}
        self.cutout, self.confidence = cutout, confidence
        self.unlabelled_weight, self.consistency_weight = unlabelled_weight, consistency_weight

    def classifier_terms(
        self,
        labeled: Tensor,
        labels: Tensor,
        *,
        unlabeled: Tensor,
        teacher: Callable[[Tensor], Tensor],
        fake: Tensor,
        trust: float = 1.0,
    ) -> LossTerms:
        """Return the losses of classification, of real against generated, and of consistency.

        Args:
            labeled: `[L, C, S, S]` in [-1, 1].
            labels: `[L]` classes of the labeled images.
            unlabeled: `[U, C, S, S]` real images whose class is not known.
            teacher: Returns class probabilities `[U, K]` of unlabeled images; not called if the
                weight of consistency is 0.
            fake: Generated images; no gradient reaches the generator.
            trust: Factor from 0 to 1 for the weight of consistency.
        """
        batches = [labeled, unlabeled, fake.detach().to(unlabeled.dtype)]
        moved = torch.cat([random_affine(images, **self.moves) for images in batches])
        moved = sometimes(random_cutout, moved, self.cutout)
        logits = self.classifier(moved)[0].float()
        labeled_logits, real, generated = logits.split([len(images) for images in batches])
        source = unsupervised_loss(real_class_logits=real, fake_class_logits=generated)
        losses = {
            "classification": cross_entropy(labeled_logits, labels),
            "loss": 0.5 * self.unlabelled_weight * source,
        }
        if self.consistency_weight:
            agreement = consistency(real, teacher(unlabeled), confidence=self.confidence)
            losses["consistency"] = trust * self.consistency_weight * agreement
        accuracy = discriminator_accuracy(
            real_logits=source_logit(real), fake_logits=source_logit(generated)
        )
        watched = {"accuracy": accuracy, "class_accuracy": class_accuracy(labeled_logits, labels)}
        return LossTerms(losses, watched)

    def generator_terms(self, *, unlabeled: Tensor, fake: Tensor) -> LossTerms:
        """Return the distance between the mean features of real and generated images."""
        with torch.no_grad():
            real = self.classifier(unlabeled)[1]
        generated = self.classifier(fake)[1]
        distance = feature_matching(real_features=real.float(), fake_features=generated.float())
        return LossTerms({"loss": distance}, {})
