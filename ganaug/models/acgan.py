"""ACGAN: the discriminator also predicts the class (Odena et al. 2017)."""

from typing import Any

from ganaug.losses.adversarial import LossName, adversarial_loss
from ganaug.models.base import LatentModel
from ganaug.networks.conditioning import refuse_one_class
from ganaug.networks.convolutional import ClassifyingDiscriminator, ConvolutionalGenerator
from ganaug.training.games.auxiliary import AuxiliaryClassifierGame
from ganaug.utils.ranges import refuse_not_positive


class ACGAN(LatentModel):
    """Auxiliary classifier GAN of Odena et al. 2017, on DCGAN's networks.

    Args:
        image_size: Side of the images in pixels, 4 to 7 times a power of two; taken from the data.
        channels: Channels of the images; taken from the data.
        num_classes: Number of classes, two or more; taken from the data.
        latent_dim: Length of a latent vector.
        width: Channels at full resolution; doubled at every halving, up to 8 times as many.
        loss: Adversarial loss: non_saturating, saturating (the original minimax), hinge,
            least_squares or relativistic.
        play: Settings of training, such as learning rates; see `TwoPlayerModel`.
    """

    def __init__(
        self,
        *,
        image_size: int = 28,
        channels: int = 1,
        num_classes: int = 2,
        latent_dim: int = 100,
        width: int = 32,
        loss: LossName = "non_saturating",
        **play: Any,
    ) -> None:
        refuse_not_positive(latent_dim=latent_dim, width=width)
        refuse_one_class(num_classes)
        shape = {"channels": channels, "image_size": image_size, "num_classes": num_classes}
        game = AuxiliaryClassifierGame(
            generator=ConvolutionalGenerator(latent_dim=latent_dim, width=width, **shape),
            discriminator=ClassifyingDiscriminator(width=width, **shape),
            loss=adversarial_loss(loss),
        )
        super().__init__(game=game, latent_dim=latent_dim, num_classes=num_classes, **play)
