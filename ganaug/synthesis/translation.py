"""Turning real images of one class into synthetic images of another, each source named."""

from collections.abc import Iterator, Mapping, Sequence

import torch

from ganaug.errors import UsageError
from ganaug.pixels import to_float, to_uint8
from ganaug.protocols import Translator
from ganaug.random_streams import stream
from ganaug.synthesis.draw import BATCH_SIZE, Batch, check_finite, check_names, image_seed, latent
from ganaug.synthesis.export import RealImages


def translate(
    translator: Translator,
    quotas: Mapping[str, int],
    class_names: Sequence[str],
    real: RealImages,
    *,
    seed: int = 0,
    device: str | torch.device = "cpu",
) -> Iterator[Batch]:
    """Turn real images into the planned ones, class by class, in order of their index.

    The seed chooses the order of the source images. Each is used once, or, where noise varies
    them, in turn. As in `draw`, every pass has the same shape, so that an image's bytes do not
    depend on how many are asked for.

    Args:
        translator: The model, already on `device`.
        quotas: Images to make of each class.
        class_names: Names of the classes, in the order of the labels.
        real: The images to start from, of all classes.
        seed: Of the order of the sources and of the noise.
        device: Where the model is.

    Returns:
        An iterator over batches of at most 64 images of one class.

    Raises:
        UsageError: The seed is out of range, a class is unknown or has no source, or more images
            are asked for than there are sources, each of which becomes one.
    """
    image_seed(seed, 0, 0)
    check_names(quotas, class_names)
    sources = {}
    for name, quota in quotas.items():
        label = class_names.index(name)
        source = translator.source_of(label)
        places = (real.labels == source).nonzero().squeeze(1)
        if quota and not len(places):
            raise UsageError(
                f"there is no real image of class {class_names[source]!r} to start from"
            )
        if quota > len(places) and not translator.latent_dim:
            raise UsageError(
                f"{quota} images of class {name!r} are asked for, and each is made of one of the "
                f"{len(places)} real images of class {class_names[source]!r}: ask for at most "
                f"{len(places)} with --sampling-strategy or --per-class"
            )
        order = torch.randperm(len(places), generator=stream(seed, label))
        sources[label] = places[order][torch.arange(quota) % max(1, len(places))]
    return _batches(translator, sources, real, class_names, seed, torch.device(device))


def _batches(
    translator: Translator,
    sources: Mapping[int, torch.Tensor],
    real: RealImages,
    class_names: Sequence[str],
    seed: int,
    device: torch.device,
) -> Iterator[Batch]:
    for label, places in sources.items():
        labels = torch.full((BATCH_SIZE,), label, dtype=torch.int64, device=device)
        for start in range(0, len(places), BATCH_SIZE):
            chosen = places[start : start + BATCH_SIZE]
            # Filled up with any image: a pass of another shape could differ in its last bits.
            filled = torch.cat([chosen, chosen[:1].expand(BATCH_SIZE - len(chosen))])
            seeds = [image_seed(seed, label, start + j) for j in range(BATCH_SIZE)]
            latents = torch.stack([latent(each, translator.latent_dim) for each in seeds])
            images = translator.translate(
                to_float(real.images[filled]).to(device), labels, latents.to(device)
            )
            images = images[: len(chosen)]
            check_finite(images, class_names[label])
            yield Batch(
                label=label,
                indices=range(start, start + len(chosen)),
                images=to_uint8(images).cpu(),
                seeds=tuple(seeds[: len(chosen)]) if translator.latent_dim else (),
                sources=tuple(real.sources[place] for place in chosen.tolist()),
            )
