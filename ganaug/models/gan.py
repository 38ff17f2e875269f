"""GAN: the adversarial game with fully connected networks (Goodfellow et al. 2014)."""

from typing import Any

from ganaug.losses.adversarial import LossName, adversarial_loss
from ganaug.models.base import LatentModel
from ganaug.networks.conditioning import Conditional, conditioned_classes
from ganaug.networks.mlp import MLPDiscriminator, MLPGenerator
from ganaug.training.games.adversarial import AdversarialGame
from ganaug.utils.ranges import refuse_not_below_one, refuse_not_positive


class GAN(LatentModel):
    """Generative adversarial network of Goodfellow et al. 2014, optionally class-conditional.

    Args:
        image_size: Side of the images in pixels; taken from the data.
        channels: Channels of the images; taken from the data.
        num_classes: Number of classes; taken from the data.
        conditional: Whether both networks get the class as input: true, false, or auto (true if
            the data has two classes or more).
        latent_dim: Length of a latent vector.
        generator_hidden: Width of each hidden layer of the generator.
        discriminator_hidden: Width of each hidden layer of the discriminator.
        discriminator_dropout: Dropout rate in the discriminator's hidden layers; Mirza & Osindero
            2014 use one half.
        loss: Adversarial loss: non_saturating, saturating (the original minimax), hinge,
            least_squares or relativistic.
        play: Settings of training, such as learning rates; see `TwoPlayerModel`.
    """

    def __init__(
        self,
        *,
        image_size: int = 28,
        channels: int = 1,
        num_classes: int = 0,
        conditional: Conditional = "auto",
        latent_dim: int = 100,
        generator_hidden: tuple[int, ...] = (256, 512, 1024),
        discriminator_hidden: tuple[int, ...] = (512, 256),
        discriminator_dropout: float = 0.0,
        loss: LossName = "non_saturating",
        **play: Any,
    ) -> None:
        refuse_not_positive(
            latent_dim=latent_dim,
            generator_hidden=min(generator_hidden, default=1),
            discriminator_hidden=min(discriminator_hidden, default=1),
        )
        refuse_not_below_one(discriminator_dropout=discriminator_dropout)
        classes = conditioned_classes(conditional, num_classes)
        shape: dict[str, Any] = {
            "channels": channels,
            "image_size": image_size,
            "num_classes": classes,
        }
        game = AdversarialGame(
            generator=MLPGenerator(latent_dim=latent_dim, hidden=generator_hidden, **shape),
            discriminator=MLPDiscriminator(
                hidden=discriminator_hidden,
                dropout=discriminator_dropout,
                **shape,
            ),
            loss=adversarial_loss(loss),
        )
        super().__init__(game=game, latent_dim=latent_dim, num_classes=classes, **play)
