"""TwoPlayerModel and LatentModel: a generator and a discriminator that take alternating steps."""

from collections.abc import Callable
from typing import Any, Literal

import torch
from lightning.pytorch import LightningModule
from torch import Tensor, nn

from ganaug.networks.conditioning import condition_asked_for
from ganaug.training.curves import log_scalars
from ganaug.training.discriminator_augmentation import (
    DiscriminatorAugmentationName,
    NoAugmentation,
    augmentation_named,
)
from ganaug.training.ema import EMANetwork
from ganaug.training.games.adversarial import AdversarialGame, Condition
from ganaug.training.optimization import (
    StepSchedule,
    adam,
    adversarial_step,
    batch_number,
    optimizers_of,
)
from ganaug.training.schedules import ScheduleName, keep_settings, scheduled, schedules_of
from ganaug.utils.choices import refuse_other
from ganaug.utils.errors import UsageError
from ganaug.utils.ranges import checked_betas, refuse_not_positive
from ganaug.utils.rng import seed_step

# Shown on the progress bar: near 50% the players are balanced, near 100% the generator stalls.
ON_SCREEN = ("discriminator/accuracy",)


class TwoPlayerModel(LightningModule):
    """Two players of one game, their optimizers, and their steps on a batch.

    A subclass builds its game in `__init__`. Its `training_step` passes real images, fake images
    and the condition (such as labels) to `play`.

    Args:
        game: Generator, discriminator and their losses.
        optimizer: adam, or sgd for plain gradient descent, which doesn't use beta1 and beta2.
        generator_lr: Learning rate for the generator.
        discriminator_lr: Learning rate for the discriminator.
        beta1: Adam's decay of the first moment.
        beta2: Adam's decay of the second moment.
        schedule: Schedule of the learning rates: constant, linear or cosine (both down to 0).
        n_critic: Discriminator steps for each generator step.
        accumulate: Number of batches whose gradients are accumulated for one step.
        warm_up: Number of batches at the start in which only the discriminator is trained.
        grad_clip: Largest norm of each player's gradients; null for no clipping.
        discriminator_augmentation: Augmentation of the discriminator's input: none, diffaugment
            (color, translation and cutout on every image) or adaptive (geometry and color, as often
            as needed to keep the discriminator from memorizing the training images). With none, the
            game keeps the augmentation that it was built with.
        ema_halflife: Half-life of the averaged generator, in images; 0 for no average.
        seed: Random seed of training.

    Raises:
        UsageError: A setting is out of range; the message names it.
    """

    def __init__(
        self,
        *,
        game: AdversarialGame,
        optimizer: Literal["adam", "sgd"] = "adam",
        generator_lr: float = 2e-4,
        discriminator_lr: float = 2e-4,
        beta1: float = 0.5,
        beta2: float = 0.999,
        schedule: ScheduleName = "constant",
        n_critic: int = 1,
        accumulate: int = 1,
        warm_up: int = 0,
        grad_clip: float | None = None,
        discriminator_augmentation: DiscriminatorAugmentationName = "none",
        ema_halflife: float = 10_000,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.save_hyperparameters(ignore=["game"])
        refuse_not_positive(
            generator_lr=generator_lr, discriminator_lr=discriminator_lr, grad_clip=grad_clip
        )
        self.automatic_optimization = False
        self.seed, self.grad_clip = seed, grad_clip
        self.learning_rates = (generator_lr, discriminator_lr)
        refuse_other("optimizer", optimizer, ("adam", "sgd"))
        self.plain_descent = optimizer == "sgd"
        self.betas, self.schedule = checked_betas(beta1, beta2), schedule
        self.game = game
        if discriminator_augmentation != "none":
            if type(game.augmentation) is not NoAugmentation:
                raise UsageError(
                    f"discriminator_augmentation is {discriminator_augmentation!r}, and the "
                    f"model's game has {type(game.augmentation).__name__}; leave out one of them"
                )
            self.game.augmentation = augmentation_named(discriminator_augmentation)
        self.step_schedule = StepSchedule(n_critic=n_critic, accumulate=accumulate, warm_up=warm_up)
        self.averaged = EMANetwork(game.generator, half_life=ema_halflife)

    def configure_optimizers(self) -> tuple[list[Any], list[Any]]:
        """Return an optimizer and a schedule for each player, the generator first."""
        optimizers = [
            self._optimizer(player, rate)
            for player, rate in zip(
                (self.game.generator, self.game.discriminator), self.learning_rates, strict=True
            )
        ]
        return scheduled(optimizers, self.schedule, self.trainer)

    def _optimizer(self, player: nn.Module, rate: float) -> torch.optim.Optimizer:
        if self.plain_descent:
            return torch.optim.SGD(player.parameters(), lr=rate)
        return adam(player.parameters(), rate, self.betas)

    def on_train_start(self) -> None:
        """Apply the optimizer settings, also to a resumed run."""
        keep_settings(self.trainer.optimizers, self.learning_rates, schedules_of(self))

    def play(
        self, *, real: Tensor, generate: Callable[[], Tensor], condition: Condition = ()
    ) -> dict[str, Tensor]:
        """Take the discriminator's step and, if it is due, the generator's; log both.

        Args:
            real: `[N, C, S, S]` in [-1, 1].
            generate: Returns N fake images.
            condition: Inputs of both players besides the images, the same for real and fake.

        Returns:
            The logged scalars by name: each player's loss terms and gradient norm, and the
            discriminator's outputs for real and fake images.
        """
        number = batch_number(self.trainer)
        seed_step(self.seed, self.global_rank, number, self.device)
        watched = adversarial_step(
            self,
            self.game,
            optimizers_of(self),
            real=real,
            generate=generate,
            condition=condition,
            step_schedule=self.step_schedule,
            number=number,
            grad_clip=self.grad_clip,
        )
        images = len(real) * self.trainer.world_size
        self.averaged.update(self.game.generator, batch=number, batch_images=images)
        for schedule in schedules_of(self):
            schedule.step()
        log_scalars(self, watched, on_screen=ON_SCREEN)
        return watched


class LatentModel(TwoPlayerModel):
    """Goodfellow et al. 2014, algorithm 1: a two-player model that samples from latents.

    Most models are subclasses that only build their game in `__init__`.

    Args:
        game: A game whose generator takes latents `[N, latent_dim]`.
        latent_dim: Length of the standard normal latents.
        num_classes: Number of classes that both networks take as labels; 0 for none.
        play: Settings of training, such as learning rates; see `TwoPlayerModel`.
    """

    def __init__(
        self, *, game: AdversarialGame, latent_dim: int, num_classes: int, **play: Any
    ) -> None:
        super().__init__(game=game, **play)
        refuse_not_positive(latent_dim=latent_dim)
        self.latent_dim, self.num_classes = latent_dim, num_classes

    def training_step(self, batch: tuple[Tensor, Tensor]) -> dict[str, Tensor]:
        """Train both players on a batch of images and labels."""
        real, labels = batch
        condition = (labels,) if self.num_classes else ()
        return self.play(
            real=real,
            generate=lambda: self.game.generator(self.latents(len(real)), *condition),
            condition=condition,
        )

    def latents(self, count: int) -> Tensor:
        """Draw noise `[count, latent_dim]`."""
        return torch.randn(count, self.latent_dim, device=self.device)

    @torch.no_grad()
    def judge(self, images: Tensor, labels: Tensor) -> Tensor:
        """Return the discriminator's logits; see `ganaug.protocols.Critic`."""
        # Each module's own mode: some stay in evaluation mode while the others are trained.
        modes = {module: module.training for module in self.game.discriminator.modules()}
        self.game.discriminator.eval()
        try:
            return self.game.logits(images, (labels,) if self.num_classes else ())
        finally:
            for module, training in modes.items():
                module.training = training

    def sample(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Generate images with the averaged generator; see `ganaug.protocols.Sampler`."""
        return self.averaged(latents, *condition_asked_for(labels, self.num_classes)).float()
