"""Forecasts how long an evaluation takes, from a short timing on this machine."""

import time
from collections.abc import Callable
from typing import Any

import torch

from datamodules.console import say
from ganaug.evaluation.features.domain import ENOUGH, PURPOSES, is_kept
from ganaug.evaluation.features.networks import (
    LABELS,
    ROTATIONS,
    DomainNetwork,
    FeatureNetwork,
    MapNetwork,
    read_features,
    read_maps,
    unfit,
)
from ganaug.evaluation.features.training import seconds_to_train
from ganaug.evaluation.membership.attacker import MOST, MOST_CONTROL
from ganaug.evaluation.metrics.fid import fid
from ganaug.evaluation.metrics.registry import MATCHED
from ganaug.evaluation.metrics.resampling import draws_for
from ganaug.utils.durations import in_words

# Numbers of synthetic and test images, and of training images, in a quick evaluation.
QUICK_IMAGES, QUICK_KNOWN = 500, 1_000
QUICK_NOTE = (
    f"quick: measured on at most {QUICK_IMAGES} synthetic and {QUICK_IMAGES} test images, with "
    "networks that were trained briefly, so intervals are wide, copies may be missed, and no value "
    "can be compared with those of a full evaluation; run that before you rely on these"
)
PROBE_IMAGES, PROBE_ROWS = 64, 512
# Roughly how often metrics, intervals and baselines compare all pairs of images.
COMPARISONS = 200


def purpose_of(data: Any, purpose: str, *, quick: bool) -> str:
    """Return which domain network to use; a quick evaluation uses a full one if it is cached."""
    return f"{purpose}-quick" if quick and not is_kept(data, purpose) else purpose


def seconds(
    data: Any, network: FeatureNetwork | None, count: int, device: str, *, quick: bool
) -> float:
    """Return roughly how many seconds an evaluation takes.

    Args:
        data: The data module of the real images.
        network: The feature network; None for a domain network, which may need training.
        count: Number of synthetic images.
        device: Where to compute.
        quick: Whether the evaluation is a quick one.
    """
    images, _ = data.images("train", limit=PROBE_IMAGES)
    purposes = ["judge"] if data.num_classes > 1 else []
    # A domain network finds copies if the feature network gives no maps.
    purposes += [] if isinstance(network, MapNetwork) else ["evaluate"]
    if unfit(data.image_size, data.channels):
        purposes = []
    resolved_purposes = [purpose_of(data, purpose, quick=quick) for purpose in purposes]
    training = sum(
        _training_seconds(data, purpose, images, device) for purpose in resolved_purposes
    )
    reader = network or _untrained_network(data, 32)
    num_training = len(data.paths("all_train", limit=QUICK_KNOWN if quick else ENOUGH))
    num_test = len(data.paths("test", limit=QUICK_IMAGES if quick else None))
    return (
        training
        + _reading_seconds(reader, images, count, num_test, num_training, device)
        + _measuring_seconds(reader.num_features, min(count, num_test, MATCHED), quick=quick)
    )


def forecast(
    data: Any, network: FeatureNetwork | None, count: int, device: str, *, quick: bool
) -> None:
    """Print how long an evaluation takes; see `seconds`."""
    if network is None and unfit(data.image_size, data.channels):
        return  # training the domain network raises the error
    duration = seconds(data, network, count, device, quick=quick)
    say(
        f"evaluate: this takes up to about {in_words(duration)} on {device}, by a probe of this "
        "machine; less if networks and features of the real images are kept from before"
    )


def _untrained_network(data: Any, width: int) -> DomainNetwork:
    by_label = data.num_classes > 1
    with torch.random.fork_rng(devices=[]):
        return DomainNetwork(
            data.channels,
            data.num_classes if by_label else 4,
            data.image_size,
            width=width,
            name=LABELS if by_label else ROTATIONS,
        )


def _training_seconds(data: Any, purpose: str, images: torch.Tensor, device: str) -> float:
    """Return the maximum time to train a domain network; 0 if it is cached."""
    if is_kept(data, purpose):
        return 0.0
    settings = PURPOSES[purpose]
    count = min(settings.images, len(data.paths("train")))
    with torch.random.fork_rng(devices=[]):
        return seconds_to_train(
            _untrained_network(data, settings.width),
            images,
            count,
            settings.seen(data.image_size),
            torch.device(device),
        )


def _reading_seconds(
    network: Any, images: torch.Tensor, count: int, num_test: int, num_training: int, device: str
) -> float:
    """Return the time to read all images and to search for copies of training images."""
    network = network.to(device).eval()
    read_seconds = (count + num_test + num_training) * _seconds_of(
        lambda: read_features(network, images)
    )
    if not isinstance(network, MapNetwork):
        return read_seconds / len(images)
    # The membership attack reads held-out and validation images again, bypassing the cache.
    num_mapped = count + num_test + num_training + min(num_test, MOST) + MOST_CONTROL
    read_seconds += num_mapped * _seconds_of(lambda: read_maps(network, images))
    maps = read_maps(network, images)
    pair_seconds = (
        (count + num_test) * num_training * _seconds_of(lambda: maps @ maps.T) / len(images)
    )
    return (read_seconds + pair_seconds) / len(images)


def _measuring_seconds(num_features: int, count: int, *, quick: bool) -> float:
    """Return the time for the metrics: square roots of covariances, and pairwise distances."""
    with torch.random.fork_rng(devices=[]):
        rows = torch.randn(PROBE_ROWS, num_features, dtype=torch.float64)
    num_roots = 0.0 if quick and count <= num_features else 2 * (draws_for(num_features) + 1)
    fid_seconds = num_roots * _seconds_of(lambda: fid(rows, rows)) if num_roots else 0.0
    return fid_seconds + COMPARISONS * (count / PROBE_ROWS) ** 2 * _seconds_of(
        lambda: torch.cdist(rows, rows)
    )


def _seconds_of(work: Callable[[], Any]) -> float:
    """Return the time of the faster of two runs, since the first may include a warm-up."""
    durations = []
    for _ in range(2):
        started = time.perf_counter()
        work()
        durations.append(time.perf_counter() - started)
    return min(durations)
