"""What a model draws for the callbacks: from latents, or from real images of another class."""

import torch
from lightning.pytorch import LightningModule, Trainer
from torch import Tensor

from ganaug.callbacks.run import data_of
from ganaug.pixels import to_float
from ganaug.protocols import Sampler, Translator
from ganaug.random_streams import stream

GRID_STREAM, FIDELITY_STREAM, HEALTH_STREAM = 1_000_001, 1_000_002, 1_000_003
BATCH_SIZE = 128


def classes_of(model: LightningModule) -> int:
    """Return how many classes the model can be asked for, 0 when it is told none.

    Raises:
        TypeError: The model draws neither from latents nor from images.
    """
    if not isinstance(model, Sampler | Translator):
        raise TypeError(f"{type(model).__name__} neither samples nor translates")
    return model.num_classes


@torch.no_grad()
def draw(
    trainer: Trainer,
    model: LightningModule,
    count: int,
    *,
    seed: int,
    labels: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Draw images that the seed fixes.

    Args:
        trainer: Whose data a translator starts from: validation images, or training images where
            those of a class are too few.
        model: A sampler or a translator.
        count: Images to draw; a translator gives fewer where there are fewer to start from.
        seed: Of the latents.
        labels: `[count]` classes to ask for; in turn, 0 1 2 … 0 1 2 …, when left out.

    Returns:
        Images `[count, C, S, S]` in [-1, 1] and labels `[count]` (zeros when unconditional), on
        the CPU.
    """
    classes = classes_of(model)
    if labels is None or not classes:
        labels = torch.arange(count) % max(classes, 1)
    if isinstance(model, Translator):
        return translations(trainer, model, labels)[1:]
    assert isinstance(model, Sampler)
    latents = torch.randn(count, model.latent_dim, generator=stream(seed))
    images = []
    for z, y in zip(latents.split(BATCH_SIZE), labels.split(BATCH_SIZE), strict=True):
        condition = y.to(model.device) if classes else None
        images.append(model.sample(z.to(model.device), condition).cpu())
    return torch.cat(images), labels


@torch.no_grad()
def translations(
    trainer: Trainer, model: Translator, labels: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Turn real images into classes, each real image at most once.

    Args:
        trainer: Whose data the images come from.
        model: Turns them.
        labels: `[N]` classes to turn images into.

    Returns:
        Real images `[M, C, S, S]`, what became of them, and labels `[M]`; M is less than N where
        a class has fewer images to start from.
    """
    before, kept = [], []
    for label in labels.unique().tolist():
        wanted = int((labels == label).sum())
        pool = _images_of(trainer, model.source_of(label), wanted)[:wanted]
        before.append(to_float(pool))
        kept.append(torch.full((len(pool),), label))
    images, classes = torch.cat(before), torch.cat(kept)
    device = next(model.parameters()).device  # type: ignore[attr-defined]  # a module, always
    turned = [
        model.translate(x.to(device), y.to(device)).cpu()
        for x, y in zip(images.split(BATCH_SIZE), classes.split(BATCH_SIZE), strict=True)
    ]
    return images, torch.cat(turned), classes


def _images_of(trainer: Trainer, label: int, wanted: int) -> Tensor:
    """Validation images of a class where there are enough, or else its training images."""
    images = torch.empty(0)
    for split in ("validation", "train"):
        images, labels = data_of(trainer).images(split)
        images = images[labels == label]
        if len(images) >= wanted:
            break
    return images
