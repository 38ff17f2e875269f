"""The figures by which models earn their rows, each measured on a fitted run."""

import json
import statistics
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.study import Figures, Places, curve, run_tool
from ganaug.evaluation.features.domain import network_of

if TYPE_CHECKING:
    from torch import Tensor

    from datamodules.base import ImageDataModule
    from ganaug.training.checkpoints import Card


def labels_hold(places: Places) -> Figures:
    """Measure agreement with the class asked for, and FID beside its floor, on 5,000 samples."""
    run_tool(places.home, "synthesize", "--ckpt", places.run, "--out", "expanded",
             "--per-class", 500)  # fmt: skip
    where = ["--data-root", places.mnist] if places.mnist else []
    run_tool(places.home, "evaluate", "--synthetic", "expanded", "--real", "mnist", *where)
    metrics = json.loads((places.home / "expanded" / "metrics.json").read_text())
    agreed = metrics["agreement"]
    fid = next(each for each in metrics["metrics"] if each["name"] == "fid")
    return {
        "agreement %": 100 * agreed["overall"],
        "worst class %": 100 * min(agreed["per_class"].values()),
        "domain FID": fid["value"],
        "real baseline": fid["real_baseline"]["value"],
    }


def nearest_neighbour(places: Places) -> Figures:
    """Measure agreement, and the nearest-neighbour test of Radford et al. on 50,000 samples."""
    import torch

    from ganaug.evaluation.memorization.nearest import nearest_neighbour_error

    data = digits(places)
    test = data.images("test")
    classes = data.num_classes
    labels = torch.arange(classes).repeat_interleave(50_000 // classes)
    images = samples(places, labels)
    return {
        **labels_hold(places),
        "1-NN error %": 100 * nearest_neighbour_error(images, labels, *test),
        "1-NN error of real %": 100 * nearest_neighbour_error(*data.images("train"), *test),
    }


def critic_follows(places: Places) -> Figures:
    """Measure agreement, and how the critic's distance and FID rank together over training."""
    from scipy.stats import spearmanr

    losses = curve(places.run, "discriminator/loss")
    fids = curve(places.run, "fidelity/domain_fid")
    # The critic's distance at an epoch's end: the mean of what was logged during the epoch.
    distances, before = [], -1
    for step, _ in fids:
        distances.append(-statistics.fmean(v for s, v in losses if before < s <= step))
        before = step
    rank = spearmanr(distances, [fid for _, fid in fids]).statistic
    return {**labels_hold(places), "rank correlation": float(rank)}


def bound(places: Places) -> Figures:
    """Read the bound on the binarized test set, and its two terms."""
    terms = ("negative_elbo", "reconstruction", "kl")
    return {f"{name} nats": curve(places.run, f"test/{name}")[-1][1] for name in terms}


def digits_fidelity(places: Places) -> Figures:
    """Measure the FID of 5,000 samples without labels, on domain features."""
    from ganaug.utils.pixels import to_float

    return {"domain FID": domain_fid(digits(places), to_float(samples(places, None, 5000)))}


def domain_fid(data: Any, images: "Tensor") -> float:
    """Measure images `[N, C, S, S]` in [-1, 1] against a data module's test images."""
    from ganaug.evaluation.monitor import FidelityMonitor

    network = network_of(data, "evaluate", "cpu")
    return FidelityMonitor(network, *data.images("test"), metrics=["fid"]).score(images)["fid"]


def finer_than_coarse(places: Places) -> Figures:
    """Measure the KID of the flowers drawn, and of their coarse level alone, upsampled."""
    import torch

    from datamodules.image_folder import ImageFolderDataModule
    from ganaug.evaluation.features.networks import read_features
    from ganaug.evaluation.metrics.kid import kid
    from ganaug.utils.pixels import to_float, to_uint8
    from ganaug.utils.rng import stream

    model, card = fitted(places)
    data = ImageFolderDataModule(**card.data["init_args"])
    features = network_of(data, "evaluate", "cpu")
    reference, labels = data.images("test")
    latents = torch.randn(len(labels), model.latent_dim, generator=stream(0))
    real = read_features(features, reference)[0]

    def distance(images: "Tensor") -> float:
        torch.manual_seed(0)
        return kid(real, read_features(features, to_uint8(images))[0])[0]

    chosen = data.images("train", limit=len(labels))[0]
    levels = len(model.sides) - 1
    return {
        "KID": distance(model.sample(latents, labels)),
        "KID of the coarse level": distance(model.coarse(latents, labels)),
        "KID of real images": distance(to_float(chosen)),
        "KID of real images made as coarse": distance(_as_coarse(to_float(chosen), levels)),
    }


def _as_coarse(images: "Tensor", levels: int) -> "Tensor":
    from ganaug.networks.pyramid import pyramid_of, upsampled

    coarse, _ = pyramid_of(images, levels)
    for _ in range(levels):
        coarse = upsampled(coarse)
    return coarse


def few_labels(places: Places) -> Figures:
    """Read the accuracy on MNIST's test images, and that of the same classifier without others.

    The second fit sees the labelled images alone, as they come, for 1,000 batches; the game and
    the agreement count nothing in it.
    """
    alone = places._replace(home=places.home / "labelled_alone")
    alone.home.mkdir()
    root = ["--data.root", places.mnist] if places.mnist else []
    alone.fit(
        *("--model", "sgan", *root, "--data.subset_seed", places.seed),
        *("--data.per_class", 10, "--data.batch_size", 100),
        *("--model.unlabelled_weight", 0, "--model.consistency_weight", 0),
        *("--data.epoch_images", 20_000, "--trainer.max_epochs", 5),
    )
    return {
        "accuracy %": 100 * curve(places.run, "test/accuracy")[-1][1],
        "with the labelled images alone %": 100 * curve(alone.run, "test/accuracy")[-1][1],
    }


def change_undone(places: Places) -> Figures:
    """Turn test digits, undo the known change, and ask whether they still read the same.

    Beside it the same for digits that were truly changed, which bounds what can be expected.
    """
    import torch
    from torch.nn.functional import max_pool2d

    from datamodules.unpaired_digits import UnpairedDigitsDataModule, thicken_and_invert
    from ganaug.evaluation.features.networks import read_features
    from ganaug.utils.pixels import to_float, to_uint8

    plain = digits(places)
    judge = network_of(plain, "judge", "cpu")
    label_of = dict(zip(plain.paths("test"), plain.images("test")[1].tolist(), strict=True))
    kinds = UnpairedDigitsDataModule(root=places.mnist)
    images, kind = kinds.images("test")
    unchanged = (kind == 0).nonzero().squeeze(1)
    truth = torch.tensor([label_of[kinds.paths("test")[place]] for place in unchanged.tolist()])

    def reads(pixels: "Tensor") -> float:
        # Thick black strokes on white, thinned and inverted.
        undone = 255 - max_pool2d(pixels.float(), 3, stride=1, padding=1)
        said = read_features(judge, undone.to(torch.uint8))[1].argmax(1)
        return 100 * (said == truth).double().mean().item()

    source = images[unchanged]
    model, _ = fitted(places)
    turned = model.translate(
        to_float(source), torch.ones_like(unchanged), torch.empty(len(source), 0)
    )
    return {
        "class agreement %": reads(to_uint8(turned)),
        "of digits truly changed %": reads(thicken_and_invert(source)),
    }


def fitted(places: Places, run: Path | None = None) -> "tuple[Any, Card]":
    """The fitted model of a run, the study's first by default, and its card."""
    from ganaug.training.checkpoints import load
    from ganaug.training.fitted import find_checkpoint

    checkpoint = load(find_checkpoint(run or places.run))
    return checkpoint.model, checkpoint.card


def digits(places: Places, **settings: Any) -> "ImageDataModule":
    """MNIST as it is, or with other settings of its data module."""
    from datamodules.mnist import MNISTDataModule

    return MNISTDataModule(root=places.mnist, **settings)


def samples(places: Places, labels: "Tensor | None", count: int = 0) -> "Tensor":
    """Draw images `[N, C, S, S]` uint8: one a label, or `count` without labels."""
    import torch

    from ganaug.utils.pixels import to_uint8
    from ganaug.utils.rng import stream

    model, _ = fitted(places)
    count = count if labels is None else len(labels)
    latents = torch.randn(count, model.latent_dim, generator=stream(places.seed)).split(500)
    wanted = [None] * len(latents) if labels is None else labels.split(500)
    return torch.cat([to_uint8(model.sample(z, y)) for z, y in zip(latents, wanted, strict=True)])
