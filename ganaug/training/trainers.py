"""What a trainer knows: the run's folder, its data, its callbacks, its other processes."""

from pathlib import Path
from typing import Any, TypeVar

import torch
from lightning.pytorch import Callback, Trainer
from lightning.pytorch.loggers import TensorBoardLogger
from lightning.pytorch.utilities import rank_zero_only
from torch import Tensor

from ganaug.protocols import LabelledImages

Found = TypeVar("Found", bound=Callback)


def run_folder(trainer: Trainer) -> Path:
    """Return the run's folder; every rank must call this, since they agree on it."""
    return Path(trainer.log_dir or trainer.default_root_dir)


def data_of(trainer: Trainer) -> LabelledImages:
    """Return the run's data module."""
    return trainer.datamodule  # type: ignore[attr-defined]  # set when a fit starts, not declared


def images_per_batch(data: Any, trainer: Trainer) -> int:
    """Return the number of images that all devices together use in a batch."""
    return data.hparams["batch_size"] * trainer.world_size


def callbacks_of(trainer: Trainer, kind: type[Found] | tuple[type[Found], ...]) -> list[Found]:
    """Return the run's callbacks of a class, or of one of several."""
    callbacks = trainer.callbacks  # type: ignore[attr-defined]  # set by a connector
    return [callback for callback in callbacks if isinstance(callback, kind)]


def is_first_rank() -> bool:
    """Whether this process is the one that prints."""
    # Lightning sets the attribute on import without declaring it.
    return getattr(rank_zero_only, "rank", 0) == 0


def agreed(trainer: Trainer, *numbers: int) -> list[int]:
    """Return the maximum of each number over all processes; every process must call this."""
    if trainer.world_size == 1:
        return list(numbers)
    largest = torch.tensor(numbers, device=trainer.strategy.root_device)
    torch.distributed.all_reduce(largest, torch.distributed.ReduceOp.MAX)
    return largest.tolist()


def of_all_ranks(trainer: Trainer, tensor: Tensor) -> list[Tensor]:
    """Return the tensors of all processes, of equal shape; every process must call this."""
    if trainer.world_size == 1:
        return [tensor]
    local = tensor.to(trainer.strategy.root_device).contiguous()
    everyone = [torch.empty_like(local) for _ in range(trainer.world_size)]
    torch.distributed.all_gather(everyone, local)
    return [part.cpu() for part in everyone]


def tensorboard(trainer: Trainer) -> TensorBoardLogger | None:
    """Return the run's TensorBoard logger, if it has one."""
    return next(
        (logger for logger in trainer.loggers if isinstance(logger, TensorBoardLogger)), None
    )
