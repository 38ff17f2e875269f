"""The protocol of sources: each image is a pure function of seed, class and index."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from ganaug.protocols import Sampler
from ganaug.utils.device import device_of
from ganaug.utils.errors import UsageError

if TYPE_CHECKING:
    from ganaug.synthesis.sources.real_file import RealFile

# Images per block, and per pass through a model. Changing it changes the images, because on a CPU
# the last bits of a convolution depend on the batch size.
BLOCK = 64


@dataclass(frozen=True)
class Batch:
    """Images of one class with consecutive indices.

    Attributes:
        label: Index of the class.
        indices: Index of each image within its class.
        images: `[n, channels, image_size, image_size]` uint8.
        seeds: Random seed of each image; empty for images without one.
        sources: File of the real image that each was made from; empty if there is none.
        files: File of each real image, None if it has none; empty for synthetic images.
        errors: Inversion error of each source; empty without inversion.
    """

    label: int
    indices: range
    images: Tensor
    seeds: tuple[int, ...] = ()
    sources: tuple[str, ...] = ()
    files: "tuple[RealFile | None, ...]" = ()
    errors: tuple[float, ...] = ()

    def first(self, count: int) -> "Batch":
        """Return a batch with only the first images."""
        return Batch(
            self.label,
            self.indices[:count],
            self.images[:count],
            self.seeds[:count],
            self.sources[:count],
            self.files[:count],
            self.errors[:count],
        )


class ImageSource(Protocol):
    """Makes the images of a class, 64 at a time.

    Block k of a class always holds the indices 64 k to 64 k + 63, so an image only depends on the
    seed, its class and its index, not on the number of images or processes. A slow source may set a
    smaller `block_size` (images per block), so that an interruption loses fewer images and fewer
    are made in excess. `digital_source_type` is the IPTC term that its images are marked with:
    TRAINED by default, None for real images.

    Attributes:
        method: Name of the method, such as `generator`, written in the row of every image.
        class_names: Names of the classes, in the order of the labels.
    """

    method: str
    class_names: Sequence[str]

    @property
    def facts(self) -> Mapping[str, Any]:
        """The settings that determine the images; JSON values."""
        ...

    def most(self, label: int) -> int | None:
        """Return the number of images of a class that can be made; None if there is no limit.

        Raises:
            UsageError: No image can be made; the message says what to do.
        """
        ...

    def make(self, label: int, block: int) -> Batch:
        """Make a block of a class; a block may have fewer images, but not none.

        Raises:
            UsageError: The result is invalid, for example NaN.
        """
        ...


def weights_digest(network: object) -> str | None:
    """Return a hash of a network's weights; None for anything else."""
    if not isinstance(network, nn.Module):
        return None
    digest = hashlib.sha256()
    for name, value in sorted(network.state_dict().items()):
        if isinstance(value, Tensor):
            digest.update(name.encode())
            digest.update(value.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def images_digest(images: Tensor) -> str:
    """Return a hash of images."""
    return hashlib.sha256(images.contiguous().numpy().data).hexdigest()


def labels_for(sampler: Sampler, label: int, count: int) -> Tensor | None:
    """Return labels that request a class from a sampler; None if it is unconditional."""
    if not sampler.num_classes:
        return None
    return torch.full((count,), label, dtype=torch.int64, device=device_of(sampler))


def check_truncation(truncation: float | None) -> None:
    """Refuse a truncation so small that almost no latent would pass.

    Raises:
        UsageError: It is too small; the message names usual values.
    """
    if truncation is not None and not 0.1 <= truncation < math.inf:
        raise UsageError(
            f"truncation is {truncation}; use 0.1 or more (2 cuts off little, 0.5 much)"
        )


def check_wanted(source: ImageSource, class_counts: Mapping[str, int]) -> None:
    """Refuse a plan that a source can't fulfill.

    Raises:
        UsageError: The plan names an unknown class, or has too many images.
    """
    check_names(class_counts, source.class_names)
    for name, count in class_counts.items():
        if not count:
            continue
        max_images = source.most(list(source.class_names).index(name))
        if max_images is not None and count > max_images:
            raise UsageError(
                f"{count} images of class {name!r} are planned, and the method {source.method!r} "
                f"{'has' if source.method == 'folder' else 'makes one from each of'} {max_images} "
                f"{'' if source.method == 'folder' else 'real '}images: plan at most {max_images} "
                "with sampling_strategy or per_class"
            )


def check_names(names: Sequence[str] | Mapping[str, int], class_names: Sequence[str]) -> None:
    """Refuse a plan that names an unknown class.

    Raises:
        UsageError: There is one; the message lists the classes.
    """
    unknown = [name for name in names if name not in class_names]
    if unknown:
        raise UsageError(f"no class {unknown[0]!r}; the classes are {', '.join(class_names)}.")


def check_finite(images: Tensor, name: str) -> None:
    """Refuse images with values that are not finite.

    Raises:
        UsageError: There is one; the message names the class, and says what to do.
    """
    if not torch.isfinite(images).all():
        raise UsageError(
            f"the model draws values that are not finite for class {name!r}: its training "
            "went wrong. Use an earlier checkpoint, or fit it again."
        )


def block_indices(block: int, size: int = BLOCK) -> range:
    """Return the indices of a block."""
    return range(block * size, (block + 1) * size)


def image_seed(seed: int, label: int, index: int) -> int:
    """Return the seed of an image: a hash of the run's seed, the class and the index.

    Args:
        seed: The run's seed, from 0 up to 2^64 - 1.
        label: Index of the class.
        index: Index of the image within the class.

    Returns:
        A number below 2^63, which torch and spreadsheets can read as an integer.

    Raises:
        UsageError: The seed is out of range.
    """
    if not 0 <= seed < 2**64:
        raise UsageError(f"seed is {seed}; use a whole number from 0 to {2**64 - 1}.")
    # SeedSequence splits its input into 32-bit words; with four fixed ones, different triples
    # (seed, label, index) never give the same words.
    words = [seed & 0xFFFFFFFF, seed >> 32, label, index]
    return int(np.random.SeedSequence(words).generate_state(1, np.uint64)[0] >> np.uint64(1))


def latent(seed: int, dim: int, truncation: float | None = None) -> Tensor:
    """Return the normal latent `[dim]` for an image's seed, always drawn on the CPU.

    Args:
        seed: Seed of the image.
        dim: Length of the latent.
        truncation: Values further from 0 than this are drawn again; None keeps all.
    """
    generator = torch.Generator().manual_seed(seed)
    values = torch.randn(dim, generator=generator)
    if truncation is not None:
        while (outliers := values.abs() > truncation).any():
            values[outliers] = torch.randn(int(outliers.sum()), generator=generator)
    return values
