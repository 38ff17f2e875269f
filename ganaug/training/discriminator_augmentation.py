"""Augmentation of the discriminator's input: none, DiffAugment or adaptive.

The augmentation is applied to real and generated images alike and is differentiable. It keeps the
discriminator from memorizing single training images, and does not show in the samples.
"""

import math
from collections.abc import Callable, Sequence
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import affine_grid, grid_sample

from ganaug.utils.choices import refuse_other

DiscriminatorAugmentationName = Literal["none", "diffaugment", "adaptive"]
Operation = Callable[[Tensor], Tensor]


def random_affine(images: Tensor, *, shift: float, rotation: float, scaling: float) -> Tensor:
    """Shift, rotate and scale each image at random; edge pixels are repeated outwards.

    Args:
        images: `[N, C, H, W]`.
        shift: Largest shift along each axis, in pixels.
        rotation: Largest rotation in either direction, in degrees.
        scaling: Largest relative change of size, below 1.

    Returns:
        `[N, C, H, W]`; the input itself if all limits are 0.
    """
    if not (shift or rotation or scaling):
        return images
    count, _, height, width = images.shape
    angle, size, right, down = torch.rand(4, count, device=images.device) * 2 - 1
    angle, size = angle * math.radians(rotation), 1 + size * scaling
    cosine, sine = angle.cos() / size, angle.sin() / size
    # In affine_grid's coordinates, the image spans -1 to 1.
    first = torch.stack([cosine, -sine, right * shift * 2 / width], dim=1)
    second = torch.stack([sine, cosine, down * shift * 2 / height], dim=1)
    maps = torch.stack([first, second], dim=1)
    # In half precision, coordinates of a large image would be off by up to half a pixel.
    with torch.autocast(images.device.type, enabled=False):
        grid = affine_grid(maps, list(images.shape), align_corners=False)
        moved = grid_sample(images.float(), grid, padding_mode="border", align_corners=False)
    return moved.to(images.dtype)


def random_brightness(images: Tensor) -> Tensor:
    """Brighten or darken each image by up to a quarter of the value range."""
    return images + (_uniform(images) - 0.5)


def random_saturation(images: Tensor) -> Tensor:
    """Scale each image's saturation by a factor from 0 to 2."""
    gray = images.mean(dim=1, keepdim=True)
    return gray + (images - gray) * (2 * _uniform(images))


def random_contrast(images: Tensor) -> Tensor:
    """Scale each image's contrast around its mean by a factor from 0.5 to 1.5."""
    mean = images.mean(dim=(1, 2, 3), keepdim=True)
    return mean + (images - mean) * (0.5 + _uniform(images))


def random_translation(images: Tensor) -> Tensor:
    """Shift each image by whole pixels, up to an eighth of its side; fill the rest with gray."""
    count, _, height, width = images.shape
    limit = max(1, round(height / 8))
    down, right = torch.randint(-limit, limit + 1, (2, count, 1), device=images.device)
    rows = torch.arange(height, device=images.device) + down
    columns = torch.arange(width, device=images.device) + right
    inside = ((rows >= 0) & (rows < height)).unsqueeze(2)
    inside = inside & ((columns >= 0) & (columns < width)).unsqueeze(1)
    indices = torch.arange(count, device=images.device).view(-1, 1, 1)
    rows, columns = rows.clamp(0, height - 1), columns.clamp(0, width - 1)
    moved = images.permute(0, 2, 3, 1)[indices, rows.unsqueeze(2), columns.unsqueeze(1)]
    return (moved * inside.unsqueeze(3)).permute(0, 3, 1, 2)


def random_cutout(images: Tensor) -> Tensor:
    """Fill a square of half the image's side with gray; it may lie partly outside the image."""
    count, _, height, width = images.shape
    half = height // 4
    row, column = (
        torch.randint(side, (count, 1), device=images.device) for side in (height, width)
    )
    rows = torch.arange(height, device=images.device) - row
    columns = torch.arange(width, device=images.device) - column
    in_rows, in_columns = ((offsets >= -half) & (offsets < half) for offsets in (rows, columns))
    hole = in_rows.unsqueeze(2) & in_columns.unsqueeze(1)
    return images * ~hole.unsqueeze(1)


def random_flip(images: Tensor) -> Tensor:
    """Flip each image horizontally with probability 0.5."""
    mirrored = torch.rand(len(images), 1, 1, 1, device=images.device) < 0.5
    return torch.where(mirrored, images.flip(3), images)


def random_quarter_turn(images: Tensor) -> Tensor:
    """Rotate each image by a random multiple of 90 degrees; images must be square."""
    quarter = torch.randint(4, (len(images), 1, 1, 1), device=images.device)
    for turns in (1, 2, 3):
        images = torch.where(quarter == turns, images.rot90(turns, dims=(2, 3)), images)
    return images


def random_placement(images: Tensor) -> Tensor:
    """Shift by up to an eighth of the side, rotate by any angle, scale by up to a fifth."""
    return random_affine(images, shift=images.shape[3] / 8, rotation=180, scaling=0.2)


def sometimes(operation: Operation, images: Tensor, probability: float | Tensor) -> Tensor:
    """Apply an operation to each image independently with a given probability."""
    mask = torch.rand(len(images), 1, 1, 1, device=images.device) < probability
    return torch.where(mask, operation(images), images)


def all_of(operations: Sequence[Operation], images: Tensor) -> Tensor:
    """Apply operations one after the other."""
    for operation in operations:
        images = operation(images)
    return images


COLOR: tuple[Operation, ...] = (random_brightness, random_saturation, random_contrast)
PLACE: tuple[Operation, ...] = (random_translation, random_cutout)
GEOMETRY: tuple[Operation, ...] = (random_flip, random_quarter_turn, random_placement)


class NoAugmentation(nn.Module):
    """Returns images unchanged; base class of the other augmentations."""

    def forward(self, images: Tensor) -> Tensor:
        """Return the images `[N, C, S, S]` that the discriminator sees."""
        return images

    def observe(self, real_logits: Tensor) -> None:
        """Take note of the discriminator's logits of augmented real images; positive means real."""

    def figures(self) -> dict[str, Tensor]:
        """Return the scalars to log."""
        return {}


class DiffAugment(NoAugmentation):
    """Color, translation and cutout, on every image (Zhao et al. 2020)."""

    def forward(self, images: Tensor) -> Tensor:
        """Augment each image independently."""
        return all_of((*COLOR, *PLACE), images)


class AdaptiveAugmentation(NoAugmentation):
    """Geometry and color, each operation with a probability p (Karras et al. 2020, ADA).

    p rises while the mean sign of the logits of real images is above the target, which indicates
    overfitting, and falls otherwise. Below 0.8 the augmentations don't leak: augmented samples
    match augmented real images in distribution only if the unaugmented ones match.

    Args:
        target: Target for the mean sign of the discriminator's logits of real images.
        images_to_one: Smallest number of images in which p can go from 0 to 1.
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
        # A moving average over about twenty batches: a single batch is too noisy.
        self.register_buffer("sign", torch.zeros(()))

    def forward(self, images: Tensor) -> Tensor:
        """Augment each image independently."""
        for operation in (*GEOMETRY, *COLOR):
            images = sometimes(operation, images, self.p)
        return images

    @torch.no_grad()
    def observe(self, real_logits: Tensor) -> None:
        """Raise or lower p by one step, depending on the mean sign of the logits."""
        processes = _processes()
        sign = real_logits.sign().mean().to(self.sign.dtype)
        if processes > 1:
            torch.distributed.all_reduce(sign)
        self.sign.lerp_(sign / processes, 0.05)
        images = len(real_logits) * processes
        self.p.add_((self.sign - self.target).sign() * images / self.images_to_one)
        self.p.clamp_(0, self.most)

    def figures(self) -> dict[str, Tensor]:
        """Return p and the mean sign of the logits."""
        return {"augmentation_p": self.p.clone(), "real_sign": self.sign.clone()}


def _processes() -> int:
    """Return the number of processes, each of which sees its own batches."""
    distributed = torch.distributed.is_available() and torch.distributed.is_initialized()
    return torch.distributed.get_world_size() if distributed else 1


AUGMENTATIONS = {
    "none": NoAugmentation,
    "diffaugment": DiffAugment,
    "adaptive": AdaptiveAugmentation,
}


def augmentation_named(name: str) -> NoAugmentation:
    """Return the augmentation with the given name.

    Raises:
        UsageError: There is no such augmentation; the message lists the choices.
    """
    refuse_other("discriminator_augmentation", name, AUGMENTATIONS)
    return AUGMENTATIONS[name]()


def _uniform(images: Tensor) -> Tensor:
    return torch.rand(len(images), 1, 1, 1, device=images.device, dtype=images.dtype)
