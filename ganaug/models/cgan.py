"""CGAN: both networks get the class as input (Mirza & Osindero 2014)."""

from typing import Any

from ganaug.models.gan import GAN
from ganaug.networks.conditioning import refuse_one_class


class CGAN(GAN):
    """Conditional GAN of Mirza & Osindero 2014: `GAN`, always with the class as input.

    Args:
        num_classes: Number of classes, two or more; taken from the data.
        settings: Settings of `GAN`.

    Raises:
        UsageError: The data has fewer than two classes.
    """

    def __init__(self, *, num_classes: int = 2, **settings: Any) -> None:
        refuse_one_class(num_classes)
        super().__init__(num_classes=num_classes, conditional=True, **settings)
        # Checkpoints pass saved settings to `__init__`, which has no parameter `conditional`.
        self.save_hyperparameters(ignore=["conditional"])
