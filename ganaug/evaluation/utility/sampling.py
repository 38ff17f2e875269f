"""Mixes of real and synthetic images to train classifiers on, drawn in batches."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import one_hot
from torchvision.transforms import v2

from ganaug.protocols import Augmentation
from ganaug.utils.errors import UsageError
from ganaug.utils.rng import seeded

# The alphas are those of torchvision's training recipes.
MIXERS = {"mixup": (v2.MixUp, 0.2), "cutmix": (v2.CutMix, 1.0)}


class Images(NamedTuple):
    """Labeled images.

    Attributes:
        images: `[N, C, S, S]` uint8.
        labels: `[N]` class indices.
        targets: `[N, K]` probabilities to learn instead of the labels, if any.
        rows: Indices of the images to draw from; repeated ones are drawn more often. All by
            default.
    """

    images: Tensor
    labels: Tensor
    targets: Tensor | None = None
    rows: Tensor | None = None

    def of(self, label: int) -> np.ndarray:
        """Return the rows of a class to draw from."""
        rows = torch.arange(len(self.labels)) if self.rows is None else self.rows
        return rows[self.labels[rows] == label].numpy()

    def class_counts(self, num_classes: int) -> list[int]:
        """Return the number of rows of each class to draw from."""
        labels = self.labels if self.rows is None else self.labels[self.rows]
        return labels.bincount(minlength=num_classes).tolist()


@dataclass(frozen=True)
class DataMix:
    """A mix of real and synthetic images to train a classifier on.

    Attributes:
        real: Whether real images are included.
        share: Share of synthetic images in the draws, the same in every class or one per class.
        balanced: Class balance, from 1 (classes are drawn equally often) to 0 (as often as they
            occur): the probability of a class is proportional to its number of real images to the
            power of 1 - balanced.
        augmentation: Classical augmentation of all draws, real and synthetic.
        weight: Weight of a synthetic image in the loss; that of a real image is 1.
        soft: Whether synthetic images have the teachers' probabilities as labels.
        source: Images that are drawn as synthetic: the set, its useful part according to teachers,
            or as many duplicates of real images.
        blend: Method to mix each image of a batch with another one, if any.
        strength: Share of the draws that are augmented.
        decay: Factor on the default regularization of a linear head on frozen features.
    """

    real: bool = True
    share: float | tuple[float, ...] = 0.0
    balanced: float = True
    augmentation: Augmentation | None = None
    weight: float = 1.0
    soft: bool = False
    source: Literal["set", "useful", "duplicates"] = "set"
    blend: Literal["mixup", "cutmix"] | None = None
    strength: float = 1.0
    decay: float = 1.0

    @property
    def asks_teachers(self) -> bool:
        """Whether the mix needs teachers: classifiers of the synthetic images, trained on real."""
        return self.soft or self.source == "useful"

    def shares(self, num_classes: int) -> np.ndarray:
        """Return the share of synthetic images in the draws of each class."""
        return np.broadcast_to(self.share if self.real else 1.0, num_classes)


def missing_images(
    mix: DataMix, real: Images, synthetic: Images, num_classes: int
) -> Iterator[tuple[int, str]]:
    """Yield each class that a mix draws images from and that has none, with their kind."""
    counts = [images.class_counts(num_classes) for images in (real, synthetic)]
    for label, (num_real, num_synthetic, share) in enumerate(
        zip(*counts, mix.shares(num_classes), strict=True)
    ):
        if mix.real and not num_real:
            yield label, "real"
        if share and not num_synthetic:
            yield label, "synthetic"


class MixSampler:
    """Draws batches of a mix.

    Args:
        mix: The mix to draw.
        real: Real images.
        synthetic: Synthetic images.
        num_classes: Number of classes.
        seed: Seed of all draws.

    Raises:
        UsageError: A class has no image to draw.
    """

    def __init__(
        self, mix: DataMix, real: Images, synthetic: Images, num_classes: int, seed: int
    ) -> None:
        self.mix, self.random = mix, np.random.default_rng(seed)
        self.stores = real, synthetic
        self.pools = [
            [real.of(label), synthetic.of(label) + len(real.labels)] for label in range(num_classes)
        ]
        counts = np.array([len(real_rows) for real_rows, _ in self.pools], dtype=float)
        weights = counts ** (1 - mix.balanced)
        self.chances = weights / weights.sum()
        self.shares = mix.shares(num_classes)
        for label, kind in missing_images(mix, real, synthetic, num_classes):
            raise UsageError(
                f"class {label} has no {kind} image to train on; add some, or leave the class out"
            )

    @cached_property
    def images(self) -> Tensor:
        """All images, the real ones first."""
        return torch.cat([store.images for store in self.stores])

    @cached_property
    def labels(self) -> Tensor:
        """The classes of `images`."""
        return torch.cat([store.labels for store in self.stores])

    def targets(self, indices: Tensor) -> Tensor:
        """Return the targets of the images at these indices of `images`.

        Returns:
            `[n]` class indices. If synthetic images have soft labels or a weight, `[n, K]`
            probabilities times the weight, which scales the cross-entropy.
        """
        labels, soft = self.labels[indices], self.stores[1].targets
        if soft is None and self.mix.weight == 1:
            return labels
        targets = one_hot(labels, len(self.pools)).float()
        num_real = len(self.stores[0].labels)
        is_synthetic = indices >= num_real
        if soft is not None:
            targets[is_synthetic] = soft[indices[is_synthetic] - num_real]
        targets[is_synthetic] *= self.mix.weight
        return targets

    def blended(self, images: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Blend a batch `[n, C, S, S]` if the mix does; blended targets are `[n, K]`."""
        if self.mix.blend is None:
            return images, targets
        kind, alpha = MIXERS[self.mix.blend]
        with seeded(int(self.random.integers(2**31))):
            return kind(alpha=alpha, num_classes=len(self.pools))(images, targets)

    def with_seed(self, seed: int) -> "MixSampler":
        """Return a sampler of the same mix with another seed."""
        return MixSampler(self.mix, *self.stores, len(self.pools), seed)

    def counts(self, draws: int, views: int = 1) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield how often each real and each synthetic image is drawn, view by view.

        Args:
            draws: Number of images to draw, from the same distribution as in `batch`.
            views: Number of views of each image. The first is the image itself; augmented draws
                choose all views equally often.
        """
        draw_counts = np.zeros(sum(len(store.labels) for store in self.stores), dtype=np.int64)
        for label, count in enumerate(self.random.multinomial(draws, self.chances)):
            num_synthetic = self.random.binomial(count, self.shares[label])
            for pool, number in zip(
                self.pools[label], (count - num_synthetic, num_synthetic), strict=True
            ):
                if len(pool):
                    probabilities = np.full(len(pool), 1 / len(pool))
                    np.add.at(draw_counts, pool, self.random.multinomial(number, probabilities))
        chances = np.full(views, self.mix.strength / views)
        chances[0] += 1 - self.mix.strength
        for view_counts in self.random.multinomial(draw_counts, chances).T:
            real, synthetic = torch.from_numpy(view_counts).split(
                [len(x.labels) for x in self.stores]
            )
            yield real, synthetic

    def batch(self, size: int) -> tuple[Tensor, Tensor]:
        """Draw images `[size, C, S, S]` uint8 and their targets; see `targets`."""
        labels = self.random.choice(len(self.pools), size, p=self.chances)
        is_synthetic = self.random.random(size) < self.shares[labels]
        indices = torch.tensor(
            [
                self.random.choice(self.pools[y][int(m)])
                for y, m in zip(labels, is_synthetic, strict=True)
            ]
        )
        images = self.images[indices]
        if self.mix.augmentation is not None:
            images = self._augmented(images, self.mix.augmentation)
        return images, self.targets(indices)

    def _augmented(self, images: Tensor, augmentation: Augmentation) -> Tensor:
        augmentation.seed(int(self.random.integers(2**31)))
        pixels = np.ascontiguousarray(images.permute(0, 2, 3, 1).numpy())
        is_augmented = np.ones(len(pixels), dtype=bool)
        if self.mix.strength < 1:
            is_augmented = self.random.random(len(pixels)) < self.mix.strength
        augmented = np.stack(
            [
                augmentation(image) if augment else image
                for image, augment in zip(pixels, is_augmented, strict=True)
            ]
        )
        return torch.from_numpy(augmented).permute(0, 3, 1, 2)


def duplicates_of(real: Images, synthetic: Images, num_classes: int) -> Images:
    """Draw real images with replacement, matching the number of synthetic images of each class.

    The draw is the same for all seeds, just like the synthetic images.
    """
    random = np.random.default_rng(0)
    rows = [random.choice(real.of(label), len(synthetic.of(label))) for label in range(num_classes)]
    return real._replace(rows=torch.from_numpy(np.concatenate(rows)))
