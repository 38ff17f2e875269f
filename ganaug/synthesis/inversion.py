"""Inversion: the latents from which a model generates images most like given real ones; cached."""

import math
import time
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import normalize

from datamodules.console import say
from ganaug.evaluation.features.cache import digest_of_network, digest_of_tensor, kept
from ganaug.protocols import Autoencoder, Perceiver, Sampler
from ganaug.synthesis.sources.base import labels_for
from ganaug.synthesis.sources.real import ClassOrder
from ganaug.training.frozen import frozen_sha256
from ganaug.utils.device import device_of
from ganaug.utils.durations import in_words
from ganaug.utils.latents import PRIOR_WEIGHT, search_latents
from ganaug.utils.pixels import to_float

# Number of random latents; each search starts from the closest. One batch of the model.
CANDIDATES = 64
# Number of real images inverted together; a stopped command loses at most these.
TOGETHER = 16
# Distances of feature maps are about ten times those of pixels. With the default weight of the
# prior, latents had 1.8 times the usual length (`projected` on digits), with this one 1.3 times.
PRIOR_WITH_MAPS = 10 * PRIOR_WEIGHT
# A search that takes longer than this, in seconds, is announced.
WORTH_SAYING = 60
# Contrast assumed for images of a single color: one gray level.
LEAST_CONTRAST = 1 / 127.5


class Inversion(NamedTuple):
    """The result of inverting images.

    Attributes:
        latents: `[N, D]`.
        errors: `[N]` root mean square difference between an image and its reconstruction, divided
            by the image's contrast: 0 if it is perfect, 1 if it is only the mean color.
    """

    latents: Tensor
    errors: Tensor


class Inversions:
    """Inversions of real images by class: computed a few at a time, once, and cached in files.

    Args:
        sampler: The model; it may be moved to another device before the first inversion.
        images: `[N, C, S, S]` uint8.
        order: The order in which the images of a class are inverted.
        steps: Steps of the search.
    """

    def __init__(self, sampler: Sampler, images: Tensor, order: ClassOrder, *, steps: int) -> None:
        self.sampler, self.images, self.order, self.steps = sampler, images, order, steps
        self._announced = False
        self._parts: dict[tuple[int, int], Inversion] = {}

    def of(self, label: int, turns: Sequence[int]) -> Inversion:
        """Return the inversions of a class's images, by their positions in its order."""
        parts = {part: self._part(label, part) for part in sorted({t // TOGETHER for t in turns})}
        entries = [(parts[turn // TOGETHER], turn % TOGETHER) for turn in turns]
        return Inversion(
            torch.stack([part.latents[index] for part, index in entries]),
            torch.stack([part.errors[index] for part, index in entries]),
        )

    @cached_property
    def _weights(self) -> list[str] | None:
        """Hashes of the model's weights and, if it has a frozen network, of that one's."""
        weights, frozen = digest_of_network(self.sampler), frozen_sha256(self.sampler)
        if weights is None:
            return None
        # The model's state does not hold the frozen weights, by which images are compared.
        return [weights] if frozen is None else [weights, frozen]

    def _part(self, label: int, part: int) -> Inversion:
        if (label, part) not in self._parts:
            images = self.images[self.order.of(label).split(TOGETHER)[part]]
            tensors = self._cached_part(images, label)
            self._parts[label, part] = Inversion(tensors["latents"], tensors["errors"])
        return self._parts[label, part]

    def _cached_part(self, images: Tensor, label: int) -> dict[str, Tensor]:
        def make() -> dict[str, Tensor]:
            forecast = self._forecast(len(images))
            inversion = invert(self.sampler, images, label, steps=self.steps, after_step=forecast)
            return inversion._asdict()

        # Without weights, there is no hash to name the cache file by.
        if self._weights is None:
            return make()
        return kept(
            "inversions", [*self._weights, digest_of_tensor(images), label, self.steps], make
        )

    def _forecast(self, images: int) -> Callable[[int], None]:
        """Return a callback that times the steps, and announces a long search once."""
        ends: list[float] = []

        def say_once(steps_taken: int) -> None:
            ends.append(time.monotonic())
            if steps_taken != 2 or self._announced:
                return
            if (seconds := (ends[1] - ends[0]) * self.steps) > WORTH_SAYING:
                self._announced = True
                say(
                    f"variations: each {images} real images take about {in_words(seconds)} to "
                    f"invert ({self.steps} steps); fewer `inversion_steps` take less"
                )

        return say_once


@torch.inference_mode(mode=False)
def invert(
    sampler: Sampler,
    images: Tensor,
    label: int,
    *,
    steps: int,
    after_step: Callable[[int], None] | None = None,
) -> Inversion:
    """Find the latents of real images of a class, deterministically (Zhu et al. 2016).

    The search starts from the encoder's latents if the model has an encoder, or else from the
    closest of random ones. It compares pixels and, if the model has a frozen pretrained network,
    also that network's feature maps.

    Args:
        sampler: The model.
        images: `[N, C, S, S]` uint8.
        label: Class of the images; an unconditional model ignores it.
        steps: Steps of the search; 0 returns the starting point.
        after_step: Called after each step with the number of steps taken.

    Returns:
        Latents and errors, on the CPU.

    Example:
        >>> from ganaug.models.vae import VAE
        >>> black = torch.zeros(2, 1, 8, 8, dtype=torch.uint8)
        >>> invert(VAE(image_size=8, latent_dim=4), black, 0, steps=3).latents.shape
        torch.Size([2, 4])
    """
    targets = to_float(images).to(device_of(sampler))
    labels = labels_for(sampler, label, len(targets))
    with torch.no_grad():
        goal = described(sampler, targets)
        latents = _start(sampler, targets, goal, label)
    latents = search_latents(
        sampler,
        latents,
        labels,
        lambda generated: (described(sampler, generated) - goal).square().sum(dim=1),
        steps=steps,
        prior=PRIOR_WITH_MAPS if isinstance(sampler, Perceiver) else PRIOR_WEIGHT,
        after_step=after_step,
    )
    with torch.no_grad():
        errors = _relative_errors(sampler.sample(latents, labels), targets)
    return Inversion(latents.cpu(), errors.cpu())


def described(sampler: Sampler, images: Tensor) -> Tensor:
    """Return vectors whose squared distances measure the difference of images.

    Args:
        sampler: The model; its frozen network is used if it has one.
        images: `[N, C, S, S]` in [-1, 1].

    Returns:
        `[N, F]`: the squared distance is the mean over pixels plus the mean over the network's
        maps, whose features are normalized at each position (Zhang et al. 2018).
    """
    parts = [images.flatten(1) / math.sqrt(images[0].numel())]
    maps: Sequence[Tensor] = sampler.perceive(images) if isinstance(sampler, Perceiver) else ()
    for feature_map in maps:
        positions = feature_map.shape[2] * feature_map.shape[3]
        parts.append(normalize(feature_map, dim=1).flatten(1) / math.sqrt(positions * len(maps)))
    return torch.cat(parts, dim=1)


def _start(sampler: Sampler, targets: Tensor, goal: Tensor, label: int) -> Tensor:
    """Return latents `[N, D]` to start from."""
    if isinstance(sampler, Autoencoder):
        return sampler.encode(targets, labels_for(sampler, label, len(targets)))
    generator = torch.Generator().manual_seed(0)
    candidates = torch.randn(CANDIDATES, sampler.latent_dim, generator=generator).to(targets.device)
    images = sampler.sample(candidates, labels_for(sampler, label, CANDIDATES))
    return candidates[torch.cdist(goal, described(sampler, images)).argmin(dim=1)]


def _relative_errors(generated: Tensor, targets: Tensor) -> Tensor:
    """Return each image's root mean square difference from its target over its contrast."""
    differences = (generated - targets).flatten(1).square().mean(dim=1).sqrt()
    deviations = targets - targets.mean(dim=(2, 3), keepdim=True)
    contrasts = deviations.flatten(1).square().mean(dim=1).sqrt()
    return differences / contrasts.clamp(min=LEAST_CONTRAST)
