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
            a class has none.
        model: A sampler or a translator.
        count: Images to draw.
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
        return translations(trainer, model, labels)[1], labels
    assert isinstance(model, Sampler)
    latents = torch.randn(count, model.latent_dim, generator=stream(seed))
    images = []
    for z, y in zip(latents.split(BATCH_SIZE), labels.split(BATCH_SIZE), strict=True):
        condition = y.to(model.device) if classes else None
        images.append(model.sample(z.to(model.device), condition).cpu())
    return torch.cat(images), labels


def translations(trainer: Trainer, model: Translator, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Return real images `[N, C, S, S]` and what becomes of them when they turn into `labels`."""
    sources = torch.cat([labels.new_tensor([model.source_of(int(y))]) for y in labels])
    images = torch.empty(0)
    for label in sources.unique().tolist():
        pool = _images_of(trainer, label)
        places = (sources == label).nonzero().squeeze(1)
        if not len(images):
            images = torch.empty(len(labels), *pool.shape[1:])
        images[places] = to_float(pool[torch.arange(len(places)) % len(pool)])
    device = next(model.parameters()).device  # type: ignore[attr-defined]  # a module, always
    turned = [
        model.translate(x.to(device), y.to(device)).cpu()
        for x, y in zip(images.split(BATCH_SIZE), labels.split(BATCH_SIZE), strict=True)
    ]
    return images, torch.cat(turned)


def _images_of(trainer: Trainer, label: int) -> Tensor:
    for split in ("validation", "train"):
        images, labels = data_of(trainer).images(split)
        if (labels == label).any():
            return images[labels == label]
    raise ValueError(f"no images of class {label}")
