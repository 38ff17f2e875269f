"""Training epochs of a domain network: batches, augmentation, and the held-out loss."""

from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from ganaug.evaluation.features.networks import DomainNetwork
from ganaug.utils.device import computes_bfloat16
from ganaug.utils.pixels import to_float

_ROTATIONS = range(4)
# Peak of the learning rate, for randomly initialized weights.
_RATE = 3e-3


class OneCycle:
    """AdamW with the one-cycle learning rate schedule (Smith and Topin, 2018).

    Args:
        network: The network to train. Its `fine_tuning_rate`, if any, is the peak learning rate.
        steps: Total number of training steps.
    """

    def __init__(self, network: nn.Module, steps: int) -> None:
        rate: float = getattr(network, "fine_tuning_rate", _RATE)
        self.optimizer = torch.optim.AdamW(network.parameters(), weight_decay=0.01)
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(self.optimizer, rate, total_steps=steps)

    def step(self, loss: Tensor) -> None:
        """Take an optimization step."""
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        self.schedule.step()


def train_epoch(
    network: DomainNetwork,
    optimizer: OneCycle,
    images: Tensor,
    labels: Tensor | None,
    rows: Tensor,
    steps: int,
    device: torch.device,
) -> None:
    """Train for an epoch of `steps` batches on the images at `rows`, in `balanced_order`."""
    for index in balanced_order(labels, rows).tensor_split(steps):
        step(network, optimizer, images[index], pick(labels, index), device)


def most_frequent(labels: Tensor | None, held_out: Tensor) -> float:
    """Return the share of the most frequent class; the four rotations are equally frequent."""
    if labels is None:
        return 1 / len(_ROTATIONS)
    return round(float(labels[held_out].bincount().max()) / len(held_out), 4)


def step(
    network: DomainNetwork,
    optimizer: OneCycle,
    images: Tensor,
    labels: Tensor | None,
    device: torch.device,
) -> None:
    """Train on a batch of `[N, channels, S, S]` uint8 images."""
    pixels, targets = _examples(augment(images.to(device)), labels, device)
    with _autocast(device):
        logits = network(pixels)
    optimizer.step(cross_entropy(logits.float(), targets))


@torch.no_grad()
def held_out_loss(
    network: DomainNetwork,
    images: Tensor,
    labels: Tensor | None,
    held_out: Tensor,
    device: torch.device,
) -> tuple[float, float]:
    """Return the mean loss and the accuracy on the held-out images."""
    network.eval()
    loss, num_correct, count = 0.0, 0, 0
    for index in held_out.split(500):
        pixels, targets = _examples(images[index].to(device), pick(labels, index), device)
        logits = network(pixels)
        loss += float(cross_entropy(logits, targets, reduction="sum"))
        num_correct += int((logits.argmax(1) == targets).sum())
        count += len(targets)
    network.train()
    return loss / count, num_correct / count


def _examples(images: Tensor, labels: Tensor | None, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return pixels and targets; without labels, these are the four rotations of each image."""
    if labels is None:
        targets = torch.arange(len(_ROTATIONS), device=device).repeat_interleave(len(images))
        images = torch.cat([images.rot90(k, (2, 3)) for k in _ROTATIONS])
    else:
        targets = labels.to(device)
    return to_float(images).contiguous(memory_format=torch.channels_last), targets


def augment(images: Tensor) -> Tensor:
    """Shift each image by up to an eighth of its side, and mirror half of the color images.

    Color images are assumed to be photographs, whose mirror images are valid. Those of digits,
    letters or scans, which are often grayscale, are not.
    """
    count, channels, size, _ = images.shape
    reach = size // 8
    grid = torch.arange(size, device=images.device)
    shifts = torch.randint(-reach, reach + 1, (2, count, 1), device=images.device)
    rows, columns = (grid + shifts).clamp(0, size - 1)
    if channels == 3:
        mirrored = torch.rand(count, 1, device=images.device) < 0.5
        columns = torch.where(mirrored, columns.flip(1), columns)
    image_index = torch.arange(count, device=images.device)[:, None, None]
    return images[image_index, :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def balanced_order(labels: Tensor | None, rows: Tensor) -> Tensor:
    """Return the order of an epoch, with balanced classes if their sizes are `uneven`.

    A judge that has hardly seen small classes would misclassify their synthetic images.
    """
    if labels is not None and uneven(labels[rows]):
        weights = 1 / labels[rows].bincount()[labels[rows]].double()
        return rows[torch.multinomial(weights, len(rows), replacement=True)]
    return rows[torch.randperm(len(rows))]


def uneven(labels: Tensor) -> bool:
    """Return whether class sizes differ by more than a factor of two."""
    counts = labels.bincount()
    sizes = counts[counts > 0]
    return bool(sizes.max() > 2 * sizes.min())


def pick(labels: Tensor | None, index: Tensor) -> Tensor | None:
    """Return the labels at an index; None without labels."""
    return None if labels is None else labels[index]


def _autocast(device: torch.device) -> AbstractContextManager[None]:
    """Use bfloat16 if the hardware supports it; emulation would be slower."""
    fast = computes_bfloat16(device.type)
    return torch.autocast(device.type, torch.bfloat16) if fast else nullcontext()
