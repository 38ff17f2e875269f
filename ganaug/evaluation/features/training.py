"""Training a domain network: a short, fixed recipe for a small image classifier."""

import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from tqdm import tqdm

from datamodules.console import say
from ganaug.evaluation.features.holding_out import held_and_kept
from ganaug.evaluation.features.networks import DomainNetwork, TrainingReport
from ganaug.evaluation.metrics.result import share_interval
from ganaug.utils.hardware import computes_bfloat16
from ganaug.utils.pixels import to_float

_BATCH = 128
IMAGES_SEEN = 120_000
_MAX_EPOCHS = 60
_PROBE_BATCHES = 2
_PATIENCE = 8
# From here on the held-out tenth tells within a percent whether half of the training is enough.
_LARGE = 10_000
_GOOD_ENOUGH = 0.999
_ROTATIONS = range(4)


# The highest rate of a cycle, for weights that start at random.
_RATE = 3e-3


class OneCycle:
    """AdamW under one cycle of the learning rate (Smith and Topin, 2018).

    Args:
        network: The network to train, at its `fine_tuning_rate` if it has one.
        steps: Steps of the whole training.
    """

    def __init__(self, network: nn.Module, steps: int) -> None:
        rate: float = getattr(network, "fine_tuning_rate", _RATE)
        self.optimizer = torch.optim.AdamW(network.parameters(), weight_decay=0.01)
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(self.optimizer, rate, total_steps=steps)

    def step(self, loss: Tensor) -> None:
        """Lower the loss by a step."""
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        self.schedule.step()


class _Best:
    """The weights of the epoch with the lowest held-out loss."""

    def __init__(self, network: DomainNetwork) -> None:
        self.weights = network.state_dict()
        self.loss, self.accuracy, self.age = float("inf"), 0.0, 0

    def compare(self, network: DomainNetwork, loss: float, accuracy: float) -> None:
        """Take the weights of an epoch if they are better."""
        self.age += 1
        if loss < self.loss:
            self.loss, self.accuracy, self.age = loss, accuracy, 0
            self.weights = {name: value.clone() for name, value in network.state_dict().items()}


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
    """Train in place, as `OneCycle` optimizes.

    The weights of the best epoch on a held-out tenth are kept. Draws from torch's global random
    state: the caller forks and seeds it.

    Args:
        network: The network to train.
        images: `[N, channels, S, S]` uint8.
        labels: `[N]` class indices, or None to learn rotations.
        device: Where to train.
        title: Of the progress bar, and of the line at the end; None shows neither.
        images_seen: Images that all epochs show it, each as often as it comes.
        groups: Group of each image, such as a patient, which is held out as a whole; none of a
            class with a single one. If that leaves nothing to hold out, or `()`, images are.
        good_enough: A set of 10,000 images or more in classes of about the same size is trained on
            in two cycles of half the images, and the second is left out if the lower end of the 95%
            interval of the held-out accuracy reaches this. At 1, the default, and for other sets,
            there is one cycle of all images.

    Returns:
        How it went; the network is left on `device` in evaluation mode, without gradients.
    """
    # Indexing here, outside any inference mode, gives tensors that gradients may pass.
    order = torch.randperm(len(images))
    held_out, kept = held_and_kept(order, labels, groups)
    epochs = _epochs(len(kept), images_seen)
    steps = -(-len(kept) // _BATCH)
    network.to(device).to(memory_format=torch.channels_last).train()
    # Overall accuracy says little of small classes, and that of rotations little of what is shown.
    even = labels is not None and not _uneven(labels[kept])
    halved = good_enough < 1 and len(images) >= _LARGE and even
    cycles = [epochs - epochs // 2, epochs // 2] if halved else [epochs]
    best, epoch = _Best(network), 0
    # None shows the bar on terminals only; the line below comes everywhere.
    hidden = True if title is None else None
    with tqdm(total=epochs, desc=title, unit=" epochs", disable=hidden, leave=False) as bar:
        for cycle in cycles:
            optimizer, best.age = OneCycle(network, cycle * steps), 0
            for _ in range(cycle):
                epoch += 1
                for index in _balanced_order(labels, kept).tensor_split(steps):
                    _step(network, optimizer, images[index], _pick(labels, index), device)
                loss, accuracy = _held_out(network, images, labels, held_out, device)
                best.compare(network, loss, accuracy)
                bar.update()
                bar.set_postfix_str(f"{accuracy:.1%} of the held-out right")
                if best.age >= _PATIENCE or (accuracy >= _GOOD_ENOUGH and epoch > epochs // 2):
                    break
            if share_interval(best.accuracy, len(held_out))[0] >= good_enough:
                break
    network.load_state_dict(best.weights)
    network.eval().requires_grad_(False)
    if title is not None:
        say(f"{title}: trained for {epoch} epochs, {best.accuracy:.1%} of the held-out right")
    chance = _most_frequent(labels, held_out)
    return TrainingReport(round(best.accuracy, 4), chance, epoch, len(images))


def _epochs(kept: int, images_seen: int) -> int:
    return min(_MAX_EPOCHS, max(2, -(-images_seen // kept)))


def seconds_to_train(
    network: DomainNetwork, images: Tensor, count: int, images_seen: int, device: torch.device
) -> float:
    """Return how long a training takes at most, by a few batches that are timed.

    Args:
        network: An untrained network, which is spoiled.
        images: `[N, channels, S, S]` uint8 of the size to train on.
        count: Images of the whole training.
        images_seen: See `train_classifier`.
        device: Where to train.
    """
    network.to(device).to(memory_format=torch.channels_last).train()
    optimizer = OneCycle(network, _PROBE_BATCHES + 2)
    batch = images.repeat(-(-_BATCH // len(images)), 1, 1, 1)[:_BATCH]
    labels = torch.zeros(_BATCH, dtype=torch.long) if network.logits_mean_classes else None
    _step(network, optimizer, batch, labels, device)
    started = time.perf_counter()
    for _ in range(_PROBE_BATCHES):
        _step(network, optimizer, batch, labels, device)
    next(network.parameters()).sum().item()  # waits for an accelerator
    batches = _epochs(count, images_seen) * -(-count // _BATCH)
    return (time.perf_counter() - started) / _PROBE_BATCHES * batches


def _most_frequent(labels: Tensor | None, held_out: Tensor) -> float:
    """Share of the most frequent class; of rotations all four are equally frequent."""
    if labels is None:
        return 1 / len(_ROTATIONS)
    return round(float(labels[held_out].bincount().max()) / len(held_out), 4)


def _step(
    network: DomainNetwork,
    optimizer: OneCycle,
    images: Tensor,
    labels: Tensor | None,
    device: torch.device,
) -> None:
    pixels, targets = _examples(_augment(images.to(device)), labels, device)
    with _autocast(device):
        logits = network(pixels)
    optimizer.step(cross_entropy(logits.float(), targets))


@torch.no_grad()
def _held_out(
    network: DomainNetwork,
    images: Tensor,
    labels: Tensor | None,
    held_out: Tensor,
    device: torch.device,
) -> tuple[float, float]:
    network.eval()
    loss, right, count = 0.0, 0, 0
    for index in held_out.split(500):
        pixels, targets = _examples(images[index].to(device), _pick(labels, index), device)
        logits = network(pixels)
        loss += float(cross_entropy(logits, targets, reduction="sum"))
        right += int((logits.argmax(1) == targets).sum())
        count += len(targets)
    network.train()
    return loss / count, right / count


def _examples(images: Tensor, labels: Tensor | None, device: torch.device) -> tuple[Tensor, Tensor]:
    """Pixels and targets; without labels every image comes in all four rotations."""
    if labels is None:
        targets = torch.arange(len(_ROTATIONS), device=device).repeat_interleave(len(images))
        images = torch.cat([images.rot90(k, (2, 3)) for k in _ROTATIONS])
    else:
        targets = labels.to(device)
    return to_float(images).contiguous(memory_format=torch.channels_last), targets


def _augment(images: Tensor) -> Tensor:
    """Shift each image by up to an eighth; mirror half of those in color.

    Color stands for photographs, where left and right are alike. In grayscale they often are
    not: digits, letters, scans.
    """
    count, channels, size, _ = images.shape
    reach = size // 8
    grid = torch.arange(size, device=images.device)
    shifts = torch.randint(-reach, reach + 1, (2, count, 1), device=images.device)
    rows, columns = (grid + shifts).clamp(0, size - 1)
    if channels == 3:
        mirrored = torch.rand(count, 1, device=images.device) < 0.5
        columns = torch.where(mirrored, columns.flip(1), columns)
    which = torch.arange(count, device=images.device)[:, None, None]
    return images[which, :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def _balanced_order(labels: Tensor | None, kept: Tensor) -> Tensor:
    """An epoch's order; where class sizes differ by more than two, classes come equally often.

    A judge that has hardly seen the small classes would blame the synthetic images for it.
    """
    if labels is not None and _uneven(labels[kept]):
        weights = 1 / labels[kept].bincount()[labels[kept]].double()
        return kept[torch.multinomial(weights, len(kept), replacement=True)]
    return kept[torch.randperm(len(kept))]


def _uneven(labels: Tensor) -> bool:
    """Whether sizes of classes differ by more than two."""
    counts = labels.bincount()
    sizes = counts[counts > 0]
    return bool(sizes.max() > 2 * sizes.min())


def _pick(labels: Tensor | None, index: Tensor) -> Tensor | None:
    return None if labels is None else labels[index]


def _autocast(device: torch.device) -> AbstractContextManager[None]:
    """Half precision where the hardware multiplies in it; emulated it would be slower."""
    fast = computes_bfloat16(device.type)
    return torch.autocast(device.type, torch.bfloat16) if fast else nullcontext()
