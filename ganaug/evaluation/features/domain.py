"""Domain features: a network trained on the real images themselves, and cached."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ganaug.evaluation.features import cache
from ganaug.evaluation.features.imagenet import FeaturesName, ImageNetFeatures
from ganaug.evaluation.features.networks import LABELS, ROTATIONS, DomainNetwork, TrainingReport
from ganaug.evaluation.features.training import IMAGES_SEEN, train_classifier
from ganaug.protocols import LabelledImages
from ganaug.utils.cache_folder import cache_folder
from ganaug.utils.errors import UsageError
from ganaug.utils.rng import seeded

# More training images improve little, and a streamed data set would have to decode them.
ENOUGH = 20_000
# Quick training sees fewer images above this size, to take no longer: half a minute on a core.
QUICK_SIZE = 64
# Part of the hash in every file name, like the settings of the purpose: raise it whenever the
# network or its training changes.
RECIPE = 4


@dataclass(frozen=True)
class Purpose:
    """Settings that distinguish domain networks trained on the same images.

    Attributes:
        seed: Seed of initialization, order and augmentation.
        width: Channels of the first block.
        images: Maximum number of images to train on.
        images_seen: Number of images shown in all epochs together; less for large images if
            `by_size`.
        by_size: Whether to show fewer large images, to limit the training time.
        good_enough: Held-out accuracy at which half of the training is enough; see
            `train_classifier`.
    """

    seed: int
    width: int
    images: int = ENOUGH
    images_seen: int = IMAGES_SEEN
    by_size: bool = False
    good_enough: float = 1.0

    def seen(self, image_size: int) -> int:
        """Return the number of images shown in all epochs together."""
        share = min(1.0, (QUICK_SIZE / image_size) ** 2) if self.by_size else 1.0
        return int(self.images_seen * share)


# "fit" chooses the checkpoint. Evaluation uses a separate network, which does not overlook the same
# flaws; the judge also differs in width. Filters of synthesis use their own network ("gate"), since
# images that pass a network's filter look better to that network than they are.
PURPOSES = {
    "fit": Purpose(1, 32, good_enough=0.95),
    "evaluate": Purpose(2, 32),
    "judge": Purpose(3, 40),
    "gate": Purpose(4, 32),
    "evaluate-quick": Purpose(2, 32, 2_000, 15_000, by_size=True),
    "judge-quick": Purpose(3, 40, 2_000, 15_000, by_size=True),
}


def train_domain_network(
    images: Tensor,
    labels: Tensor | None,
    num_classes: int,
    *,
    seed: int,
    width: int = 32,
    class_names: Sequence[str] = (),
    device: str | torch.device = "cpu",
    purpose: str = "evaluate",
    progress: bool = False,
    images_seen: int = IMAGES_SEEN,
    groups: Sequence[str] = (),
    good_enough: float = 1.0,
) -> tuple[DomainNetwork, TrainingReport]:
    """Train a small classifier of the real images, for its features.

    With labels it learns the classes. Without labels, or with a single class, it predicts which
    of four rotations was applied to an image (Gidaris et al., 2018, "Unsupervised Representation
    Learning by Predicting Image Rotations"). The caller's random state does not change.

    Args:
        images: `[N, channels, S, S]` uint8, N ≥ 4.
        labels: `[N]` class indices, or None.
        num_classes: Number of classes; labels are ignored if there is only one.
        seed: Seed of initialization, order and augmentation.
        width: Channels of the first block.
        class_names: Names of the classes.
        device: Where to train.
        purpose: Shown next to the progress bar.
        progress: Whether to show a progress bar.
        images_seen: See `train_classifier`.
        groups: See `train_classifier`.
        good_enough: See `train_classifier`.

    Returns:
        The network in evaluation mode, and the report of its training.

    Raises:
        UsageError: There are fewer than 4 images, or their size or channels don't suit the network.
    """
    if len(images) < 4:
        raise UsageError(
            f"a domain network needs at least 4 real images to train on and there are "
            f"{len(images)}; add images, or measure with `features` imagenet or lite2"
        )
    by_label = labels is not None and num_classes >= 2
    # Lightning validates in inference mode, where nothing can be trained.
    with (
        seeded(seed, device),
        torch.inference_mode(False),
        torch.enable_grad(),
    ):
        network = DomainNetwork(
            images.shape[1],
            num_classes if by_label else 4,
            images.shape[-1],
            width=width,
            name=LABELS if by_label else ROTATIONS,
            class_names=tuple(class_names) if by_label else (),
        )
        report = train_classifier(
            network,
            images,
            labels if by_label else None,
            device=torch.device(device),
            title=f"feature network ({purpose})" if progress else None,
            images_seen=images_seen,
            groups=groups,
            good_enough=good_enough,
        )
    return network, report


def domain_features(
    images: Tensor,
    labels: Tensor | None,
    class_names: Sequence[str],
    fingerprint: str,
    *,
    purpose: str,
    cache_dir: Path | None = None,
    device: str | torch.device = "cpu",
    progress: bool = True,
    groups: Sequence[str] = (),
) -> DomainNetwork:
    """Return a domain network of these images, from the cache or newly trained and cached.

    Args:
        images: `[N, channels, S, S]` uint8 real training images.
        labels: `[N]` class indices, or None.
        class_names: Names of the classes; labels are ignored if there are fewer than two.
        fingerprint: Hash that identifies the images.
        purpose: `fit`, `evaluate`, `judge` or `gate`, each with its own seed, or `evaluate-quick`
            or `judge-quick`.
        cache_dir: Folder of the cache; by default `$GANAUG_CACHE`, or `~/.cache/ganaug`.
        device: Where to train, and the device of the returned network.
        progress: Whether to show a progress bar.
        groups: Group of each image, such as a patient; groups are held out as a whole.

    Returns:
        The network in evaluation mode, with its `report` of training attached.

    Raises:
        ValueError: The purpose is unknown.
        UsageError: The images can't be trained on.
    """
    if purpose not in PURPOSES:
        raise ValueError(f"purpose is {purpose!r}; use one of {', '.join(PURPOSES)}")
    settings = PURPOSES[purpose]
    file = _cache_file(images.shape, class_names, fingerprint, purpose, cache_dir, groups)
    network = cache.read(file, _rebuild)
    if network is None:
        network, report = train_domain_network(
            images,
            labels,
            len(class_names),
            seed=settings.seed,
            width=settings.width,
            class_names=class_names,
            device=device,
            purpose=purpose,
            progress=progress,
            images_seen=settings.seen(images.shape[-1]),
            groups=groups,
            good_enough=settings.good_enough,
        )
        network.report = report
        cache.write(file, _contents(network, images, settings.width))
    # The memory layout of training, even from the cache: it affects the last bits of features.
    return network.to(device).to(memory_format=torch.channels_last).eval()


def network_named(
    features: FeaturesName, data: LabelledImages, purpose: str, device: str | torch.device
) -> DomainNetwork | ImageNetFeatures:
    """Return the network of these features, trained on a data module's images or on ImageNet."""
    if features == "domain":
        return network_of(data, purpose, device)
    return ImageNetFeatures(features).to(device)


def network_of(data: LabelledImages, purpose: str, device: str | torch.device) -> DomainNetwork:
    """Return the domain network of a data module's training images; see `domain_features`."""
    limit = PURPOSES[purpose].images
    images, labels = data.images("train", limit)
    return domain_features(
        images,
        labels,
        data.class_names,
        data.fingerprint,
        purpose=purpose,
        device=device,
        groups=data.groups("train", limit),
    )


def is_kept(data: Any, purpose: str) -> bool:
    """Whether a domain network of these images is cached."""
    limit = PURPOSES[purpose].images
    count, groups = min(limit, len(data.paths("train"))), data.groups("train", limit)
    shape = (count, data.channels, data.image_size, data.image_size)
    return _cache_file(shape, data.class_names, data.fingerprint, purpose, None, groups).is_file()


def _cache_file(
    shape: Sequence[int],
    class_names: Sequence[str],
    fingerprint: str,
    purpose: str,
    cache_dir: Path | None,
    groups: Sequence[str],
) -> Path:
    parts = [fingerprint, list(shape), list(class_names), purpose, vars(PURPOSES[purpose]), RECIPE]
    key = json.dumps([*parts, list(groups)] if groups else parts)
    base = cache_dir or cache_folder()
    return base / "domain" / f"{purpose}-{hashlib.sha256(key.encode()).hexdigest()[:20]}.pt"


def _rebuild(content: dict[str, Any]) -> DomainNetwork:
    # Drawing initial weights must not change the caller's random state.
    with torch.random.fork_rng(devices=[]):
        network = DomainNetwork(**content["arguments"])
    network.load_state_dict(content["weights"])
    network.report = TrainingReport(**content["report"])
    return network.requires_grad_(False)


def _contents(network: DomainNetwork, images: Tensor, width: int) -> dict[str, Any]:
    return {
        "arguments": {
            "channels": images.shape[1],
            "num_outputs": network.head.out_features,
            "image_size": images.shape[-1],
            "width": width,
            "name": network.name,
            "class_names": network.class_names,
        },
        "weights": {name: value.cpu() for name, value in network.state_dict().items()},
        "report": vars(network.report),
    }
