"""The metrics of the studies of single models, measured on a fitted run."""

import statistics
from collections.abc import Sequence
from typing import Any

import torch
from scipy.stats import spearmanr
from torch import Tensor
from torch.nn.functional import max_pool2d

import ganaug
from benchmarks.study import Metrics, Workspace, curve
from datamodules.base import ImageDataModule
from datamodules.unpaired_digits import UnpairedDigitsDataModule, thicken_and_invert
from ganaug.evaluation.features.domain import network_of
from ganaug.evaluation.features.networks import FeatureNetwork, read_features
from ganaug.evaluation.memorization.nearest import nearest_neighbor_error
from ganaug.evaluation.metrics.kid import kid
from ganaug.evaluation.monitor import FidelityMonitor
from ganaug.evaluation.result import Evaluation
from ganaug.networks.pyramid import pyramid_of, upsampled
from ganaug.utils.pixels import to_float, to_uint8
from ganaug.utils.rng import stream


def labels_hold(workspace: Workspace) -> Metrics:
    """Measure agreement with the requested class, and FID with its baseline, on 5,000 images."""
    dataset = ganaug.synthesize(workspace.run, workspace.home / "expanded", per_class=500)
    result = ganaug.evaluate(dataset, "mnist", data_root=workspace.mnist, features="domain")
    fid: Any = result["fid"]
    agreement: Any = result.agreement
    return {
        **with_interval("agreement %", agreement.overall, agreement.interval, 100),
        "worst class %": 100 * min(agreement.per_class.values()),
        **with_interval("domain FID", fid.value, fid.interval),
        "real baseline": fid.real_baseline.value,
    }


def labels_as_printed(workspace: Workspace) -> str:
    """Return what `evaluate` prints of the images that `labels_hold` measured."""
    return str(Evaluation.from_json(workspace.home / "expanded" / "metrics.json"))


def nearest_neighbor(workspace: Workspace) -> Metrics:
    """Measure agreement, and the nearest-neighbor test of Radford et al. on 50,000 samples."""
    data = digits(workspace)
    test = data.images("test")
    images, labels = samples(workspace, 5_000)
    return {
        **labels_hold(workspace),
        "1-NN error %": 100 * nearest_neighbor_error(images, labels, *test),
        "1-NN error of real %": 100 * nearest_neighbor_error(*data.images("train"), *test),
    }


def critic_follows(workspace: Workspace) -> Metrics:
    """Measure agreement, and the rank correlation of critic distance and FID over training."""
    losses = curve(workspace.run, "discriminator/loss")
    fids = curve(workspace.run, "fidelity/domain_fid")
    # The critic's distance of an epoch is the mean of its logged values.
    distances, previous = [], -1
    for step, _ in fids:
        distances.append(-statistics.fmean(v for s, v in losses if previous < s <= step))
        previous = step
    rank = spearmanr(distances, [fid for _, fid in fids]).statistic
    return {**labels_hold(workspace), "rank correlation": float(rank)}


def bound(workspace: Workspace) -> Metrics:
    """Read the evidence lower bound on the binarized test set, and its two terms."""
    terms = ("negative_elbo", "reconstruction", "kl")
    return {f"{name} nats": curve(workspace.run, f"test/{name}")[-1][1] for name in terms}


def digits_fidelity(workspace: Workspace) -> Metrics:
    """Measure the FID of 5,000 samples without labels, on domain features."""
    images, _ = samples(workspace, 5_000)
    return {"domain FID": domain_fid(digits(workspace), to_float(images))}


def domain_fid(data: Any, images: Tensor) -> float:
    """Measure images `[N, C, S, S]` in [-1, 1] against a data module's test images."""
    network = network_of(data, "evaluate", "cpu")
    return FidelityMonitor(network, *data.images("test"), metrics=["fid"]).score(images)["fid"]


def finer_than_coarse(workspace: Workspace) -> Metrics:
    """Measure the KID of generated flowers, and of their upsampled coarse level alone."""
    checkpoint = ganaug.load(workspace.run)
    model: Any = checkpoint.model
    data = ganaug.ImageFolder(**checkpoint.card.data["init_args"])
    network = network_of(data, "evaluate", "cpu")
    reference, labels = data.images("test")
    latents = torch.randn(len(labels), model.latent_dim, generator=stream(0))
    (real,) = features(network, reference)
    real_images = to_float(data.images("train", limit=len(labels))[0])
    coarse, steps = pyramid_of(real_images, len(model.sides) - 1)
    for _ in steps:
        coarse = upsampled(coarse)

    def distance(images: Tensor) -> float:
        torch.manual_seed(0)
        return kid(real, *features(network, to_uint8(images)))[0]

    return {
        "KID": distance(model.sample(latents, labels)),
        "KID of the coarse level": distance(model.coarse(latents, labels)),
        "KID of real images": distance(real_images),
        "KID of real images made as coarse": distance(coarse),
    }


def few_labels(workspace: Workspace) -> Metrics:
    """Read the accuracy on MNIST's test images, with and without unlabeled images.

    The second fit sees only the labeled images, for 1,000 batches, with zero weights for the game
    and for consistency.
    """
    labeled_run = workspace.fit(
        f"--model sgan {'--data.root $mnist' if workspace.mnist else ''} "
        "--data.subset_seed $seed --data.per_class 10 --data.batch_size 100 "
        "--model.unlabelled_weight 0 --model.consistency_weight 0 "
        "--data.epoch_images 20000 --trainer.max_epochs 5"
    )
    return {
        "accuracy %": 100 * curve(workspace.run, "test/accuracy")[-1][1],
        "with the labelled images alone %": 100 * curve(labeled_run, "test/accuracy")[-1][1],
    }


def change_undone(workspace: Workspace) -> Metrics:
    """Translate test digits, undo the known change, and measure the agreement of their classes.

    The upper bound is the agreement for digits changed by the known function.
    """
    plain = digits(workspace)
    judge = network_of(plain, "judge", "cpu")
    label_of = dict(zip(plain.paths("test"), plain.images("test")[1].tolist(), strict=True))
    kinds = UnpairedDigitsDataModule(root=workspace.mnist)
    images, kind = kinds.images("test")
    unchanged = (kind == 0).nonzero().squeeze(1)
    truth = torch.tensor([label_of[kinds.paths("test")[index]] for index in unchanged.tolist()])

    def reads(pixels: Tensor) -> float:
        # Thick black strokes on white, thinned and inverted.
        undone = 255 - max_pool2d(pixels.float(), 3, stride=1, padding=1)
        predictions = classes_read(judge, undone.to(torch.uint8))
        return 100 * (predictions == truth).double().mean().item()

    source = images[unchanged]
    model: Any = ganaug.load(workspace.run).model
    translated = model.translate(
        to_float(source), torch.ones_like(unchanged), torch.empty(len(source), 0)
    )
    return {
        "class agreement %": reads(to_uint8(translated)),
        "of digits truly changed %": reads(thicken_and_invert(source)),
    }


def with_interval(
    name: str, value: float, interval: Sequence[float] | None, scale: float = 1
) -> Metrics:
    """Return a value and its 95% interval, if it has one."""
    ends = zip((f"{name}, lower", f"{name}, upper"), interval or (), strict=False)
    return {name: scale * value, **{key: scale * end for key, end in ends}}


def digits(workspace: Workspace, **settings: Any) -> ImageDataModule:
    """Return MNIST's data module."""
    return ganaug.MNIST(root=workspace.mnist, **settings)


def samples(workspace: Workspace, per_class: int) -> tuple[Tensor, Tensor]:
    """Generate images of each class with the study's model; return uint8 images and labels."""
    return ganaug.load(workspace.run).sample(per_class, seed=workspace.seed)


def features(network: FeatureNetwork, *sets: Tensor) -> list[Tensor]:
    """Return the features of sets of uint8 images."""
    return [read_features(network, images)[0] for images in sets]


def classes_read(network: FeatureNetwork, images: Tensor) -> Tensor:
    """Return the class that a network predicts for each uint8 image."""
    return read_features(network, images)[1].argmax(1)
