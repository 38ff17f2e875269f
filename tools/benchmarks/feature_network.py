"""The study of a fit's feature network: its cost, and its ranking against a full training."""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from scipy.stats import spearmanr
from torch import Tensor

import ganaug
from benchmarks.metrics import digits
from benchmarks.study import Metrics, Workspace
from ganaug.callbacks.drawing import FIDELITY_STREAM, draw
from ganaug.evaluation.features.domain import PURPOSES, Purpose, train_domain_network
from ganaug.evaluation.features.networks import DomainNetwork
from ganaug.evaluation.monitor import Curves, FidelityMonitor

# Length of a fit from noise to digits, and on to where checkpoints hardly differ.
EPOCHS, BATCHES, WIDTH, SAMPLES = 24, 60, 16, 1_000
# A second full training shows how well two networks of the same recipe agree.
NETWORKS = {
    "as a fit trains": PURPOSES["fit"],
    "in full": replace(PURPOSES["fit"], good_enough=1.0),
    "in full, another seed": PURPOSES["evaluate"],
}
MEASURED = ("fid", "kid")


class KeptSamples(Callback):
    """Keeps samples of the averaged generator at the end of each epoch, from the same latents."""

    def __init__(self) -> None:
        self.images: list[Tensor] = []

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Generate and keep samples."""
        self.images.append(draw(trainer, pl_module, SAMPLES, seed=FIDELITY_STREAM)[0])


def ranks(workspace: Workspace) -> Metrics:
    """Compare the networks' rankings of a fit's epochs, of all epochs and of the second half."""
    data = digits(workspace)
    samples = samples_by_epoch(workspace, data)
    reference = data.images("validation", limit=SAMPLES)
    metrics: Metrics = {}
    scores: dict[str, list[Curves]] = {}
    for name, purpose in NETWORKS.items():
        started = time.perf_counter()
        network, accuracy = trained(data, purpose)
        metrics[f"seconds, {name}"] = time.perf_counter() - started
        metrics[f"held-out accuracy %, {name}"] = 100 * accuracy
        monitor = FidelityMonitor(network, *reference, metrics=MEASURED)
        scores[name] = [monitor.score(images) for images in samples]
    short, full, other = scores.values()
    for metric in MEASURED:
        metrics |= correlations(f"{metric} ranks", metric, short, full)
        metrics |= correlations(f"{metric} ranks, two in full", metric, other, full)
    return metrics


def samples_by_epoch(workspace: Workspace, data: Any) -> list[Tensor]:
    """Fit a small DCGAN, and return samples `[N, 1, S, S]` of each epoch in [-1, 1]."""
    recorder = KeptSamples()
    never = {"every_epochs": 0}
    ganaug.fit(
        "dcgan", data, seed=workspace.seed, width=WIDTH, max_epochs=EPOCHS,
        limit_train_batches=BATCHES, fidelity=never, memorization=never, callbacks=[recorder],
        default_root_dir=str(workspace.home / "runs"), enable_progress_bar=False,
    )  # fmt: skip
    return recorder.images


def trained(data: Any, purpose: Purpose) -> tuple[DomainNetwork, float]:
    """Train a network, ignoring any cached one, and return it with its held-out accuracy."""
    images, labels = data.images("train", limit=purpose.images)
    network, report = train_domain_network(
        images,
        labels,
        data.num_classes,
        seed=purpose.seed,
        width=purpose.width,
        images_seen=purpose.seen(data.image_size),
        good_enough=purpose.good_enough,
    )
    return network.to(memory_format=torch.channels_last), report.held_out_accuracy


def correlations(
    name: str, metric: str, curves: Sequence[Curves], reference: Sequence[Curves]
) -> Metrics:
    """Return Spearman's rank correlation of a metric, of all epochs and of the second half."""
    values = [(a[metric], b[metric]) for a, b in zip(curves, reference, strict=True)]
    second = values[len(values) // 2 :]
    return {
        name: float(spearmanr(values).statistic),
        f"{name}, second half": float(spearmanr(second).statistic),
    }
