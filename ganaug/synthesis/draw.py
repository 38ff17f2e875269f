"""Drawing synthetic images from a sampler, each the same whatever is drawn beside it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ganaug.errors import UsageError
from ganaug.pixels import to_uint8
from ganaug.protocols import Sampler

# Part of what an image is: see `draw`.
BATCH_SIZE = 64


@dataclass(frozen=True)
class Batch:
    """Images of one class with consecutive indices.

    Attributes:
        label: Index of the class.
        indices: Index of each image within its class.
        images: `[n, channels, image_size, image_size]` uint8.
        seeds: Seed of each image's latent; empty for images that were not drawn from one.
        sources: File that each image was made of; empty for images that were not made of one.
    """

    label: int
    indices: range
    images: Tensor
    seeds: tuple[int, ...] = ()
    sources: tuple[str, ...] = ()


def image_seed(seed: int, label: int, index: int) -> int:
    """Seed of one image, a hash of the run's seed, the class and the index in it alone.

    Args:
        seed: The run's seed, from 0 up to 2^64 - 1.
        label: Index of the class.
        index: Index of the image within the class.

    Returns:
        A number below 2^63, which both torch and a spreadsheet's reader take as an integer.

    Raises:
        UsageError: The seed is out of range.
    """
    if not 0 <= seed < 2**64:
        raise UsageError(f"seed is {seed}; use a whole number from 0 to {2**64 - 1}.")
    # SeedSequence cuts its input into 32-bit words; four fixed ones keep (seed, label, index)
    # triples from running into each other.
    words = [seed & 0xFFFFFFFF, seed >> 32, label, index]
    return int(np.random.SeedSequence(words).generate_state(1, np.uint64)[0] >> np.uint64(1))


def latent(seed: int, dim: int) -> Tensor:
    """The standard normal latent `[dim]` of an image's seed, drawn on the CPU on every device."""
    return torch.randn(dim, generator=torch.Generator().manual_seed(seed))


def draw(
    sampler: Sampler,
    quotas: Mapping[str, int],
    class_names: Sequence[str],
    *,
    seed: int = 0,
    batch_size: int = BATCH_SIZE,
    device: str | torch.device = "cpu",
) -> Iterator[Batch]:
    """Draw the planned images, class by class, in order of their index.

    Convolutions on a CPU differ in the last bits from one batch size to another. So every pass
    through the sampler has the same shape: block k of a class always holds the indices
    `k * batch_size` to `(k + 1) * batch_size - 1`, and what goes beyond the quota is dropped.
    An image's bytes then depend on the seed, the class, its index and the batch size, and never
    on how many images are asked for.

    Args:
        sampler: The model, already on `device`.
        quotas: Images to draw of each class.
        class_names: Names of the sampler's classes, in the order of its labels.
        seed: The run's seed.
        batch_size: Images in a pass.
        device: Where the sampler is.

    Returns:
        An iterator over batches of at most `batch_size` images of one class.

    Raises:
        UsageError: The sampler can't be asked for these classes, an argument is out of range,
            or the sampler draws values that are not finite.
    """
    if batch_size < 1:
        raise UsageError(f"batch size is {batch_size}; use 1 or more.")
    image_seed(seed, 0, 0)
    check_classes(sampler, quotas, class_names)
    return _batches(sampler, quotas, class_names, seed, batch_size, torch.device(device))


def check_classes(sampler: Sampler, quotas: Mapping[str, int], class_names: Sequence[str]) -> None:
    """Hold a plan against what a sampler can be asked for.

    Raises:
        UsageError: The plan names an unknown class, an unconditional sampler stands for more
            than one class, or a conditional one knows another number of classes.
    """
    check_names(quotas, class_names)
    if sampler.num_classes == 0 and len(class_names) > 1:
        raise UsageError(
            f"this model is unconditional, fitted on {len(class_names)} classes together, so its "
            "images have no labels. Fit a conditional one, such as --model dcgan, or fit on one "
            f"class with --data.classes '[{class_names[0]}]'."
        )
    if sampler.num_classes not in (0, len(class_names)):
        raise UsageError(
            f"this model knows {sampler.num_classes} classes and its checkpoint names "
            f"{len(class_names)}: the checkpoint is damaged; fit the model again."
        )


def check_names(quotas: Mapping[str, int], class_names: Sequence[str]) -> None:
    """Refuse a plan that names an unknown class.

    Raises:
        UsageError: Names it and those there are.
    """
    unknown = [name for name in quotas if name not in class_names]
    if unknown:
        raise UsageError(f"no class {unknown[0]!r}; the classes are {', '.join(class_names)}.")


def check_finite(images: Tensor, name: str) -> None:
    """Refuse images with values that are not finite.

    Raises:
        UsageError: Names the class, and what to do.
    """
    if not torch.isfinite(images).all():
        raise UsageError(
            f"the model draws values that are not finite for class {name!r}: its training "
            "went wrong. Use an earlier checkpoint, or fit it again."
        )


def _batches(
    sampler: Sampler,
    quotas: Mapping[str, int],
    class_names: Sequence[str],
    seed: int,
    batch_size: int,
    device: torch.device,
) -> Iterator[Batch]:
    for label, name in enumerate(class_names):
        quota = quotas.get(name, 0)
        labels = None
        if sampler.num_classes:
            labels = torch.full((batch_size,), label, dtype=torch.int64, device=device)
        for start in range(0, quota, batch_size):
            seeds = [image_seed(seed, label, start + j) for j in range(batch_size)]
            latents = torch.stack([latent(s, sampler.latent_dim) for s in seeds])
            with torch.no_grad():
                images = sampler.sample(latents.to(device), labels)
            check_finite(images, name)
            count = min(batch_size, quota - start)
            yield Batch(
                label=label,
                indices=range(start, start + count),
                seeds=tuple(seeds[:count]),
                images=to_uint8(images[:count]).cpu(),
            )
