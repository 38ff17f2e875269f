"""Samples for the callbacks: from latents, or translated from real images."""

import torch
from lightning.pytorch import LightningModule, Trainer
from torch import Tensor

from ganaug.protocols import Sampler, Translator
from ganaug.training.trainers import data_of
from ganaug.utils.pixels import to_float
from ganaug.utils.rng import stream

GRID_STREAM, FIDELITY_STREAM, HEALTH_STREAM = 1_000_001, 1_000_002, 1_000_003
COPYING_STREAM, AGREEMENT_STREAM = 1_000_004, 1_000_005
BATCH_SIZE = 128


def classes_of(model: LightningModule) -> int:
    """Return the number of classes the model can generate on request; 0 if unconditional.

    Raises:
        TypeError: The model is neither a sampler nor a translator.
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
    """Generate images, the same for the same seed.

    Args:
        trainer: Trainer whose data a translator starts from: validation images, or training images
            for classes with too few.
        model: A sampler or a translator.
        count: Number of images. A deterministic translator returns fewer if there are fewer source
            images.
        seed: Seed of the latents.
        labels: Requested classes `[count]`; by default 0 1 2 … 0 1 2 ….

    Returns:
        Images `[count, C, S, S]` in [-1, 1] and labels `[count]` (zeros if unconditional), on the
        CPU.
    """
    classes = classes_of(model)
    if labels is None or not classes:
        labels = torch.arange(count) % max(classes, 1)
    if isinstance(model, Translator):
        return translations(trainer, model, labels, seed=seed)[1:]
    assert isinstance(model, Sampler)
    latents = torch.randn(count, model.latent_dim, generator=stream(seed))
    images = []
    for z, y in zip(latents.split(BATCH_SIZE), labels.split(BATCH_SIZE), strict=True):
        condition = y.to(model.device) if classes else None
        images.append(model.sample(z.to(model.device), condition).cpu())
    return torch.cat(images), labels


def in_proportion(labels: Tensor, reference: Tensor) -> Tensor:
    """Select the largest subset of images with the class proportions of the reference.

    Args:
        labels: Labels `[N]` of the images; some classes may have fewer than requested.
        reference: Labels `[M]`.

    Returns:
        Indices of the selected images; all indices if fewer than two would be left.
    """
    count = int(torch.cat([labels, reference]).max()) + 1
    counts, reference_counts = (
        values.bincount(minlength=count).double() for values in (labels, reference)
    )
    shares = reference_counts / reference_counts.sum()
    # Classes without any image are ignored: they would leave an empty subset.
    occurs_in_both = (counts > 0) & (shares > 0)
    if not occurs_in_both.any():
        return torch.arange(len(labels))
    class_counts = ((counts / shares)[occurs_in_both].min() * shares).round().long().tolist()
    by_class = [(labels == label).nonzero()[:n, 0] for label, n in enumerate(class_counts)]
    positions = torch.cat(by_class)
    return positions if len(positions) >= 2 else torch.arange(len(labels))


@torch.no_grad()
def translations(
    trainer: Trainer, model: Translator, labels: Tensor, *, seed: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Translate real images into the requested classes.

    A model with noise uses the source images repeatedly; a deterministic one uses each once.

    Args:
        trainer: Trainer whose data the images come from.
        model: A translator.
        labels: Target classes `[N]`.
        seed: Seed of the noise.

    Returns:
        Real images `[M, C, S, S]`, their translations, and labels `[M]`. M is less than N if the
        model is deterministic and a class has too few source images.
    """
    sources, source_labels = [], []
    for label in labels.unique().tolist():
        count = int((labels == label).sum())
        pool = _images_of(trainer, model, label, count)
        if model.latent_dim:
            pool = pool[torch.arange(count) % len(pool)]
        pool = pool[:count]
        sources.append(to_float(pool))
        source_labels.append(torch.full((len(pool),), label))
    images, classes = torch.cat(sources), torch.cat(source_labels)
    device = next(model.parameters()).device  # type: ignore[attr-defined]  # always a module
    latents = torch.randn(len(images), model.latent_dim, generator=stream(seed))
    batches = zip(*(all_.split(BATCH_SIZE) for all_ in (images, classes, latents)), strict=True)
    translated = [model.translate(*(part.to(device) for part in batch)).cpu() for batch in batches]
    return images, torch.cat(translated), classes


def _images_of(trainer: Trainer, model: Translator, label: int, count: int) -> Tensor:
    """Return the validation images of a class, or its training images if there are too few.

    Models whose images keep their class always get training images, since a variation of a
    validation image would be close to the validation images by construction.
    """
    data, images = data_of(trainer), torch.empty(0)
    for split in ("train",) if model.keeps_classes else ("validation", "train"):
        # The limit, spread evenly over the classes, avoids reading all of a large data set.
        images, labels = data.images(split, limit=count * len(data.class_names))
        images = images[labels == model.source_of(label)]
        if len(images) >= count:
            break
    return images
