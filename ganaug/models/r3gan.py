"""R3GAN: residual networks, a relativistic loss, two gradient penalties (Huang et al. 2024)."""

from typing import Any

from torch import Tensor

from ganaug.losses.adversarial import Relativistic
from ganaug.losses.penalties import BurnIn
from ganaug.models.base import LatentModel
from ganaug.networks.conditioning import Conditional, conditioned_classes
from ganaug.networks.residual import (
    ResidualImageDiscriminator,
    ResidualImageGenerator,
    SizeName,
    shape_of,
)
from ganaug.training.games.adversarial import AdversarialGame
from ganaug.training.optimization import batch_number
from ganaug.utils.ranges import refuse_not_positive


class R3GAN(LatentModel):
    """The GAN baseline of Huang et al. 2024, "The GAN is dead; long live the GAN!".

    Args:
        image_size: Side of the images in pixels, 4 to 7 times a power of two; taken from the data.
        channels: Channels of the images; taken from the data.
        num_classes: Number of classes; taken from the data.
        conditional: Whether both networks get the class as input: true, false, or auto (true if
            the data has two classes or more).
        latent_dim: Length of a latent vector.
        size: Size of the networks: cpu or gpu.
        width: Channels at full resolution, doubled at every halving, up to 8 times as many. The
            default depends on size.
        blocks: Residual blocks at each resolution. The default depends on size.
        penalty: Weight of the penalties at the start (gamma in the paper).
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

    def __init__(
        self,
        *,
        image_size: int = 28,
        channels: int = 1,
        num_classes: int = 0,
        conditional: Conditional = "auto",
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
        classes = conditioned_classes(conditional, num_classes)
        shape: dict[str, Any] = {
            "channels": channels,
            "image_size": image_size,
            "num_classes": classes,
            **shape_of(size, width=width, blocks=blocks),
        }
        burn_in = BurnIn(
            penalty=penalty,
            final_penalty=final_penalty,
            burn_in_images=burn_in_images,
            every=penalty_every,
        )
        game = AdversarialGame(
            generator=ResidualImageGenerator(latent_dim=latent_dim, **shape),
            discriminator=ResidualImageDiscriminator(**shape),
            loss=Relativistic(),
            penalties=burn_in.penalties,
        )
        super().__init__(
            game=game,
            latent_dim=latent_dim,
            num_classes=classes,
            generator_lr=generator_lr,
            discriminator_lr=discriminator_lr,
            beta1=beta1,
            beta2=beta2,
            **play,
        )
        self.burn_in = burn_in

    def training_step(self, batch: tuple[Tensor, Tensor]) -> dict[str, Tensor]:
        """Train both players on a batch, with the current weight of the penalties."""
        images = len(batch[0]) * self.trainer.world_size
        self.burn_in.set_for(batch=batch_number(self.trainer), batch_images=images)
        return super().training_step(batch)

    def sample(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Generate images, clipped to [-1, 1], since the network's output is unbounded."""
        return super().sample(latents, labels).clamp(-1, 1)
