"""LAPGAN: a game for each level of a Laplacian pyramid (Denton et al. 2015)."""

from collections.abc import Sequence
from typing import Any, Literal, cast

import torch
from lightning.pytorch import LightningModule
from torch import Tensor, nn

from ganaug.losses.adversarial import LossName, adversarial_loss
from ganaug.networks.conditioning import (
    Conditional,
    condition_asked_for,
    conditioned_classes,
)
from ganaug.networks.convolutional import ConvolutionalDiscriminator, ConvolutionalGenerator
from ganaug.networks.pyramid import ResidualGenerator, pyramid_of, upsampled
from ganaug.training.curves import draw_curves
from ganaug.training.discriminator_augmentation import (
    DiscriminatorAugmentationName,
    augmentation_named,
)
from ganaug.training.ema import EMANetwork
from ganaug.training.games.adversarial import AdversarialGame
from ganaug.training.optimization import (
    StepSchedule,
    adam,
    adversarial_step,
    batch_number,
    checked_betas,
    optimizers_of,
    refuse_not_positive,
)
from ganaug.training.schedules import keep_settings
from ganaug.utils.errors import UsageError
from ganaug.utils.rng import seed_step


class LAPGAN(LightningModule):
    """Laplacian pyramid of GANs of Denton et al. 2015.

    The coarsest level is a DCGAN. Each finer level's generator sees the upsampled coarser image
    and noise and draws the residual; its discriminator judges the residual beside the coarser
    image. Curves stand under `<side>px/`.

    Args:
        image_size: Side of the images in pixels, `coarsest` doubled; taken from the data.
        channels: Channels of the images; taken from the data.
        num_classes: Classes in the data; taken from the data.
        conditional: Whether all networks are told the class: true, false, or auto (true when the
            data has two classes or more).
        coarsest: Side of the coarsest images in pixels, 8 or more.
        levels: independent, each level on real coarser images, as in the paper; or together, each
            on what the levels below it draw.
        coarse_latent_dim: Length of the coarsest level's latents; finer levels have a plane each.
        width: Channels of the layers next to the images.
        loss: Adversarial loss: non_saturating, saturating (the original minimax), hinge,
            least_squares or relativistic.
        generator_lr: Adam's learning rate for the generators.
        discriminator_lr: Adam's learning rate for the discriminators.
        beta1: Adam's decay of the first moment.
        discriminator_augmentation: What the planes of each level's discriminator go through: none,
            diffaugment or adaptive; see `TwoPlayerModel`.
        grad_clip: Largest norm of each player's gradients; null leaves them as they are.
        ema_halflife: Half-life of the averaged generators, in images; 0 for no average.
        seed: Of all that is drawn in training.

    Raises:
        UsageError: The image size is not `coarsest` doubled once or more.
    """

    def __init__(
        self,
        *,
        image_size: int = 64,
        channels: int = 3,
        num_classes: int = 0,
        conditional: Conditional = "auto",
        coarsest: int = 8,
        levels: Literal["independent", "together"] = "independent",
        coarse_latent_dim: int = 100,
        width: int = 64,
        loss: LossName = "non_saturating",
        generator_lr: float = 2e-4,
        discriminator_lr: float = 2e-4,
        beta1: float = 0.5,
        discriminator_augmentation: DiscriminatorAugmentationName = "none",
        grad_clip: float | None = None,
        ema_halflife: float = 10_000,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        refuse_not_positive(
            generator_lr=generator_lr,
            discriminator_lr=discriminator_lr,
            grad_clip=grad_clip,
            coarse_latent_dim=coarse_latent_dim,
            width=width,
            coarsest=coarsest,
        )
        self.automatic_optimization = False
        self.num_classes = conditioned_classes(conditional, num_classes)
        self.together, self.seed, self.grad_clip = levels == "together", seed, grad_clip
        self.learning_rates, self.betas = (generator_lr, discriminator_lr), checked_betas(beta1)
        self.sides = pyramid_sides(image_size, coarsest)
        shape: dict[str, Any] = {
            "channels": channels,
            "width": width,
            "num_classes": self.num_classes,
        }
        coarse = ConvolutionalGenerator(
            latent_dim=coarse_latent_dim, image_size=self.sides[0], **shape
        )
        finer = [ResidualGenerator(image_size=side, **shape) for side in self.sides[1:]]
        # A finer level's discriminator reads the residual and the coarser image, side by side.
        planes = [channels] + [2 * channels] * len(finer)
        games = [
            AdversarialGame(
                generator=generator,
                discriminator=ConvolutionalDiscriminator(
                    image_size=side, **{**shape, "channels": count}
                ),
                loss=adversarial_loss(loss),
                augmentation=augmentation_named(discriminator_augmentation),
            )
            for generator, side, count in zip([coarse, *finer], self.sides, planes, strict=True)
        ]
        self.games = nn.ModuleList(games)
        self.averaged = nn.ModuleList(
            EMANetwork(game.generator, half_life=ema_halflife) for game in games
        )
        self.latent_dims = [coarse_latent_dim, *(level.latent_dim for level in finer)]
        self.latent_dim = sum(self.latent_dims)

    def _games(self) -> list[AdversarialGame]:
        # A ModuleList forgets what it holds; so does the next one.
        return cast("list[AdversarialGame]", list(self.games))

    def _averages(self) -> list[EMANetwork]:
        return cast("list[EMANetwork]", list(self.averaged))

    def configure_optimizers(self) -> list[torch.optim.Optimizer]:
        """Return an Adam for each player, level by level, the generator's first."""
        return [
            adam(player.parameters(), rate, self.betas)
            for game in self._games()
            for player, rate in zip(
                (game.generator, game.discriminator), self.learning_rates, strict=True
            )
        ]

    def on_train_start(self) -> None:
        """Use the optimizers of the settings, also when the run is resumed."""
        keep_settings(self.trainer.optimizers, self.learning_rates * len(self.sides))

    def training_step(self, batch: tuple[Tensor, Tensor]) -> dict[str, Tensor]:
        """Play a round at every level, coarsest first."""
        images, labels = batch
        number = batch_number(self.trainer)
        seed_step(self.seed, self.global_rank, number)
        condition = (labels,) if self.num_classes else ()
        latents = torch.randn(len(images), self.latent_dim, device=self.device)
        levels = latents.split(self.latent_dims, dim=1)
        coarse, steps = pyramid_of(images, len(self.sides) - 1)
        games, optimizers = self._games(), optimizers_of(self)

        def play(level: int, real: Tensor, *seen: Tensor) -> dict[str, Tensor]:
            def generate() -> Tensor:
                drawn = games[level].generator(levels[level], *seen, *condition)
                return torch.cat([drawn, *seen], dim=1)

            figures = adversarial_step(
                self,
                games[level],
                optimizers[2 * level : 2 * level + 2],
                real=real,
                generate=generate,
                condition=condition,
                step_schedule=StepSchedule(),
                number=number,
                grad_clip=self.grad_clip,
            )
            side = self.sides[level]
            return {f"{side}px/{name}": figure for name, figure in figures.items()}

        watched = play(0, coarse)
        for level, (residual, base) in enumerate(steps, start=1):
            seen = self._drawn_base(levels, condition, level) if self.together else base
            watched |= play(level, torch.cat([residual, base], dim=1), seen)
        self._average(len(images) * self.trainer.world_size, number)
        draw_curves(self, watched)
        return watched

    def _average(self, images: int, number: int) -> None:
        for game, averaged in zip(self._games(), self._averages(), strict=True):
            averaged.update(game.generator, batch_images=images, images_seen=images * (number + 1))

    @torch.no_grad()
    def _drawn_base(
        self, latents: tuple[Tensor, ...], condition: tuple[Tensor, ...], level: int
    ) -> Tensor:
        generators = [game.generator for game in self._games()[:level]]
        return upsampled(_climb(generators, latents, condition))

    def sample(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Draw images from the averaged generators; see `ganaug.protocols.Sampler`."""
        condition = condition_asked_for(labels, self.num_classes)
        levels = latents.split(self.latent_dims, dim=1)
        return _climb(self._averages(), levels, condition).clamp(-1, 1).float()

    @torch.no_grad()
    def coarse(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Draw the coarsest level alone, upsampled: what the finer levels of `sample` add to."""
        condition = condition_asked_for(labels, self.num_classes)
        images = self._averages()[0](latents[:, : self.latent_dims[0]], *condition)
        for _ in self.sides[1:]:
            images = upsampled(images)
        return images.float()


def pyramid_sides(image_size: int, coarsest: int) -> list[int]:
    """Return the sides of the levels, coarsest first.

    Raises:
        UsageError: The image size is not `coarsest` doubled once or more.
    """
    sides = [coarsest]
    while sides[-1] < image_size:
        sides.append(2 * sides[-1])
    if sides[-1] != image_size or len(sides) < 2:
        near = f"{sides[-2]} or {sides[-1]}" if len(sides) > 2 else str(2 * coarsest)
        raise UsageError(
            f"image_size {image_size} is not the coarsest {coarsest} px doubled once or more; "
            f"take {near}, or another coarsest"
        )
    return sides


def _climb(
    generators: Sequence[nn.Module], latents: tuple[Tensor, ...], condition: tuple[Tensor, ...]
) -> Tensor:
    """Draw from the coarsest level up to the last generator given."""
    images = generators[0](latents[0], *condition)
    for generator, noise in zip(generators[1:], latents[1:], strict=False):
        base = upsampled(images)
        images = base + generator(noise, base, *condition)
    return images
