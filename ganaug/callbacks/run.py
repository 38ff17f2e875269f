"""Where a run writes, on what data, and what it draws: what callbacks ask the trainer."""

from pathlib import Path

import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.loggers import TensorBoardLogger
from torch import Tensor

from ganaug.protocols import LabelledImages, Sampler
from ganaug.random_streams import stream

GRID_STREAM, FIDELITY_STREAM, HEALTH_STREAM = 1_000_001, 1_000_002, 1_000_003


def run_folder(trainer: Trainer) -> Path:
    """Return the run's folder; every rank must call this, since they agree on it."""
    return Path(trainer.log_dir or trainer.default_root_dir)


def data_of(trainer: Trainer) -> LabelledImages:
    """Return the run's data module."""
    # The trainer sets it when a fit starts, and its class does not declare it.
    return trainer.datamodule  # type: ignore[attr-defined]


def tensorboard(trainer: Trainer) -> TensorBoardLogger | None:
    """Return the run's TensorBoard logger, if it has one."""
    return next((each for each in trainer.loggers if isinstance(each, TensorBoardLogger)), None)


def as_sampler(model: LightningModule, callback: str) -> Sampler:
    """Return the model as a Sampler.

    Raises:
        TypeError: The model can't draw images from latents.
    """
    if not isinstance(model, Sampler):
        raise TypeError(f"{callback} needs a model that can sample; {type(model).__name__} can't")
    return model


def draw(
    sampler: Sampler,
    count: int,
    *,
    seed: int,
    device: torch.device,
    labels: Tensor | None = None,
    batch: int = 128,
) -> tuple[Tensor, Tensor]:
    """Draw images from latents that the seed fixes.

    Args:
        sampler: The model.
        count: Images to draw.
        seed: Of the latents.
        device: Where the model is.
        labels: `[count]` classes to ask for; in turn, 0 1 2 … 0 1 2 …, when left out.
        batch: Images in a pass.

    Returns:
        Images `[count, C, S, S]` in [-1, 1] and labels `[count]` (zeros when unconditional), on
        the CPU.
    """
    latents = torch.randn(count, sampler.latent_dim, generator=stream(seed))
    if labels is None or not sampler.num_classes:
        labels = torch.arange(count) % max(sampler.num_classes, 1)
    images = []
    for z, y in zip(latents.split(batch), labels.split(batch), strict=True):
        condition = y.to(device) if sampler.num_classes else None
        images.append(sampler.sample(z.to(device), condition).cpu())
    return torch.cat(images), labels
