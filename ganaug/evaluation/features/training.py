"""Trains a domain network with a short, fixed recipe for small image classifiers."""

import time
from collections.abc import Sequence

import torch
from torch import Tensor
from tqdm import tqdm

from datamodules.console import say
from ganaug.evaluation.features.epochs import (
    OneCycle,
    held_out_loss,
    most_frequent,
    step,
    train_epoch,
    uneven,
)
from ganaug.evaluation.features.few_images import BATCH, FEW, batches_on_few, train_on_few
from ganaug.evaluation.features.holding_out import held_and_kept, number_of_units
from ganaug.evaluation.features.networks import DomainNetwork, TrainingReport
from ganaug.evaluation.metrics.result import share_interval
from ganaug.utils.device import device_of

_BATCH = 128
IMAGES_SEEN = 120_000
_MAX_EPOCHS = 60
_PROBE_BATCHES = 2
_PATIENCE = 8
# With this many images, the held-out tenth is large enough to tell, within a percent, whether half
# of the training is enough.
_LARGE = 10_000
_GOOD_ENOUGH = 0.999


class _Training:
    """A training run, which keeps the weights of the epoch with the lowest held-out loss.

    Args:
        network: The network to train, on its device.
        images: `[N, channels, S, S]` uint8.
        labels: `[N]` class indices, or None to learn rotations.
        train_rows: Rows of the images to train on.
        held_out: Rows of the held-out images.
        epochs: Maximum number of epochs in all cycles together.
        bar: Progress bar of the epochs.
    """

    def __init__(
        self,
        network: DomainNetwork,
        images: Tensor,
        labels: Tensor | None,
        *,
        train_rows: Tensor,
        held_out: Tensor,
        epochs: int,
        bar: tqdm,
    ) -> None:
        self.network, self.images, self.labels = network, images, labels
        self.train_rows, self.held_out, self.epochs, self.bar = train_rows, held_out, epochs, bar
        self.device = device_of(network)
        self.epoch = self.improved_at = 0
        self.weights, self.loss, self.accuracy = network.state_dict(), float("inf"), 0.0

    def cycle(self, epochs: int) -> None:
        """Train for a cycle of the learning rate; stop early without improvement."""
        steps = -(-len(self.train_rows) // _BATCH)
        optimizer = OneCycle(self.network, epochs * steps)
        self.improved_at = self.epoch
        for _ in range(epochs):
            self.epoch += 1
            train_epoch(
                self.network,
                optimizer,
                self.images,
                self.labels,
                self.train_rows,
                steps,
                self.device,
            )
            if self._is_over(self._compare()):
                return

    def _compare(self) -> float:
        """Keep the weights if they are the best so far, and return the held-out accuracy.

        The accuracy of the kept epoch is slightly too high, since the same images chose it.
        """
        loss, accuracy = held_out_loss(
            self.network, self.images, self.labels, self.held_out, self.device
        )
        if loss < self.loss:
            self.loss, self.accuracy, self.improved_at = loss, accuracy, self.epoch
            self.weights = {k: value.clone() for k, value in self.network.state_dict().items()}
        self.bar.update()
        self.bar.set_postfix_str(f"{accuracy:.1%} of the held-out right")
        return accuracy

    def _is_over(self, accuracy: float) -> bool:
        if self.epoch - self.improved_at >= _PATIENCE:
            return True
        return accuracy >= _GOOD_ENOUGH and self.epoch > self.epochs // 2


def train_classifier(
    network: DomainNetwork,
    images: Tensor,
    labels: Tensor | None,
    *,
    device: torch.device,
    title: str | None = None,
    images_seen: int = IMAGES_SEEN,
    groups: Sequence[str] = (),
    good_enough: float = 1.0,
) -> TrainingReport:
    """Train in place with `OneCycle`; keep the epoch with the lowest loss on a held-out tenth.

    The reported accuracy is that of this epoch on the same tenth, so it is slightly too high.
    With fewer than 500 images, `train_on_few` is used. Random numbers come from torch's global
    random state, which the caller forks and seeds.

    Args:
        network: The network to train.
        images: `[N, channels, S, S]` uint8.
        labels: `[N]` class indices, or None to learn rotations.
        device: Where to train.
        title: Title of the progress bar and of the line at the end; None shows neither.
        images_seen: Number of images shown in all epochs together.
        groups: Group of each image, such as a patient; groups are held out as a whole, except for
            the only group of a class. Without groups (`()`), or if none can be held out, single
            images are held out.
        good_enough: With 10,000 images or more, in classes of about the same size, training has two
            cycles of half the epochs, and skips the second if the lower end of the 95% interval of
            the held-out accuracy (over groups, if any) reaches this. Otherwise, or at 1, there is a
            single cycle.

    Returns:
        A report of the training; the network is left on `device` in evaluation mode, without
        gradients.
    """
    if len(images) < FEW:
        return train_on_few(
            network,
            images,
            labels,
            device=device,
            title=title,
            images_seen=images_seen,
            groups=groups,
        )
    # Created outside of inference mode, since autograd can't use inference tensors.
    order = torch.randperm(len(images))
    held_out, train_rows = held_and_kept(order, labels, groups)
    folds = torch.full((len(images),), -1).index_fill(0, held_out, 0)
    units = number_of_units(folds, groups)
    epochs = _epochs(len(train_rows), images_seen)
    network.to(device).to(memory_format=torch.channels_last).train()
    # Overall accuracy says little about small classes, and accuracy on rotations little about
    # content.
    is_even = labels is not None and not uneven(labels[train_rows])
    two_cycles = good_enough < 1 and len(images) >= _LARGE and is_even
    cycles = [epochs - epochs // 2, epochs // 2] if two_cycles else [epochs]
    # None shows the bar only on a terminal.
    hidden = True if title is None else None
    with tqdm(total=epochs, desc=title, unit=" epochs", disable=hidden, leave=False) as bar:
        training = _Training(
            network,
            images,
            labels,
            train_rows=train_rows,
            held_out=held_out,
            epochs=epochs,
            bar=bar,
        )
        for cycle in cycles:
            training.cycle(cycle)
            if share_interval(training.accuracy, units)[0] >= good_enough:
                break
    network.load_state_dict(training.weights)
    network.eval().requires_grad_(False)
    accuracy, epoch = training.accuracy, training.epoch
    if title is not None:
        say(f"{title}: trained for {epoch} epochs, {accuracy:.1%} of the held-out right")
    chance = most_frequent(labels, held_out)
    counts = len(images), len(held_out), units
    return TrainingReport(round(accuracy, 4), chance, epoch, *counts)


def _epochs(num_images: int, images_seen: int) -> int:
    return min(_MAX_EPOCHS, max(2, -(-images_seen // num_images)))


def seconds_to_train(
    network: DomainNetwork, images: Tensor, count: int, images_seen: int, device: torch.device
) -> float:
    """Return the maximum duration of a training, from timing a few batches.

    Args:
        network: An untrained network, whose weights are changed.
        images: `[N, channels, S, S]` uint8 images of the size to train on.
        count: Number of images to train on.
        images_seen: See `train_classifier`.
        device: Where to train.
    """
    network.to(device).to(memory_format=torch.channels_last).train()
    optimizer = OneCycle(network, _PROBE_BATCHES + 2)
    size = BATCH if count < FEW else _BATCH
    batch = images.repeat(-(-size // len(images)), 1, 1, 1)[:size]
    labels = torch.zeros(size, dtype=torch.long) if network.logits_mean_classes else None
    step(network, optimizer, batch, labels, device)
    started = time.perf_counter()
    for _ in range(_PROBE_BATCHES):
        step(network, optimizer, batch, labels, device)
    next(network.parameters()).sum().item()  # synchronizes with an accelerator
    full_batches = _epochs(count, images_seen) * -(-count // _BATCH)
    rotations = not network.logits_mean_classes
    few_batches = batches_on_few(count, images_seen, rotations=rotations)
    batches = few_batches if count < FEW else full_batches
    return (time.perf_counter() - started) / _PROBE_BATCHES * batches
