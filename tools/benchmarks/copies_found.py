"""The study of copies of photographs: which are found, changed as a generator may change them."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from benchmarks.scarce_figures import all_flowers
from benchmarks.study import Figures, Places, Study

if TYPE_CHECKING:
    from torch import Tensor

    from datamodules.image_folder import ImageFolderDataModule
    from ganaug.evaluation.features.imagenet import FeaturesName

# As in the study of 100 sunflowers: their number, and their side in pixels.
REMEMBERED, SIDE = 100, 64


def changed(copies: "Tensor", others: "Tensor") -> "Iterator[tuple[str, Tensor]]":
    """Change copies in one way after another, the same at every call.

    Args:
        copies: `[N, 3, S, S]` in [-1, 1].
        others: At least as many photographs, to mix in.
    """
    import torch
    from torch.nn.functional import interpolate

    def brought_to(side: int, images: "Tensor") -> "Tensor":
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
    yield "a quarter of another in it", torch.lerp(copies, others[: len(copies)], 0.25)
    yield "a quarter hidden", hidden


def found_of_each_kind(features: "FeaturesName") -> Callable[[Places], Figures]:
    """Plant changed copies of 100 flowers of each kind, and offer as new what was never shown."""

    def measure(places: Places) -> Figures:
        import torch

        from ganaug.evaluation.features.domain import network_named
        from ganaug.evaluation.memorization.detector import MemorizationDetector
        from ganaug.utils.pixels import to_float

        flowers = all_flowers(places, SIDE)
        network = network_named(features, flowers, "evaluate", "cpu")
        random = torch.Generator().manual_seed(places.seed)
        shares: dict[str, list[float]] = {}
        for images in kinds(flowers):
            mixed = images[torch.randperm(len(images), generator=random)]
            train, rest = mixed[:REMEMBERED], mixed[REMEMBERED:]
            memory = MemorizationDetector(network, train=train, held_out=rest[::2])
            planted = dict(changed(to_float(train), to_float(rest)))
            for name, offered in {**planted, "new real ones": rest[1::2]}.items():
                shares.setdefault(name, []).append(100 * memory.judge(offered).copies)
        return {f"{name} %": sum(each) / len(each) for name, each in shares.items()}

    return measure


def kinds(flowers: "ImageFolderDataModule") -> "Iterator[Tensor]":
    """All images of each class in turn, of whichever split."""
    import torch

    splits = [flowers.images(split) for split in ("train", "validation", "test")]
    images, labels = (torch.cat(each) for each in zip(*splits, strict=True))
    for label in labels.unique():
        yield images[labels == label]


COPIES_STUDIES = {
    "copies_found_by_domain": Study(None, found_of_each_kind("domain")),
    "copies_found_by_imagenet": Study(None, found_of_each_kind("imagenet")),
}
