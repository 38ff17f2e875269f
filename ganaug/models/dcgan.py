"""DCGAN: the adversarial game with strided convolutions (Radford et al. 2015)."""

from typing import Any

from ganaug.losses.adversarial import LossName, adversarial_loss
from ganaug.models.base import LatentModel
from ganaug.networks.conditioning import ClassInputName, Conditional, conditioned_classes
from ganaug.networks.convolutional import ConvolutionalDiscriminator, ConvolutionalGenerator
from ganaug.training.games.adversarial import AdversarialGame
from ganaug.utils.ranges import refuse_not_positive


class DCGAN(LatentModel):
    """Deep convolutional GAN of Radford et al. 2015, optionally class-conditional.

    Args:
        image_size: Side of the images in pixels, 4 to 7 times a power of two; taken from the data.
        channels: Channels of the images; taken from the data.
        num_classes: Number of classes; taken from the data.
        conditional: Whether both networks get the class as input: true, false, or auto (true if
            the data has two classes or more).
        latent_dim: Length of a latent vector.
        width: Channels at full resolution; doubled at every halving, up to 8 times as many.
        class_input: How the discriminator gets the class: plane, as a further channel (samples are
            more varied), projection (labels are more often correct, samples less varied), or both.
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
        width: int = 32,
        class_input: ClassInputName = "plane",
        loss: LossName = "non_saturating",
        **play: Any,
    ) -> None:
        refuse_not_positive(latent_dim=latent_dim, width=width)
        classes = conditioned_classes(conditional, num_classes)
        shape: dict[str, Any] = {
            "channels": channels,
            "image_size": image_size,
            "num_classes": classes,
        }
        game = AdversarialGame(
            generator=ConvolutionalGenerator(latent_dim=latent_dim, width=width, **shape),
            discriminator=ConvolutionalDiscriminator(width=width, class_input=class_input, **shape),
            loss=adversarial_loss(loss),
        )
        super().__init__(game=game, latent_dim=latent_dim, num_classes=classes, **play)
