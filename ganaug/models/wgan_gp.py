"""WGAN-GP: a critic with a gradient penalty (Gulrajani et al. 2017)."""

from typing import Any

from ganaug.losses.adversarial import Wasserstein
from ganaug.losses.penalties import GradientPenalty
from ganaug.models.base import LatentModel
from ganaug.networks.conditioning import Conditional, conditioned_classes
from ganaug.networks.convolutional import ConvolutionalDiscriminator, ConvolutionalGenerator
from ganaug.training.games.adversarial import AdversarialGame
from ganaug.utils.ranges import refuse_negative, refuse_not_positive


class WGANGP(LatentModel):
    """Wasserstein GAN with gradient penalty of Gulrajani et al. 2017, on DCGAN's networks.

    The curve `discriminator/loss` is minus the critic's estimate of the earth mover's distance
    between real and generated images, so it rises towards 0 as samples get better.

    Args:
        image_size: Side of the images in pixels, 4 to 7 times a power of two; taken from the data.
        channels: Channels of the images; taken from the data.
        num_classes: Number of classes; taken from the data.
        conditional: Whether both networks get the class as input: true, false, or auto (true if
            the data has two classes or more).
        latent_dim: Length of a latent vector.
        width: Channels at full resolution; doubled at every halving, up to 8 times as many.
        penalty: Weight of the gradient penalty (lambda in the paper).
        n_critic: Discriminator steps for each generator step.
        generator_lr: Adam's learning rate for the generator.
        discriminator_lr: Adam's learning rate for the critic.
        beta1: Adam's decay of the first moment.
        beta2: Adam's decay of the second moment.
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
        penalty: float = 10.0,
        n_critic: int = 5,
        generator_lr: float = 1e-4,
        discriminator_lr: float = 1e-4,
        beta1: float = 0.0,
        beta2: float = 0.9,
        **play: Any,
    ) -> None:
        refuse_not_positive(latent_dim=latent_dim, width=width)
        refuse_negative(penalty=penalty)
        classes = conditioned_classes(conditional, num_classes)
        shape: dict[str, Any] = {
            "channels": channels,
            "image_size": image_size,
            "num_classes": classes,
        }
        game = AdversarialGame(
            generator=ConvolutionalGenerator(latent_dim=latent_dim, width=width, **shape),
            discriminator=ConvolutionalDiscriminator(width=width, batch_norm=False, **shape),
            loss=Wasserstein(),
            penalties={"gradient_penalty": GradientPenalty(penalty)},
        )
        super().__init__(
            game=game,
            latent_dim=latent_dim,
            num_classes=classes,
            n_critic=n_critic,
            generator_lr=generator_lr,
            discriminator_lr=discriminator_lr,
            beta1=beta1,
            beta2=beta2,
            **play,
        )
