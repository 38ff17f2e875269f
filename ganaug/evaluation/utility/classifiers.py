"""The classifiers that synthetic images are to help: how they are built, fed and trained."""

import importlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from ganaug.evaluation.features.networks import DomainNetwork
from ganaug.evaluation.features.training import OneCycle
from ganaug.protocols import Augmentation
from ganaug.utils.errors import UsageError
from ganaug.utils.pixels import to_float
from ganaug.utils.pretrained import library_of, network_builder

Build = Callable[[int, int, int], nn.Module]
HALF_WAY = ("googlenet", "inception_v3")
CHOICES = "small, imagenet, timm:NAME, module:function or a classifier of torchvision"
_BATCH = 64


class Images(NamedTuple):
    """Labelled images: `[N, C, S, S]` uint8 and `[N]` class indices."""

    images: Tensor
    labels: Tensor


@runtime_checkable
class Learner(Protocol):
    """A classifier that brings a training of its own in place of steps of gradient descent."""

    def learn(self, sampler: "MixSampler", draws: int) -> None:
        """Learn from so many draws of a mix, starting from what was learned before."""
        ...

    def answer(self, images: Tensor) -> Tensor:
        """Return logits `[N, classes]` for images `[N, C, S, S]` uint8."""
        ...


@dataclass(frozen=True)
class DataMix:
    """What a classifier is trained on: the mix of real and synthetic images.

    Attributes:
        real: Whether with real images at all.
        share: Share of the draws that are synthetic: the same in every class, or one of each.
        balanced: Whether classes are drawn equally often, and not as they occur.
        augmentation: Classical augmentation of all that is drawn, real or not.
    """

    real: bool = True
    share: float | tuple[float, ...] = 0.0
    balanced: bool = True
    augmentation: Augmentation | None = None


def builder(name: str) -> Build:
    """Return what builds a classifier: `(channels, classes, image_size) -> module`.

    Args:
        name: `small`, a small convolutional network; a classifier of torchvision, such as
            `resnet18`, or of timm, such as `timm:resnet18`; or your own as `module:function`.

    Raises:
        UsageError: There is no such classifier.
    """
    if name == "small":
        return lambda channels, classes, size: DomainNetwork(channels, classes, size, width=24)
    library, own = library_of(name)
    if not library:
        return _own(name)
    # Those with classifiers half-way give three answers in training, and one afterwards.
    plain = (
        {"aux_logits": False, "init_weights": True}
        if library == "torchvision" and own in HALF_WAY
        else {}
    )
    build = partial(network_builder(name, "classifier", CHOICES), **plain)
    return lambda channels, classes, size: Coloured(build(num_classes=classes), channels)  # noqa: ARG005 - any does


def _own(name: str) -> Build:
    module, _, function = name.partition(":")
    # Where the user stands, as with `python -m`.
    sys.path.insert(0, "")
    try:
        return getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        raise UsageError(f"classifier {name}: {error}") from error


class Coloured(nn.Module):
    """Gives a network of three channels grey images as well.

    Args:
        network: Takes `[N, 3, S, S]`.
        channels: Of the images.
    """

    def __init__(self, network: nn.Module, channels: int) -> None:
        super().__init__()
        self.network, self.copies = network, 3 // channels

    def forward(self, images: Tensor) -> Tensor:
        """Map `[N, C, S, S]` to logits."""
        return self.network(images.repeat(1, self.copies, 1, 1))


def train(
    network: nn.Module,
    mix: DataMix,
    real: Images,
    synthetic: Images,
    *,
    steps: int,
    seed: int,
    num_classes: int,
) -> nn.Module:
    """Train a classifier for a number of steps, the same for every mix.

    As `OneCycle` optimizes, or as the classifier itself learns; all draws are functions of the
    seed.

    Args:
        network: The classifier; its weights are changed.
        mix: What it is trained on.
        real: The real training images.
        synthetic: The synthetic ones.
        steps: Batches of 64.
        seed: Of order and augmentation.
        num_classes: Classes.

    Returns:
        The network, in evaluation mode.
    """
    sampler = MixSampler(mix, real, synthetic, num_classes, seed)
    if isinstance(network, Learner):
        network.learn(sampler, steps * _BATCH)
    else:
        for _ in training_steps(network, sampler, steps):
            pass
    return network.eval()


def training_steps(network: nn.Module, sampler: "MixSampler", steps: int) -> Iterator[None]:
    """Train a classifier step by step."""
    optimizer = OneCycle(network, steps)
    device = next(network.parameters()).device
    network.train().to(memory_format=torch.channels_last)
    for _ in range(steps):
        images, labels = (each.to(device) for each in sampler.batch(_BATCH))
        optimizer.step(cross_entropy(network(to_float(images)).float(), labels))
        yield


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
        labels = [each.labels.numpy() for each in (real, synthetic)]
        self.pools = [
            [
                np.flatnonzero(own == label) + start
                for own, start in zip(labels, (0, len(labels[0])), strict=True)
            ]
            for label in range(num_classes)
        ]
        counts = np.bincount(labels[0], minlength=num_classes).astype(float)
        self.chances = np.full(num_classes, 1 / num_classes)
        if not mix.balanced:
            self.chances = counts / counts.sum()
        self.shares = np.broadcast_to(mix.share if mix.real else 1.0, num_classes)
        for label, (own, made) in enumerate(self.pools):
            if (mix.real and not len(own)) or (self.shares[label] and not len(made)):
                raise UsageError(f"class {label} has no image for this arm of the study")

    @cached_property
    def images(self) -> Tensor:
        """One store: the real images first, then the synthetic ones."""
        return torch.cat([each.images for each in self.stores])

    def with_seed(self, seed: int) -> "MixSampler":
        """Return a sampler of the same mix with draws of another seed."""
        return MixSampler(self.mix, *self.stores, len(self.pools), seed)

    def counts(self, draws: int, views: int = 1) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield how often each real and each synthetic image is drawn, view by view.

        Args:
            draws: Images to draw, as `batch` does.
            views: Views of each image, drawn equally often.
        """
        found = np.zeros(sum(len(each.labels) for each in self.stores), dtype=np.int64)
        for label, count in enumerate(self.random.multinomial(draws, self.chances)):
            made = self.random.binomial(count, self.shares[label])
            for pool, number in zip(self.pools[label], (count - made, made), strict=True):
                if len(pool):
                    even = np.full(len(pool), 1 / len(pool))
                    found[pool] = self.random.multinomial(number, even)
        for own in self.random.multinomial(found, np.full(views, 1 / views)).T:
            real, synthetic = torch.from_numpy(own).split([len(x.labels) for x in self.stores])
            yield real, synthetic

    def batch(self, size: int) -> tuple[Tensor, Tensor]:
        """Draw images `[size, C, S, S]` uint8 and labels `[size]`."""
        labels = self.random.choice(len(self.pools), size, p=self.chances)
        made = self.random.random(size) < self.shares[labels]
        places = [
            self.random.choice(self.pools[y][int(m)]) for y, m in zip(labels, made, strict=True)
        ]
        images = self.images[torch.tensor(places)]
        if self.mix.augmentation is not None:
            images = self._changed(images, self.mix.augmentation)
        return images, torch.from_numpy(labels)

    def _changed(self, images: Tensor, augmentation: Augmentation) -> Tensor:
        augmentation.seed(int(self.random.integers(2**31)))
        pixels = np.ascontiguousarray(images.permute(0, 2, 3, 1).numpy())
        changed = np.stack([augmentation(image) for image in pixels])
        return torch.from_numpy(changed).permute(0, 3, 1, 2)


@torch.no_grad()
def answers(network: nn.Module, images: Tensor) -> Tensor:
    """Return a classifier's logits `[N, classes]` for images `[N, C, S, S]` uint8."""
    if isinstance(network, Learner):
        return network.answer(images)
    device = next(network.parameters()).device
    parts = (network(to_float(batch.to(device))).float().cpu() for batch in images.split(500))
    return torch.cat([*parts])
