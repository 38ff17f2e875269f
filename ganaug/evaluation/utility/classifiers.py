"""Builds and trains the classifiers of a study."""

import hashlib
import importlib
import inspect
from collections.abc import Callable, Iterator
from functools import partial
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from datamodules.plugins import OWN_PACKAGES
from ganaug.evaluation.features.cache import digest_of_network
from ganaug.evaluation.features.networks import DomainNetwork, images_in_a_pass
from ganaug.evaluation.features.training import OneCycle
from ganaug.evaluation.utility.sampling import DataMix, Images, MixSampler
from ganaug.utils.device import device_of
from ganaug.utils.errors import UsageError
from ganaug.utils.pixels import to_float
from ganaug.utils.plugins import find_modules_here
from ganaug.utils.pretrained import library_of, network_builder
from ganaug.utils.rng import seeded

Build = Callable[[int, int, int], nn.Module]
WITH_AUXILIARY = ("googlenet", "inception_v3")
CHOICES = "small, imagenet, timm:NAME, module:function or a classifier of torchvision"
BATCH = 64


@runtime_checkable
class Learner(Protocol):
    """A classifier with its own training procedure instead of gradient descent steps."""

    def learn(self, sampler: MixSampler, draws: int) -> None:
        """Learn from this many draws of a mix, continuing any earlier training."""
        ...

    def answer(self, images: Tensor) -> Tensor:
        """Return logits `[N, classes]` for images `[N, C, S, S]` uint8."""
        ...


@runtime_checkable
class Prepared(Protocol):
    """A classifier that needs its training data before the first step."""

    def prepare(self, sampler: MixSampler) -> None:
        """Prepare for training on a mix; does nothing if called again."""
        ...


def builder(name: str) -> Build:
    """Return the function that builds a classifier: `(channels, classes, image_size) -> module`.

    Args:
        name: `small`, a small convolutional network; a classifier of torchvision, such as
            `resnet18`, or of timm, such as `timm:resnet18`; or your own as `module:function`.

    Raises:
        UsageError: There is no such classifier.
    """
    if name == "small":
        return lambda channels, classes, size: DomainNetwork(channels, classes, size, width=24)
    library, network_name = library_of(name)
    if not library:
        return _import_builder(name)
    # Auxiliary classifiers would add outputs in training.
    plain = (
        {"aux_logits": False, "init_weights": True}
        if library == "torchvision" and network_name in WITH_AUXILIARY
        else {}
    )
    build = partial(network_builder(name, "classifier", CHOICES), **plain)
    return lambda channels, classes, size: Colored(build(num_classes=classes), channels)  # noqa: ARG005 - any does


def _import_builder(name: str) -> Build:
    module, _, function = name.partition(":")
    find_modules_here()
    try:
        build = getattr(importlib.import_module(module), function)
    except Exception as error:  # the user's own module may raise anything
        reason = f"{type(error).__name__}: {error}"
        raise UsageError(
            f"classifier {name} can't be imported ({reason}); give module:function, where `import "
            "module` works in this folder"
        ) from error
    if (package := module.partition(".")[0]) not in ("torch", "torchvision", "timm"):
        OWN_PACKAGES.add(package)
    if not callable(build):
        raise UsageError(f"classifier {name} is {build!r}; give a function that returns a network")
    return build


def digest_of_builder(build: Build, channels: int, size: int) -> str:
    """Return a hash of what a function builds: layers, initial weights, and code of its classes.

    Args:
        build: Returns a classifier.
        channels: Number of channels of the images.
        size: Side of the images in pixels.

    Returns:
        The hash; empty if the function fails, which the study reports before any training.
    """
    try:
        with seeded(0):
            network = build(channels, 2, size)
        kinds = {type(module) for module in network.modules()}
        own_kinds = [kind for kind in kinds if not kind.__module__.startswith("torch.")]
        sources = sorted(inspect.getsource(kind) for kind in own_kinds)
        parts = [repr(network), str(digest_of_network(network)), *sources]
    except Exception:  # a user's code may raise anything
        return ""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


class Colored(nn.Module):
    """Adapts a network of three channels to gray images.

    Args:
        network: Network for `[N, 3, S, S]`.
        channels: Number of channels of the images.
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
    """Train a classifier with `OneCycle`, or by its own procedure if it is a `Learner`.

    All draws are determined by the seed.

    Args:
        network: The classifier; its weights are changed.
        mix: The images to train on.
        real: The real training images.
        synthetic: The synthetic images.
        steps: Number of batches of 64.
        seed: Seed of draws and augmentation.
        num_classes: Number of classes.

    Returns:
        The network, in evaluation mode.
    """
    sampler = MixSampler(mix, real, synthetic, num_classes, seed)
    if isinstance(network, Learner):
        network.learn(sampler, steps * BATCH)
    else:
        for _ in training_steps(network, sampler, steps):
            pass
    return network.eval()


def training_steps(network: nn.Module, sampler: MixSampler, steps: int) -> Iterator[None]:
    """Train a classifier, yielding after each step."""
    if isinstance(network, Prepared):
        network.prepare(sampler)
    optimizer = OneCycle(network, steps)
    device = device_of(network)
    network.train().to(memory_format=torch.channels_last)
    for _ in range(steps):
        images, targets = (tensor.to(device) for tensor in sampler.batch(BATCH))
        images, targets = sampler.blended(to_float(images), targets)
        optimizer.step(cross_entropy(network(images).float(), targets))
        yield


@torch.no_grad()
def answers(network: nn.Module, images: Tensor) -> Tensor:
    """Return a classifier's logits `[N, classes]` for images `[N, C, S, S]` uint8."""
    if isinstance(network, Learner):
        return network.answer(images)
    device = device_of(network)
    batches = images.split(images_in_a_pass(images.shape[-1], device))
    return torch.cat([network(to_float(batch.to(device))).float().cpu() for batch in batches])
