"""Variations as a source: real images are inverted into latents, moved a little, and decoded."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch

from ganaug.protocols import Sampler
from ganaug.synthesis.filters.base import rounded
from ganaug.synthesis.inversion import Inversions
from ganaug.synthesis.marks import COMPOSITE, TRAINED
from ganaug.synthesis.sources.base import (
    BLOCK,
    Batch,
    block_indices,
    check_finite,
    check_truncation,
    image_seed,
    images_digest,
    labels_for,
    latent,
    weights_digest,
)
from ganaug.synthesis.sources.generator import check_classes, check_known
from ganaug.synthesis.sources.real import ClassOrder, RealImages
from ganaug.synthesis.sources.registry import register_source
from ganaug.utils.device import device_of
from ganaug.utils.errors import UsageError
from ganaug.utils.latents import move
from ganaug.utils.pixels import to_uint8

if TYPE_CHECKING:
    from ganaug.synthesis.context import Context

STRENGTH = 0.3
STEPS = 200
# Above this error, less than half of an image's variance is explained: 0.5 ** 0.5.
POOR = 0.7


@register_source("variations")
class VariationSource:
    """The method `variations`: real images, moved in the model's latent space.

    A real image is inverted: a search finds the latent from which the model reproduces it best.
    The source moves it part of the way to a random latent, along the sphere, and decodes the
    result. The real images are used in turn; the seed of each new image determines its random
    latent.

    Args:
        sampler: The model; it may be moved to another device at any time.
        class_names: Names of the classes, in the order of the labels.
        real: The real images.
        seed: The run's seed, which also determines the order of the images.
        strength: Fraction of the way, from 0 (a reconstruction) to 1 (a random latent).
        steps: Steps of the search for a real image's latent; 0 uses its starting point.
        truncation: Largest absolute value in a random latent; None for no limit.

    Raises:
        UsageError: An argument is out of range, or the model does not fit the classes.
    """

    method = "variations"
    draws_latents = True
    needs_model = True

    def __init__(
        self,
        sampler: Sampler,
        class_names: Sequence[str],
        real: RealImages,
        *,
        seed: int = 0,
        strength: float = STRENGTH,
        steps: int = STEPS,
        truncation: float | None = None,
    ) -> None:
        image_seed(seed, 0, 0)
        check_truncation(truncation)
        check_settings(strength, steps)
        if truncation is not None and not strength:
            raise UsageError("truncation is for drawn latents, and strength 0 draws none")
        # A random latent has no information on the real image, so the model must know the class.
        (check_classes if strength == 1 else check_known)(sampler, class_names)
        self.network, self.class_names, self.real = sampler, class_names, real
        self.seed, self.strength, self.truncation = seed, strength, truncation
        self.order = ClassOrder(real, seed)
        self.inversions = Inversions(sampler, real.images, self.order, steps=steps)

    @classmethod
    def build(cls, context: "Context") -> "VariationSource":
        """Build the source of the fitted model."""
        strength = STRENGTH if context.strength is None else context.strength
        steps = STEPS if context.inversion_steps is None else context.inversion_steps
        return cls(
            context.model,
            context.class_names,
            context.images,
            seed=context.seed,
            strength=strength,
            steps=steps,
            # At strength 0, truncation is for the plan's other methods.
            truncation=context.truncation if strength else None,
        )

    @staticmethod
    def check(model: Any, wanted: Mapping[str, int], counts: Mapping[str, int]) -> None:
        """Refuse a model without latents, and classes without an image.

        Raises:
            UsageError: The message says what to do.
        """
        if not isinstance(model, Sampler):
            raise UsageError(
                f"the method 'variations' needs a model with latents, and {type(model).__name__} "
                "draws from images: use the method 'model', or a model such as r3gan or vae"
            )
        for name, count in wanted.items():
            if count:
                check_image(name, counts[name])

    @property
    def digital_source_type(self) -> str:
        """IPTC's term for the images; at strength 1, they don't depend on the real images."""
        return TRAINED if self.strength == 1 else COMPOSITE

    @property
    def facts(self) -> dict[str, Any]:
        """The settings that determine the images."""
        return {
            "seed": self.seed,
            "strength": self.strength,
            "inversion_steps": self.inversions.steps,
            "truncation": self.truncation,
            "weights": weights_digest(self.network),
            "images": images_digest(self.real.images),
        }

    def most(self, label: int) -> int | None:
        """Return None, or at strength 0 the number of real images to reconstruct."""
        count = len(self.order.of(label))
        check_image(self.class_names[label], count)
        return None if self.strength else count

    def make(self, label: int, block: int) -> Batch:
        """Move the latents of a block's source images, and decode them."""
        order, max_images = self.order.of(label), self.most(label)
        indices = block_indices(block)
        count = BLOCK if max_images is None else min(BLOCK, max_images - indices.start)
        # Padded with an arbitrary image, so that every batch has the same shape.
        turns = [index % len(order) for index in indices]
        starts, errors = self.inversions.of(label, turns)
        seeds = [image_seed(self.seed, label, index) for index in indices]
        ends = [latent(seed, self.network.latent_dim, self.truncation) for seed in seeds]
        latents = move(starts, torch.stack(ends), self.strength).to(device_of(self.network))
        with torch.no_grad():
            images = self.network.sample(latents, labels_for(self.network, label, BLOCK))
        check_finite(images, self.class_names[label])
        batch = Batch(
            label,
            indices,
            to_uint8(images).cpu(),
            tuple(seeds) if self.strength else (),
            tuple(self.real.sources[position] for position in order[turns].tolist()),
            errors=tuple(rounded(errors)),
        )
        return batch.first(count)


def check_settings(strength: float, steps: int) -> None:
    """Refuse settings out of range.

    Raises:
        UsageError: One is; the message names the allowed values.
    """
    if not 0 <= strength <= 1:
        raise UsageError(
            f"strength is {strength}; use a number from 0 (reconstructions of real images) to 1 "
            "(ordinary samples)"
        )
    if steps < 0:
        raise UsageError(f"inversion_steps is {steps}; use 0 or more")


def check_image(class_name: str, count: int) -> None:
    """Refuse a class without a real image.

    Raises:
        UsageError: The message names alternatives.
    """
    if not count:
        raise UsageError(
            f"class {class_name!r} has no real image, and the method 'variations' starts from one: "
            "assign the class to another method in a `plan_file`, or leave it out"
        )
