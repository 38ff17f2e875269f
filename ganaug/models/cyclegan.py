"""CycleGAN: translates images of one class into another, without pairs (Zhu et al. 2017)."""

from functools import partial
from itertools import chain
from typing import Any

import torch
from lightning.pytorch import LightningModule
from torch import Tensor
from torch.nn.functional import l1_loss

from ganaug.losses.adversarial import LossName, adversarial_loss
from ganaug.networks.translation import PatchDiscriminator, TranslationGenerator
from ganaug.training.curves import log_scalars
from ganaug.training.discriminator_augmentation import (
    DiscriminatorAugmentationName,
    augmentation_named,
)
from ganaug.training.ema import EMANetwork
from ganaug.training.games.adversarial import AdversarialGame, LossTerms
from ganaug.training.image_pool import ImagePool, add_pools, choose_pools
from ganaug.training.optimization import adam, batch_number, by_player, optimizers_of, player_step
from ganaug.training.schedules import ScheduleName, keep_settings, scheduled, schedules_of
from ganaug.utils.errors import UsageError
from ganaug.utils.ranges import checked_betas, refuse_negative, refuse_not_positive
from ganaug.utils.rng import seed_step


class CycleGAN(LightningModule):
    """Cycle-consistent adversarial networks of Zhu et al. 2017, between the data's two classes.

    There are two games: `to_second` translates images of class 0 into class 1, and `to_first`
    images of class 1 into class 0. An image that is translated to the other class and back should
    be unchanged (cycle loss), and so should an image of the target class (identity loss).

    Args:
        image_size: Side of the images in pixels, a multiple of 4; taken from the data.
        channels: Channels of the images; taken from the data.
        num_classes: Number of classes, exactly two; taken from the data.
        width: Channels at full resolution.
        blocks: Residual blocks of each generator.
        halvings: Strided layers of the discriminators. Their patches have 16 pixels with 1, 34 with
            2 and 70 with 3.
        loss: Adversarial loss: least_squares (the paper's), non_saturating, saturating, hinge or
            relativistic.
        cycle_weight: Weight of the cycle loss (L1). The paper's 10 is 5 here, because our
            least-squares loss has a factor of one half (Mao et al. 2017).
        identity_weight: Weight of the identity loss (L1).
        history: Number of past generated images kept; half of the images that the discriminators
            see come from them.
        generator_lr: Adam's learning rate for the generators.
        discriminator_lr: Adam's learning rate for the discriminators.
        beta1: Adam's decay of the first moment.
        schedule: Schedule of the learning rates: constant, linear or cosine (both down to 0).
        discriminator_augmentation: Augmentation of the discriminators' input: none, diffaugment or
            adaptive; see `TwoPlayerModel`.
        grad_clip: Largest norm of each player's gradients; null for no clipping.
        ema_halflife: Half-life of the averaged generators, in images; 0 for no average.
        seed: Random seed of training.

    Raises:
        UsageError: The data does not have two classes, or a setting is out of range.
    """

    batch_kind = "halved"
    # Each image has a single translation, of the other class.
    latent_dim = 0
    keeps_classes = False

    def __init__(
        self,
        *,
        image_size: int = 64,
        channels: int = 3,
        num_classes: int = 2,
        width: int = 32,
        blocks: int = 6,
        halvings: int = 2,
        loss: LossName = "least_squares",
        cycle_weight: float = 5.0,
        identity_weight: float = 2.5,
        history: int = 50,
        generator_lr: float = 2e-4,
        discriminator_lr: float = 2e-4,
        beta1: float = 0.5,
        schedule: ScheduleName = "linear",
        discriminator_augmentation: DiscriminatorAugmentationName = "none",
        grad_clip: float | None = None,
        ema_halflife: float = 2_000,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        if num_classes != 2:
            raise UsageError(
                f"the data has {num_classes} class(es), and cyclegan turns images of one into "
                "another: use the data unpaired_folders with data.source and data.target"
            )
        refuse_not_positive(
            generator_lr=generator_lr,
            discriminator_lr=discriminator_lr,
            grad_clip=grad_clip,
            width=width,
        )
        refuse_negative(
            history=history,
            cycle_weight=cycle_weight,
            identity_weight=identity_weight,
            blocks=blocks,
            halvings=halvings,
        )
        if image_size // 2**halvings < 3:
            raise UsageError(
                f"halvings is {halvings}, too many for the discriminators of images of "
                f"{image_size} px; lower it"
            )
        self.automatic_optimization = False
        self.num_classes, self.seed, self.grad_clip = num_classes, seed, grad_clip
        self.cycle_weight, self.identity_weight = cycle_weight, identity_weight
        self.learning_rates, self.betas = (generator_lr, discriminator_lr), checked_betas(beta1)
        self.schedule = schedule
        shape: dict[str, Any] = {"channels": channels, "width": width}
        size = {"channels": channels, "image_size": image_size}

        def game() -> AdversarialGame:
            return AdversarialGame(
                generator=TranslationGenerator(image_size=image_size, blocks=blocks, **shape),
                discriminator=PatchDiscriminator(halvings=halvings, **shape),
                loss=adversarial_loss(loss),
                augmentation=augmentation_named(discriminator_augmentation),
            )

        self.to_first, self.to_second = game(), game()
        self.seen_first, self.seen_second = (ImagePool(history, **size) for _ in range(2))
        self.averaged_to_first, self.averaged_to_second = (
            EMANetwork(game.generator, half_life=ema_halflife)
            for game in (self.to_first, self.to_second)
        )

    def configure_optimizers(self) -> tuple[list[Any], list[Any]]:
        """Return an optimizer and a schedule for both generators, and for both discriminators."""
        games = (self.to_first, self.to_second)
        players = (
            chain.from_iterable(game.generator.parameters() for game in games),
            chain.from_iterable(game.discriminator.parameters() for game in games),
        )
        optimizers = [
            adam(player, rate, self.betas)
            for player, rate in zip(players, self.learning_rates, strict=True)
        ]
        return scheduled(optimizers, self.schedule, self.trainer)

    def on_train_start(self) -> None:
        """Apply the optimizer settings, also to a resumed run."""
        keep_settings(self.trainer.optimizers, self.learning_rates, schedules_of(self))

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add the image pools of all devices."""
        add_pools(self.trainer, checkpoint)

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Select the image pools of this device."""
        choose_pools(self.global_rank, checkpoint)

    def training_step(self, batch: tuple[Tensor, Tensor]) -> dict[str, Tensor]:
        """Take the generators' step, then the discriminators'.

        Args:
            batch: Images, half of each class, and their labels.
        """
        images, labels = batch
        first, second = images[labels == 0], images[labels == 1]
        number = batch_number(self.trainer)
        seed_step(self.seed, self.global_rank, number, self.device)
        generators, discriminators = optimizers_of(self)
        play = partial(player_step, self, grad_clip=self.grad_clip)
        fakes = self.to_first.generator(second), self.to_second.generator(first)
        watched = by_player(
            {
                "generator": play(generators, lambda: self.generator_terms(first, second, *fakes)),
                "discriminator": play(
                    discriminators, lambda: self.discriminator_terms(first, second, *fakes)
                ),
            }
        )
        self._update_averages(len(images) * self.trainer.world_size, number)
        for schedule in schedules_of(self):
            schedule.step()
        log_scalars(self, watched)
        return watched

    def generator_terms(
        self, first: Tensor, second: Tensor, fake_first: Tensor, fake_second: Tensor
    ) -> LossTerms:
        """Return the loss terms of both generators: adversarial, cycle and identity losses."""
        games = (self.to_first, self.to_second)
        adversarial = [
            game.generator_terms(real=real, fake=fake).total
            for game, real, fake in zip(
                games, (first, second), (fake_first, fake_second), strict=True
            )
        ]
        to_first, to_second = (game.generator for game in games)
        cycle = l1_loss(to_first(fake_second), first) + l1_loss(to_second(fake_first), second)
        terms = {"loss": torch.stack(adversarial).sum(), "cycle": self.cycle_weight * cycle}
        if self.identity_weight:
            same = l1_loss(to_first(first), first) + l1_loss(to_second(second), second)
            terms["identity"] = self.identity_weight * same
        return LossTerms(terms, {})

    def discriminator_terms(
        self, first: Tensor, second: Tensor, fake_first: Tensor, fake_second: Tensor
    ) -> LossTerms:
        """Return the loss terms of both discriminators, on current and past images."""
        of_first = self.to_first.discriminator_terms(
            real=first, fake=self.seen_first.exchange(fake_first)
        )
        of_second = self.to_second.discriminator_terms(
            real=second, fake=self.seen_second.exchange(fake_second)
        )
        watched = {
            name: 0.5 * (of_first.watched[name] + of_second.watched[name])
            for name in ("accuracy", *self.to_first.augmentation.figures())
        }
        return LossTerms({"first": of_first.total, "second": of_second.total}, watched)

    def _update_averages(self, images: int, number: int) -> None:
        for game, averaged in (
            (self.to_first, self.averaged_to_first),
            (self.to_second, self.averaged_to_second),
        ):
            averaged.update(game.generator, batch=number, batch_images=images)

    def source_of(self, label: int) -> int:
        """Return the other class; see `ganaug.protocols.Translator`."""
        return 1 - label

    @torch.no_grad()
    def translate(
        self,
        images: Tensor,
        labels: Tensor,
        latents: Tensor,  # noqa: ARG002 - translation is deterministic
    ) -> Tensor:
        """Translate images with the averaged generators; see `ganaug.protocols.Translator`."""
        translated = torch.empty_like(images, dtype=torch.float32)
        for label, generator in enumerate((self.averaged_to_first, self.averaged_to_second)):
            mask = labels == label
            if mask.any():
                translated[mask] = generator(images[mask]).float()
        return translated
