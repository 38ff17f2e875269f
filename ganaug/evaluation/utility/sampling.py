"""What classifiers are trained on: mixes of real and synthetic images, drawn in batches."""

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

# With the alpha of torchvision's own recipes.
BLENDS = {"mixup": (v2.MixUp, 0.2), "cutmix": (v2.CutMix, 1.0)}


class Images(NamedTuple):
    """Labelled images.

    Attributes:
        images: `[N, C, S, S]` uint8.
        labels: `[N]` class indices.
        targets: `[N, K]` probabilities to learn in the place of the labels.
        rows: Indices of the images to draw from, repeated to draw one more often; all by default.
    """

    images: Tensor
    labels: Tensor
    targets: Tensor | None = None
    rows: Tensor | None = None

    def of(self, label: int) -> np.ndarray:
        """Return the rows of a class that are drawn."""
        rows = torch.arange(len(self.labels)) if self.rows is None else self.rows
        return rows[self.labels[rows] == label].numpy()


@dataclass(frozen=True)
class DataMix:
    """What a classifier is trained on: the mix of real and synthetic images.

    Attributes:
        real: Whether with real images at all.
        share: Share of the draws that are synthetic: the same in every class, or one of each.
        balanced: Whether classes are drawn equally often (1), as they occur (0), or in between:
            each by its number of real images to the power of 1 - balanced.
        augmentation: Classical augmentation of all that is drawn, real or not.
        weight: Of a synthetic image in the loss, where a real one has 1.
        soft: Whether synthetic images are learned by the teachers' probabilities.
        source: What is drawn as synthetic: the set, what teachers find useful of it, or duplicates
            of real images, as many.
        blend: How each image of a batch is mixed with another one.
        strength: Share of the images that are augmented at all.
        decay: Factor on the usual regularization of a linear head on frozen features.
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
        """Whether classifiers that were trained on real images are asked about synthetic ones."""
        return self.soft or self.source == "useful"


class MixSampler:
    """Draws batches of a mix.

    Args:
        mix: What to draw.
        real: Real images.
        synthetic: Synthetic images.
        num_classes: Classes.
        seed: Of all draws.

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
        counts = np.array([len(own) for own, _ in self.pools], dtype=float)
        weights = counts ** (1 - mix.balanced)
        self.chances = weights / weights.sum()
        self.shares = np.broadcast_to(mix.share if mix.real else 1.0, num_classes)
        for label, (own, made) in enumerate(self.pools):
            if (mix.real and not len(own)) or (self.shares[label] and not len(made)):
                raise UsageError(f"class {label} has no image for this arm of the study")

    @cached_property
    def images(self) -> Tensor:
        """One store: the real images first, then the synthetic ones."""
        return torch.cat([each.images for each in self.stores])

    @cached_property
    def labels(self) -> Tensor:
        """The classes of `images`."""
        return torch.cat([each.labels for each in self.stores])

    def targets(self, places: Tensor) -> Tensor:
        """Return what is learned of some of `images`.

        Returns:
            `[n]` class indices; `[n, K]` where synthetic images have soft labels or a weight, each
            row the probabilities times the weight, by which cross-entropy is multiplied then.
        """
        labels, soft = self.labels[places], self.stores[1].targets
        if soft is None and self.mix.weight == 1:
            return labels
        found = one_hot(labels, len(self.pools)).float()
        real = len(self.stores[0].labels)
        made = places >= real
        if soft is not None:
            found[made] = soft[places[made] - real]
        found[made] *= self.mix.weight
        return found

    def blended(self, images: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Mix a batch `[n, C, S, S]` float32 as the mix says; its targets are then `[n, K]`."""
        if self.mix.blend is None:
            return images, targets
        kind, alpha = BLENDS[self.mix.blend]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(self.random.integers(2**31)))
            return kind(alpha=alpha, num_classes=len(self.pools))(images, targets)

    def with_seed(self, seed: int) -> "MixSampler":
        """Return a sampler of the same mix with draws of another seed."""
        return MixSampler(self.mix, *self.stores, len(self.pools), seed)

    def counts(self, draws: int, views: int = 1) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield how often each real and each synthetic image is drawn, view by view.

        Args:
            draws: Images to draw, as `batch` does.
            views: Views of each image; augmented draws take each equally often, and the first is
                the image itself.
        """
        found = np.zeros(sum(len(each.labels) for each in self.stores), dtype=np.int64)
        for label, count in enumerate(self.random.multinomial(draws, self.chances)):
            made = self.random.binomial(count, self.shares[label])
            for pool, number in zip(self.pools[label], (count - made, made), strict=True):
                if len(pool):
                    even = np.full(len(pool), 1 / len(pool))
                    np.add.at(found, pool, self.random.multinomial(number, even))
        chances = np.full(views, self.mix.strength / views)
        chances[0] += 1 - self.mix.strength
        for own in self.random.multinomial(found, chances).T:
            real, synthetic = torch.from_numpy(own).split([len(x.labels) for x in self.stores])
            yield real, synthetic

    def batch(self, size: int) -> tuple[Tensor, Tensor]:
        """Draw images `[size, C, S, S]` uint8 and their targets; see `targets`."""
        labels = self.random.choice(len(self.pools), size, p=self.chances)
        made = self.random.random(size) < self.shares[labels]
        places = torch.tensor(
            [self.random.choice(self.pools[y][int(m)]) for y, m in zip(labels, made, strict=True)]
        )
        images = self.images[places]
        if self.mix.augmentation is not None:
            images = self._changed(images, self.mix.augmentation)
        return images, self.targets(places)

    def _changed(self, images: Tensor, augmentation: Augmentation) -> Tensor:
        augmentation.seed(int(self.random.integers(2**31)))
        pixels = np.ascontiguousarray(images.permute(0, 2, 3, 1).numpy())
        some = np.ones(len(pixels), dtype=bool)
        if self.mix.strength < 1:
            some = self.random.random(len(pixels)) < self.mix.strength
        changed = np.stack(
            [augmentation(own) if its else own for own, its in zip(pixels, some, strict=True)]
        )
        return torch.from_numpy(changed).permute(0, 3, 1, 2)


def duplicates_of(real: Images, synthetic: Images, num_classes: int) -> Images:
    """Return as many real images as there are synthetic ones of each class, drawn with repetition.

    Which are drawn is the same for all seeds, as with synthetic images.
    """
    random = np.random.default_rng(0)
    rows = [random.choice(real.of(label), len(synthetic.of(label))) for label in range(num_classes)]
    return real._replace(rows=torch.from_numpy(np.concatenate(rows)))
