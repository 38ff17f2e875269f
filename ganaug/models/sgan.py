"""SGAN: a classifier trained on few labeled and many unlabeled images (Salimans et al. 2016)."""

from functools import partial
from typing import Any

import torch
from lightning.pytorch import LightningModule
from torch import Tensor

from ganaug.losses.semisupervised import class_accuracy
from ganaug.networks.classifying import FeatureClassifier
from ganaug.networks.conditioning import condition_asked_for
from ganaug.networks.convolutional import ConvolutionalGenerator
from ganaug.training.curves import log_scalars
from ganaug.training.ema import EMANetwork
from ganaug.training.games.semisupervised import SemiSupervisedGame
from ganaug.training.optimization import adam, batch_number, by_player, optimizers_of, player_step
from ganaug.training.schedules import ScheduleName, keep_settings, scheduled, schedules_of
from ganaug.utils.errors import UsageError
from ganaug.utils.ranges import (
    checked_betas,
    refuse_negative,
    refuse_not_below_one,
    refuse_not_positive,
)
from ganaug.utils.rng import seed_step


class SGAN(LightningModule):
    """Semi-supervised GAN of Salimans et al. 2016: the discriminator is also a classifier.

    It predicts one of K classes for labeled images, and separates all real images from generated
    ones; the generator matches the mean of its features. The result is the classifier: `classify`,
    and the curves `validation/accuracy` and `test/accuracy`. The generator is unconditional, since
    there are too few labels to learn the classes from.

    Args:
        image_size: Side of the images in pixels, 4 to 7 times a power of two; taken from the data.
        channels: Channels of the images; taken from the data.
        num_classes: Number of classes, two or more; taken from the data.
        latent_dim: Length of a latent vector.
        width: Channels at full resolution; doubled at every halving, up to 8 times as many.
        features: Number of features that the generator matches.
        noise: Standard deviation of the noise added to the classifier's input in training.
        dropout: Fraction of the channels dropped after each halving in training.
        shift: Largest shift, in pixels, of the classifier's input in training.
        rotation: Largest rotation of that input, in degrees.
        scaling: Largest scaling of that input, as a fraction of its size.
        cutout: Fraction of the images in which a square of half the side is hidden, so that the
            class never depends on a single stroke.
        consistency_weight: Weight of the loss that makes the classifier agree, on unlabeled
            images, with its moving average, which sees them unchanged (Tarvainen & Valpola 2017); 0
            for the paper's own method.
        consistency_ramp: Number of batches over which that weight rises from 0. Otherwise, an early
            mistake, such as taking a 7 with a bar for a 2, would reinforce itself.
        confidence: Smallest probability of the average's likeliest class at which this loss counts.
        unlabelled_weight: Weight of separating real from generated images, relative to the
            classification loss; 0 trains the classifier without the generator, for comparison.
        generator_lr: Adam's learning rate for the generator.
        discriminator_lr: Adam's learning rate for the classifier.
        beta1: Adam's decay of the first moment.
        schedule: Schedule of the learning rates: constant, linear or cosine (both down to 0).
        grad_clip: Largest norm of each player's gradients; null for no clipping.
        ema_halflife: Half-life of the averaged generator and classifier, in images; 0 for no
            average.
        seed: Random seed of training.

    Raises:
        UsageError: The data has fewer than two classes, or a setting is out of range.
    """

    def __init__(
        self,
        *,
        image_size: int = 28,
        channels: int = 1,
        num_classes: int = 2,
        latent_dim: int = 100,
        width: int = 32,
        features: int = 250,
        noise: float = 0.15,
        dropout: float = 0.1,
        shift: float = 2.0,
        rotation: float = 15.0,
        scaling: float = 0.15,
        cutout: float = 0.5,
        consistency_weight: float = 1.0,
        consistency_ramp: int = 1000,
        confidence: float = 0.9,
        unlabelled_weight: float = 1.0,
        generator_lr: float = 1e-3,
        discriminator_lr: float = 1e-3,
        beta1: float = 0.5,
        schedule: ScheduleName = "linear",
        grad_clip: float | None = None,
        ema_halflife: float = 40_000,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        if num_classes < 2:
            raise UsageError(
                f"the data has {num_classes} class, and a classifier takes two or more: give a "
                "folder of class folders"
            )
        refuse_not_positive(
            generator_lr=generator_lr,
            discriminator_lr=discriminator_lr,
            grad_clip=grad_clip,
            latent_dim=latent_dim,
            width=width,
            features=features,
        )
        refuse_negative(
            noise=noise,
            shift=shift,
            rotation=rotation,
            consistency_weight=consistency_weight,
            consistency_ramp=consistency_ramp,
            unlabelled_weight=unlabelled_weight,
        )
        refuse_not_below_one(confidence=confidence, scaling=scaling, dropout=dropout, cutout=cutout)
        self.automatic_optimization = False
        self.latent_dim, self.seed, self.grad_clip = latent_dim, seed, grad_clip
        # For the Sampler protocol: generation is unconditional.
        self.num_classes = 0
        self.consistency_ramp, self.schedule = consistency_ramp, schedule
        self.learning_rates, self.betas = (generator_lr, discriminator_lr), checked_betas(beta1)
        shape = {"channels": channels, "image_size": image_size, "width": width}
        self.game = SemiSupervisedGame(
            generator=ConvolutionalGenerator(latent_dim=latent_dim, **shape),
            classifier=FeatureClassifier(
                num_classes=num_classes, features=features, noise=noise, dropout=dropout, **shape
            ),
            shift=shift,
            rotation=rotation,
            scaling=scaling,
            cutout=cutout,
            unlabelled_weight=unlabelled_weight,
            consistency_weight=consistency_weight,
            confidence=confidence,
        )
        self.averaged = EMANetwork(self.game.generator, half_life=ema_halflife)
        self.averaged_classifier = EMANetwork(self.game.classifier, half_life=ema_halflife)

    def configure_optimizers(self) -> tuple[list[Any], list[Any]]:
        """Return an Adam optimizer and a schedule for each player, the generator first."""
        players = zip((self.game.generator, self.game.classifier), self.learning_rates, strict=True)
        optimizers = [adam(player.parameters(), rate, self.betas) for player, rate in players]
        return scheduled(optimizers, self.schedule, self.trainer)

    def on_train_start(self) -> None:
        """Apply the optimizer settings, also to a resumed run."""
        keep_settings(self.trainer.optimizers, self.learning_rates, schedules_of(self))

    def training_step(self, batch: tuple[Tensor, Tensor]) -> dict[str, Tensor]:
        """Take the classifier's step, then the generator's.

        Args:
            batch: Images and labels, -1 for unlabeled images. If all images are labeled, they
                also serve as the unlabeled ones.
        """
        images, labels = batch
        number = batch_number(self.trainer)
        seed_step(self.seed, self.global_rank, number, self.device)
        is_labeled = labels >= 0
        unlabeled = images if is_labeled.all() else images[~is_labeled]
        fake = self.game.generator(self.latents(len(unlabeled)))
        generator_optimizer, classifier_optimizer = optimizers_of(self)
        play = partial(player_step, self, grad_clip=self.grad_clip)
        watched = by_player(
            {
                "discriminator": play(
                    classifier_optimizer,
                    lambda: self.game.classifier_terms(
                        images[is_labeled],
                        labels[is_labeled],
                        unlabeled=unlabeled,
                        teacher=self.classify,
                        fake=fake,
                        trust=self.trust_after(number),
                    ),
                ),
                "generator": play(
                    generator_optimizer,
                    lambda: self.game.generator_terms(unlabeled=unlabeled, fake=fake),
                ),
            }
        )
        self._update_averages(len(images) * self.trainer.world_size, number)
        for schedule in schedules_of(self):
            schedule.step()
        log_scalars(self, watched)
        return watched

    def trust_after(self, batches: int) -> float:
        """Return the fraction of the consistency weight after a number of batches."""
        return min(1.0, batches / self.consistency_ramp) if self.consistency_ramp > 0 else 1.0

    def _update_averages(self, images: int, number: int) -> None:
        self.averaged.update(self.game.generator, batch=number, batch_images=images)
        self.averaged_classifier.update(self.game.classifier, batch=number, batch_images=images)

    def validation_step(self, batch: tuple[Tensor, Tensor]) -> None:
        """Log the averaged classifier's accuracy on validation images."""
        self._evaluate("validation", batch)

    def test_step(self, batch: tuple[Tensor, Tensor]) -> None:
        """Log the averaged classifier's accuracy on test images."""
        self._evaluate("test", batch)

    def _evaluate(self, split: str, batch: tuple[Tensor, Tensor]) -> None:
        images, labels = batch
        accuracy = class_accuracy(self.classify(images), labels)
        self.log(
            f"{split}/accuracy", accuracy, batch_size=len(images), sync_dist=True, prog_bar=True
        )

    def latents(self, count: int) -> Tensor:
        """Draw noise `[count, latent_dim]`."""
        return torch.randn(count, self.latent_dim, device=self.device)

    @torch.no_grad()
    def classify(self, images: Tensor) -> Tensor:
        """Return class probabilities of images; see `ganaug.protocols.Classifier`."""
        return self.averaged_classifier(images)[0].float().softmax(dim=1)

    def sample(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Generate images with the averaged generator; see `ganaug.protocols.Sampler`."""
        condition_asked_for(labels, self.num_classes)
        return self.averaged(latents).float()
