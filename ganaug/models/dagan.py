"""DAGAN: generates variations of a real image, of the same class (Antoniou et al. 2017)."""

from typing import Any

import torch
from torch import Tensor

from ganaug.losses.adversarial import Relativistic
from ganaug.losses.penalties import BurnIn
from ganaug.models.base import TwoPlayerModel
from ganaug.networks.residual import SizeName, shape_of
from ganaug.networks.variation import PairDiscriminator, VariationGenerator
from ganaug.training.games.pair import PairGame
from ganaug.training.optimization import batch_number
from ganaug.utils.ranges import refuse_not_positive


class DAGAN(TwoPlayerModel):
    """The data augmentation GAN of Antoniou et al. 2017.

    The generator takes a real image and noise. The discriminator gets that image, together with
    either another real image of its class or the generated one. The generator never gets the
    class as input. From the large classes it learns how images of a class differ, and it applies
    this to small classes and to classes that it never saw.

    The loss and penalties are those of `R3GAN`. The paper's Wasserstein critic takes five steps for
    each generator step; this game converges with one.

    Args:
        image_size: Side of the images in pixels, 4 to 7 times a power of two; taken from the data.
        channels: Channels of the images; taken from the data.
        num_classes: Number of classes; taken from the data.
        tell_class: Whether the discriminator also gets the class, if the data has two or more.
        latent_dim: Length of the noise.
        size: Size of the networks: cpu or gpu.
        width: Channels at full resolution, doubled at every halving, up to 8 times as many. The
            default depends on size.
        blocks: Residual blocks at each resolution. The default depends on size.
        penalty: Weight of the penalties at the start.
        final_penalty: Weight of the penalties after the burn-in.
        burn_in_images: Number of images over which the weight changes from penalty to
            final_penalty.
        penalty_every: Apply the penalties only once in this many batches, with their weight
            multiplied by the same number.
        generator_lr: Adam's learning rate for the generator.
        discriminator_lr: Adam's learning rate for the discriminator.
        beta1: Adam's decay of the first moment.
        beta2: Adam's decay of the second moment.
        play: Settings of training, such as learning rates; see `TwoPlayerModel`.

    Raises:
        UsageError: The size is unknown, or a setting is out of range.
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
        discriminator_classes = num_classes if tell_class and num_classes >= 2 else 0
        game = PairGame(
            tells_class=discriminator_classes > 0,
            generator=VariationGenerator(latent_dim=latent_dim, **shape),
            discriminator=PairDiscriminator(num_classes=discriminator_classes, **shape),
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
        """Train both players on a batch of pairs.

        Args:
            batch: Images and labels. The image at index i of the second half is of the same class
                as the one at index i of the first.
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
        """Generate variations with the averaged generator; see `ganaug.protocols.Translator`."""
        return self.averaged(latents, images).float().clamp(-1, 1)
