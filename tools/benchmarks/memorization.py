"""The studies of memorization: the changed copies that are found, and the filter's rejections."""

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from benchmarks.metrics import digits
from benchmarks.scarce_metrics import all_flowers
from benchmarks.study import Metrics, Workspace
from datamodules.base import ImageDataModule
from ganaug.evaluation.features.domain import PURPOSES, network_of, train_domain_network
from ganaug.evaluation.features.imagenet import FeaturesName, ImageNetFeatures
from ganaug.evaluation.features.networks import MapNetwork
from ganaug.evaluation.memorization.detector import MemorizationDetector
from ganaug.synthesis.filters.memorization import MemorizationFilter
from ganaug.synthesis.sources.base import Batch
from ganaug.utils.pixels import to_float

# Number and side in pixels of the photographs, as in the study of 100 sunflowers.
REMEMBERED, SIDE = 100, 64
# Numbers of training digits, of planted copies, and of new real digits. Of 100 new digits, chance
# alone would reject 1 or 6.
KNOWN, PLANTED, OFFERED = 5_000, 100, 1_000


def changed(copies: Tensor, other_photos: Tensor) -> Iterator[tuple[str, Tensor]]:
    """Yield changed copies, by name of the change; the same at every call.

    Args:
        copies: `[N, 3, S, S]` in [-1, 1].
        other_photos: At least N other photographs, for mixing.
    """

    def brought_to(side: int, images: Tensor) -> Tensor:
        return interpolate(images, size=(side, side), mode="bilinear", antialias=True)

    side = copies.shape[-1]
    part, half = side // 8, side // 2
    noise = torch.randn(copies.shape, generator=torch.Generator().manual_seed(0))
    hidden = copies.clone()
    hidden[:, :, :half, :half] = 0
    yield "noise of 20 of 255 steps", copies + noise * 20 / 127.5
    yield "moved by a sixteenth", copies.roll((side // 16, side // 16), (2, 3))
    yield "cut to three quarters", brought_to(side, copies[:, :, part:-part, part:-part])
    yield "blurred", brought_to(side, brought_to(side * 5 // 16, copies))
    yield "darker", copies * 0.7 - 0.2
    yield "other colours", copies * torch.tensor([0.7, 1.0, 1.2])[:, None, None]
    yield "a quarter of another in it", torch.lerp(copies, other_photos[: len(copies)], 0.25)
    yield "a quarter hidden", hidden


def found_of_each_kind(features: FeaturesName) -> Callable[[Workspace], Metrics]:
    """Return a study that detects changed copies of 100 flowers per class, and new flowers."""

    def measure(workspace: Workspace) -> Metrics:
        random = torch.Generator().manual_seed(workspace.seed)
        mixed = [
            images[torch.randperm(len(images), generator=random)]
            for images in kinds(all_flowers(workspace, SIDE))
        ]
        network = network_for(features, [images[:REMEMBERED] for images in mixed])
        shares: dict[str, list[float]] = {}
        for images in mixed:
            train, unseen = images[:REMEMBERED], images[REMEMBERED:]
            memory = MemorizationDetector(network, train=train, held_out=unseen[::2])
            planted = dict(changed(to_float(train), to_float(unseen)))
            for name, offered in {**planted, "new real ones": unseen[1::2]}.items():
                shares.setdefault(name, []).append(100 * memory.judge(offered).copies)
        return {f"{name} %": sum(values) / len(values) for name, values in shares.items()}

    return measure


def network_for(features: FeaturesName, remembered: Sequence[Tensor]) -> MapNetwork:
    """Return ImageNet's network, or a domain network trained as for a user.

    It is trained on the remembered images only: it must not have seen the new ones.
    """
    if features != "domain":
        return ImageNetFeatures(features)
    labels = [torch.full((len(images),), label) for label, images in enumerate(remembered)]
    settings = PURPOSES["evaluate"]
    network, report = train_domain_network(
        torch.cat([*remembered]),
        torch.cat(labels),
        len(remembered),
        seed=settings.seed,
        width=settings.width,
    )
    network.report = report
    return network


def kinds(flowers: ImageDataModule) -> Iterator[Tensor]:
    """Yield all images of each class, from all splits."""
    splits = [flowers.images(split) for split in ("train", "validation", "test")]
    images, labels = (torch.cat(tensors) for tensors in zip(*splits, strict=True))
    for label in labels.unique():
        yield images[labels == label]


def by_the_filter(workspace: Workspace) -> Metrics:
    """Apply the filter to training digits as samples, and to new real digits."""
    data = digits(workspace)
    random = torch.Generator().manual_seed(workspace.seed)
    train, test = (
        images[torch.randperm(len(images), generator=random)]
        for images in (data.images(split)[0] for split in ("train", "test"))
    )
    train = train[:KNOWN]
    network = network_of(data, "gate", "cpu")
    memory = MemorizationDetector(network, train=train, held_out=test[OFFERED:])
    screen = MemorizationFilter(memory, [""] * len(train), memorized=True, outliers=False)

    def passed(images: Tensor) -> float:
        verdict = screen.judge(Batch(0, range(len(images)), images)).passed["memorized"]
        return 100 * float(verdict.double().mean())

    return {
        "planted training images rejected %": 100 - passed(train[:PLANTED]),
        "new real ones passed %": passed(test[:OFFERED]),
    }
