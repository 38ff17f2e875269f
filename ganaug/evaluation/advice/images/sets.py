"""Sets of further images that a candidate may train on, without leaking held-out images.

A set may hold copies of real images, or come from a generator that has memorized some of them, and
so leak images that a classifier is scored on. Therefore an image that is closer to a real image
than most real images are to each other is held out together with it.
"""

import hashlib
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from ganaug.evaluation.advice.images.heap import AND, PSEUDO
from ganaug.evaluation.advice.images.training_table import REAL
from ganaug.evaluation.advice.search.candidates import SHARE
from ganaug.evaluation.utility.leaks import refuse_leaks
from ganaug.evaluation.utility.sampling import Images
from ganaug.utils.errors import UsageError

if TYPE_CHECKING:
    from ganaug.synthesis.dataset import SyntheticDataset

# Distances are measured at this image size, at which lookalikes also look alike to a small
# classifier.
SIDE = 16
BLOCK = 500
# An image belongs to its nearest real image if the distance is below this quantile of the distances
# between real images and their nearest neighbors. A larger quantile would include images that are
# merely similar, and make a set of other real images look less useful than it is.
CLOSE = 0.1
# An image closer than this, in root mean square gray levels per pixel, is a copy.
COPY = 4.0
# Maximum number of images of a class for frozen features, since reading more takes time and gains
# little.
MOST_FROZEN = 300
# Maximum share of the draws in a class for real images that a model labeled.
MOST_LABELED = 0.9


class FurtherImages:
    """A set of labeled images with the size, channels and classes of the real ones.

    Args:
        dataset: The set, from `SyntheticDataset.like`.
        name: Its name in candidates.
        real: Real images to train on or hold out.
        close: Distance up to which an image belongs to its nearest real image.
    """

    def __init__(self, dataset: "SyntheticDataset", name: str, real: Images, close: float) -> None:
        self.dataset, self.name = dataset, name
        self.identity = hashlib.sha256(
            dataset.images.numpy().tobytes() + dataset.labels.numpy().tobytes()
        ).hexdigest()
        sources, distances = nearest(dataset.images, real.images)
        # The real image that each image belongs to; -1 for none.
        self.sources = torch.where(distances <= close, sources, -1)
        self.copies = int((distances < COPY).sum())
        self.images = cache(self._images)

    def __len__(self) -> int:
        return len(self.dataset.labels)

    def of(
        self, size: int, held_out: Tensor | None = None, max_per_class: int | None = None
    ) -> Images:
        """Return the images at a size in pixels; `rows` are those to draw.

        Args:
            size: The size.
            held_out: Rows of held-out real images; images that belong to them are not drawn.
            max_per_class: Maximum number of images of a class; `images` leaves out the rest.
        """
        images = self.images(size, max_per_class)
        if held_out is None:
            return images
        drawable = ~torch.isin(self.sources[self.indices(max_per_class)], held_out)
        return images if drawable.all() else images._replace(rows=drawable.nonzero()[:, 0])

    def files(self, max_per_class: int | None = None) -> list[str]:
        """Return the files of the images that `of` returns, relative to the set's folder."""
        return [self.dataset.files[index] for index in self.indices(max_per_class).tolist()]

    def indices(self, max_per_class: int | None) -> Tensor:
        """Return the indices of the images to use, at most `max_per_class` of a class."""
        labels = self.dataset.labels
        return (
            torch.arange(len(labels))
            if max_per_class is None
            else _evenly_spaced(labels, max_per_class)
        )

    def _images(self, size: int, max_per_class: int | None) -> Images:
        dataset, indices = self.dataset, self.indices(max_per_class)
        resized = dataset if size == dataset.image_size else dataset.select(image_size=size)
        if len(indices) == len(dataset.labels):
            return Images(resized.images, dataset.labels)
        return Images(resized.images[indices], dataset.labels[indices])


def merged_images(first: Images, second: Images, images: Tensor) -> Images:
    """Return the images of two sets as one set.

    Args:
        first: Labels and rows of the first set.
        second: Labels and rows of the second set.
        images: All images `[N, C, S, S]`, those of the first set first.

    Example:
        >>> images = torch.zeros(3, 1, 8, 8, dtype=torch.uint8)
        >>> first = Images(images[:2], torch.tensor([0, 1]), rows=torch.tensor([1]))
        >>> merged_images(first, Images(images[2:], torch.tensor([5])), images).rows.tolist()
        [1, 2]
    """
    count, further = len(first.labels), torch.arange(len(second.labels))
    rows = [
        torch.arange(count) if first.rows is None else first.rows,
        count + (further if second.rows is None else second.rows),
    ]
    return Images(images, torch.cat([first.labels, second.labels]), rows=torch.cat(rows))


def labeled_share(images: int, real: int) -> float:
    """Return the share of the draws for real images that a model labeled.

    Many such images are real and varied, so the few images labeled by hand should not make up
    half of the draws.

    Args:
        images: Number of images that the model labeled.
        real: Number of images labeled by hand.

    Example:
        >>> labeled_share(300, real=100), labeled_share(60_000, real=100), labeled_share(5, 100)
        (0.75, 0.9, 0.5)
    """
    return round(min(MOST_LABELED, max(SHARE, images / (images + real))), 2)


def known_images(data: Any) -> Images:
    """Return the labeled images to train on or hold out: all but the test images."""
    splits = [data.images(split) for split in ("train", "validation")]
    return Images(*(torch.cat(tensors) for tensors in zip(*splits, strict=True)))


def opened(paths: Sequence[Any], data: Any) -> dict[str, FurtherImages]:
    """Return sets by name, with the size, channels and classes of the real images.

    Args:
        paths: Paths of sets, or sets.
        data: The data module.

    Raises:
        UsageError: A set can't be read, has other classes, a reserved name or test images.
    """
    from ganaug.synthesis.dataset import SyntheticDataset

    sets: dict[str, FurtherImages] = {}
    test, real = data.images("test")[0], known_images(data)
    # It compares all pairs of real images, so only once, and not before a set is refused.
    close = cache(lambda: typical_distance(real.images))
    for path in paths:
        dataset = SyntheticDataset.open(path).like(data)
        name = dataset.name
        if name in ("", REAL, PSEUDO) or name.startswith(AND):
            raise UsageError(
                f"synthetic {path}: the name {name!r} is reserved; rename the set's folder"
            )
        if name in sets:
            raise UsageError(f"synthetic has two sets named {name!r}; rename the folder of one")
        refuse_leaks(test, data.paths("test"), {"synthetic": (dataset.images, dataset.files)})
        sets[name] = FurtherImages(dataset, name, real, close())
    return sets


def nearest(images: Tensor, real: Tensor) -> tuple[Tensor, Tensor]:
    """Return the row of each image's nearest real image, and the distance to it.

    Args:
        images: `[M, C, S, S]` uint8.
        real: `[N, C, S, S]` uint8.

    Example:
        >>> real = torch.arange(3, dtype=torch.uint8).view(3, 1, 1, 1).expand(3, 1, 16, 16) * 50
        >>> rows, distances = nearest(real[[2, 0]], real)
        >>> rows.tolist(), distances.tolist()
        ([2, 0], [0.0, 0.0])
    """
    small_real = _thumbnails(real)
    minima = [
        torch.cdist(_thumbnails(block), small_real).min(dim=1) for block in images.split(BLOCK)
    ]
    scale = small_real.shape[1] ** 0.5
    return (
        torch.cat([minimum.indices for minimum in minima]),
        torch.cat([minimum.values for minimum in minima]) / scale,
    )


def typical_distance(real: Tensor) -> float:
    """Return the `CLOSE` quantile of the distances of real images to their nearest neighbors."""
    small_real = _thumbnails(real)
    nearest_distances = []
    for number, block in enumerate(small_real.split(BLOCK)):
        distances = torch.cdist(block, small_real)
        rows = torch.arange(len(block))
        distances[rows, rows + number * BLOCK] = torch.inf
        nearest_distances.append(distances.min(dim=1).values)
    return float(torch.cat(nearest_distances).quantile(CLOSE)) / small_real.shape[1] ** 0.5


def _thumbnails(images: Tensor) -> Tensor:
    """Return images scaled down and flattened, `[N, pixels]`."""
    return interpolate(images.float(), size=(SIDE, SIDE), mode="area").flatten(1)


def _evenly_spaced(labels: Tensor, max_per_class: int) -> Tensor:
    """Return the indices of at most `max_per_class` images of each class, evenly spaced."""
    selected = torch.zeros(len(labels), dtype=torch.bool)
    for label in labels.unique():
        class_rows = (labels == label).nonzero()[:, 0]
        positions = torch.linspace(
            0, len(class_rows) - 1, min(max_per_class, len(class_rows))
        ).long()
        selected[class_rows[positions]] = True
    return selected.nonzero()[:, 0]
