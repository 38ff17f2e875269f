"""What a discriminator's images go through: nothing, DiffAugment, or as much as overfitting asks.

Applied to real and generated images alike, with gradients through it, an augmentation hides from
the discriminator which single training images there are, and does not show in the samples.
"""

from typing import Literal

import torch
from torch import Tensor, nn

from ganaug.training.augment import COLOUR, GEOMETRY, PLACE, all_of, sometimes
from ganaug.utils.errors import UsageError

DiscriminatorAugmentationName = Literal["none", "diffaugment", "adaptive"]


class NoAugmentation(nn.Module):
    """Passes images on; what the other augmentations can do, with nothing to do."""

    def forward(self, images: Tensor) -> Tensor:
        """Return `[N, C, S, S]` as the discriminator is to see it."""
        return images

    def observe(self, real_logits: Tensor) -> None:
        """Learn what the discriminator says of augmented real images: above 0, that they are."""

    def figures(self) -> dict[str, Tensor]:
        """Return what there is to watch."""
        return {}


class DiffAugment(NoAugmentation):
    """Colour, translation and cutout, on every image (Zhao et al. 2020)."""

    def forward(self, images: Tensor) -> Tensor:
        """Change each image by its own draw."""
        return all_of((*COLOUR, *PLACE), images)


class AdaptiveAugmentation(NoAugmentation):
    """Geometry and colour, each operation with a probability p (Karras et al. 2020, ADA).

    p rises while the discriminator is surer of training images than the target, which is how
    overfitting shows, and falls otherwise. Below 0.8 the operations do not leak: the samples can
    only match in distribution when they do so unaugmented.

    Args:
        target: Mean sign of the discriminator's logits of real images that p is steered to.
        images_to_one: Images in which p goes from 0 to 1 at the fastest.
        most: Largest p.
    """

    p: Tensor
    sign: Tensor

    def __init__(
        self, *, target: float = 0.6, images_to_one: float = 100_000, most: float = 0.8
    ) -> None:
        super().__init__()
        self.target, self.images_to_one, self.most = target, images_to_one, most
        self.register_buffer("p", torch.zeros(()))
        # A moving average over about twenty batches: single ones are noise.
        self.register_buffer("sign", torch.zeros(()))

    def forward(self, images: Tensor) -> Tensor:
        """Change each image by its own draw."""
        for operation in (*GEOMETRY, *COLOUR):
            images = sometimes(operation, images, self.p)
        return images

    @torch.no_grad()
    def observe(self, real_logits: Tensor) -> None:
        """Move p one step towards where the discriminator's sureness meets the target."""
        self.sign.lerp_(real_logits.sign().mean().to(self.sign.dtype), 0.05)
        images = len(real_logits) * _processes()
        self.p.add_((self.sign - self.target).sign() * images / self.images_to_one)
        self.p.clamp_(0, self.most)

    def figures(self) -> dict[str, Tensor]:
        """Return p, and the mean sign that steers it."""
        return {"augmentation_p": self.p.clone(), "real_sign": self.sign.clone()}


def _processes() -> int:
    """Return how many processes see as many images in each batch."""
    distributed = torch.distributed.is_available() and torch.distributed.is_initialized()
    return torch.distributed.get_world_size() if distributed else 1


AUGMENTATIONS = {
    "none": NoAugmentation,
    "diffaugment": DiffAugment,
    "adaptive": AdaptiveAugmentation,
}


def augmentation_named(name: str) -> NoAugmentation:
    """Return the augmentation of that name.

    Raises:
        UsageError: None has that name; the message lists those there are.
    """
    if name not in AUGMENTATIONS:
        raise UsageError(
            f"discriminator_augmentation {name!r} is none of {', '.join(AUGMENTATIONS)}"
        )
    return AUGMENTATIONS[name]()
