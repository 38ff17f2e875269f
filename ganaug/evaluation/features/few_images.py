"""Trains a domain network on few images, with its accuracy estimated by cross-validation.

A held-out tenth of few images is too small to both choose an epoch and measure its accuracy: even
with random labels, the best of many epochs looks accurate by chance.
"""

from collections.abc import Sequence
from copy import deepcopy

import torch
from torch import Tensor
from tqdm import tqdm

from datamodules.console import say
from ganaug.evaluation.features.epochs import OneCycle, held_out_loss, most_frequent, train_epoch
from ganaug.evaluation.features.holding_out import PARTS, number_of_units, parts_of
from ganaug.evaluation.features.networks import DomainNetwork, TrainingReport

# Below this number of images, accuracy is cross-validated.
FEW = 500
# With batches of 128, an epoch of 66 images would be a single step.
BATCH = 32
# Few images need more epochs: with 66, 60 epochs are better than 40, and 40 better than 20.
STEPS, LEAST_EPOCHS, MOST_EPOCHS = 400, 30, 60
# Minimum number of steps, even if `images_seen` allows fewer.
LEAST_STEPS = 60


def train_on_few(
    network: DomainNetwork,
    images: Tensor,
    labels: Tensor | None,
    *,
    device: torch.device,
    title: str | None,
    images_seen: int,
    groups: Sequence[str],
) -> TrainingReport:
    """Train in place on all images, and measure the accuracy by four-fold cross-validation.

    Copies of the network are trained on three folds and classify the fourth. The number of epochs
    depends only on the number of images, so it introduces no selection bias.

    Args:
        network: The network to train.
        images: `[N, channels, S, S]` uint8.
        labels: `[N]` class indices, or None to learn rotations.
        device: Where to train.
        title: See `train_classifier`.
        images_seen: Number of images shown in all five trainings together, with at least 60 steps
            each.
        groups: Group of each image; groups are held out as a whole. `()` for none.

    Returns:
        A report of the training; the network is left on `device` in evaluation mode, without
        gradients.
    """
    folds = parts_of(torch.randperm(len(images)), labels, groups)
    epochs = _epochs(len(images), images_seen, rotations=labels is None)
    all_rows, num_correct = torch.arange(len(images)), 0.0
    # None shows the bar only on a terminal.
    hidden = True if title is None else None
    total = (PARTS + 1) * epochs
    with tqdm(total=total, desc=title, unit=" epochs", disable=hidden, leave=False) as bar:
        for fold in range(PARTS):
            held_out, copy = all_rows[folds == fold], deepcopy(network)
            if len(held_out):
                _train(copy, images, labels, all_rows[folds != fold], epochs, device, bar)
                _, accuracy = held_out_loss(copy, images, labels, held_out, device)
                num_correct += accuracy * len(held_out)
        _train(network, images, labels, all_rows, epochs, device, bar)
    network.eval().requires_grad_(False)
    scored_rows = all_rows[folds >= 0]
    accuracy = num_correct / len(scored_rows)
    if title is not None:
        say(f"{title}: trained for {epochs} epochs, {accuracy:.1%} of the held-out right")
    counts = len(images), len(scored_rows), number_of_units(folds, groups)
    return TrainingReport(round(accuracy, 4), most_frequent(labels, scored_rows), epochs, *counts)


def batches_on_few(count: int, images_seen: int, *, rotations: bool) -> int:
    """Return the maximum number of batches of all trainings in `train_on_few`."""
    fold_steps = PARTS * _steps(count * (PARTS - 1) // PARTS)
    return _epochs(count, images_seen, rotations=rotations) * (fold_steps + _steps(count))


def _train(
    network: DomainNetwork,
    images: Tensor,
    labels: Tensor | None,
    rows: Tensor,
    epochs: int,
    device: torch.device,
    bar: tqdm,
) -> None:
    """Train on the images at `rows`."""
    network.to(device).to(memory_format=torch.channels_last).train()
    optimizer = OneCycle(network, epochs * _steps(len(rows)))
    for _ in range(epochs):
        train_epoch(network, optimizer, images, labels, rows, _steps(len(rows)), device)
        bar.update()


def _epochs(count: int, images_seen: int, *, rotations: bool) -> int:
    """Return the epochs of each training; all trainings show an image `PARTS` times an epoch.

    Training on rotations takes half as many epochs, since each shows all four of an image.
    """
    steps = _steps(count)
    epochs = min(MOST_EPOCHS, max(LEAST_EPOCHS, -(-STEPS // steps)))
    epochs = epochs // 2 if rotations else epochs
    min_epochs = -(-LEAST_STEPS // steps)
    return min(MOST_EPOCHS, max(min_epochs, min(epochs, images_seen // (PARTS * count))))


def _steps(count: int) -> int:
    """Return the number of steps in an epoch."""
    return max(1, -(-count // BATCH))
