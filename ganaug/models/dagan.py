"""DAGAN: makes other images of the class of a real one, also of small classes (Antoniou 2017)."""

from typing import Any

import torch
from torch import Tensor

from ganaug.losses.adversarial import Relativistic
from ganaug.losses.penalties import BurnIn
from ganaug.models.base import TwoPlayerModel
from ganaug.networks.residual import SizeName, shape_of
from ganaug.networks.variation import PairDiscriminator, VariationGenerator
from ganaug.training.games.pair import PairGame
from ganaug.training.optimization import batch_number, refuse_not_positive


class DAGAN(TwoPlayerModel):
    """The data augmentation GAN of Antoniou et al. 2017.

    The generator takes a real image and noise, and the discriminator sees that image beside either
    another real one of its class or what was generated. The generator is never told which class it
    is, so what the large classes teach of how images of a class differ is there for a class of a
    few images, and for one that was never seen.

    The game is that of `R3GAN`, where the paper has a Wasserstein critic with five steps for each
    of the generator's: it comes to rest too, at one step for one.

    Args:
        image_size: Side of the images in pixels, 4 to 7 doubled a few times; taken from the data.
        channels: Channels of the images; taken from the data.
        num_classes: Classes in the data; taken from the data.
        tell_class: Whether the discriminator is told the class beside the pair, where the data has
            two or more.
        latent_dim: Length of the noise.
        size: cpu or gpu, how large the networks are.
        width: Channels next to the image, instead of the size's; doubled at every halving, up to
            8 times.
        blocks: Residual blocks at each size of the picture, instead of the size's.
        penalty: Weight of the penalties at the start.
        final_penalty: Their weight after the burn-in.
        burn_in_images: Images over which the weight goes from the one to the other.
        penalty_every: Batches of which one has the penalties, with so many times the weight.
        generator_lr: Adam's learning rate for the generator.
        discriminator_lr: Adam's learning rate for the discriminator.
        beta1: Adam's decay of the first moment.
        beta2: Adam's decay of the second moment.
        play: How the game is played; see `TwoPlayerModel`.

    Raises:
        UsageError: There is no such size, or a setting is out of its range.
    """

    batch_kind = "paired"
    keeps_classes = True

    def __init__(
        self,
        *,
        image_size: int = 28,
        channels: int = 1,
        num_classes: int = 0,
        tell_class: bool = True,
        latent_dim: int = 64,
        size: SizeName = "cpu",
        width: int | None = None,
        blocks: int | None = None,
        penalty: float = 2.0,
        final_penalty: float = 0.2,
        burn_in_images: float = 200_000,
        penalty_every: int = 1,
        generator_lr: float = 2e-4,
        discriminator_lr: float = 2e-4,
        beta1: float = 0.0,
        beta2: float = 0.99,
        **play: Any,
    ) -> None:
        refuse_not_positive(latent_dim=latent_dim, width=width, blocks=blocks)
        shape: dict[str, Any] = {
            "channels": channels,
            "image_size": image_size,
            **shape_of(size, width=width, blocks=blocks),
        }
        burn_in = BurnIn(
            penalty=penalty,
            final_penalty=final_penalty,
            burn_in_images=burn_in_images,
            every=penalty_every,
        )
        told = num_classes if tell_class and num_classes >= 2 else 0
        game = PairGame(
            tells_class=told > 0,
            generator=VariationGenerator(latent_dim=latent_dim, **shape),
            discriminator=PairDiscriminator(num_classes=told, **shape),
            loss=Relativistic(),
            penalties=burn_in.penalties,
        )
        super().__init__(
            game=game,
            generator_lr=generator_lr,
            discriminator_lr=discriminator_lr,
            beta1=beta1,
            beta2=beta2,
            **play,
        )
        self.latent_dim, self.num_classes = latent_dim, num_classes
        self.burn_in = burn_in

    def training_step(self, batch: tuple[Tensor, Tensor]) -> dict[str, Tensor]:
        """Let both players play on a batch of pairs.

        Args:
            batch: Images, of which the second half are each of the class of their partner in the
                first, and their labels.
        """
        images, labels = batch
        sources, real = images.chunk(2)
        self.burn_in.set_for(
            batch=batch_number(self.trainer), batch_images=len(real) * self.trainer.world_size
        )
        return self.play(
            real=real,
            generate=lambda: self.game.generator(
                torch.randn(len(sources), self.latent_dim, device=self.device), sources
            ),
            condition=(sources, labels[: len(sources)]),
        )

    def source_of(self, label: int) -> int:
        """Return the class itself; see `ganaug.protocols.Translator`."""
        return label

    @torch.no_grad()
    def translate(
        self,
        images: Tensor,
        labels: Tensor,  # noqa: ARG002 - images stay in their class
        latents: Tensor,
    ) -> Tensor:
        """Vary images by the averaged generator; see `ganaug.protocols.Translator`."""
        return self.averaged(latents, images).float().clamp(-1, 1)
