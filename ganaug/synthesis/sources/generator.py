"""The generator as a source: images from latents."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch

from ganaug.protocols import Sampler
from ganaug.synthesis.marks import TRAINED
from ganaug.synthesis.sources.base import (
    Batch,
    block_indices,
    check_finite,
    check_truncation,
    image_seed,
    labels_for,
    latent,
    weights_digest,
)
from ganaug.synthesis.sources.registry import register_source
from ganaug.utils.device import device_of
from ganaug.utils.errors import UsageError
from ganaug.utils.pixels import to_uint8

if TYPE_CHECKING:
    from ganaug.synthesis.context import Context


@register_source("generator")
class GeneratorSource:
    """The method `generator`: images from latents.

    Args:
        sampler: The model; it may be moved to another device at any time.
        class_names: Names of the sampler's classes, in the order of its labels.
        seed: The run's seed.
        truncation: Largest absolute value in a latent. A smaller one makes samples more typical and
            less varied; None is no limit.

    Raises:
        UsageError: An argument is out of range, an unconditional sampler is used for more than one
            class, or a conditional one has another number of classes.
    """

    method = "generator"
    draws_latents = True
    digital_source_type = TRAINED
    needs_model = True

    def __init__(
        self,
        sampler: Sampler,
        class_names: Sequence[str],
        *,
        seed: int = 0,
        truncation: float | None = None,
    ) -> None:
        image_seed(seed, 0, 0)
        check_truncation(truncation)
        check_classes(sampler, class_names)
        self.network, self.class_names = sampler, class_names
        self.seed, self.truncation = seed, truncation

    @classmethod
    def build(cls, context: "Context") -> "GeneratorSource":
        """Build the source of the fitted model."""
        return cls(
            context.model,
            context.class_names,
            seed=context.seed,
            truncation=context.truncation,
        )

    @property
    def facts(self) -> dict[str, Any]:
        """The settings that determine the images."""
        weights = weights_digest(self.network)
        return {"seed": self.seed, "truncation": self.truncation, "weights": weights}

    def most(self, label: int) -> None:
        """Return None: there is no limit."""

    def make(self, label: int, block: int) -> Batch:
        """Generate a block of a class."""
        indices = block_indices(block)
        seeds = [image_seed(self.seed, label, index) for index in indices]
        latents = torch.stack(
            [latent(seed, self.network.latent_dim, self.truncation) for seed in seeds]
        )
        labels = labels_for(self.network, label, len(seeds))
        with torch.no_grad():
            images = self.network.sample(latents.to(device_of(self.network)), labels)
        check_finite(images, self.class_names[label])
        return Batch(label, indices, to_uint8(images).cpu(), tuple(seeds))


def check_classes(sampler: Sampler, class_names: Sequence[str]) -> None:
    """Refuse a sampler whose images would have no label, or a wrong one.

    Raises:
        UsageError: They would; the message says what to do.
    """
    if sampler.num_classes == 0 and len(class_names) > 1:
        raise UsageError(
            f"this model is unconditional, fitted on {len(class_names)} classes together, so its "
            "images have no labels. Fit a conditional one, such as dcgan, or fit on one class with "
            f"data.classes '[{class_names[0]}]'."
        )
    check_known(sampler, class_names)


def check_known(sampler: Sampler, class_names: Sequence[str]) -> None:
    """Refuse a conditional sampler with another number of classes.

    Raises:
        UsageError: The numbers differ; the message says what to do.
    """
    if sampler.num_classes not in (0, len(class_names)):
        raise UsageError(
            f"this model knows {sampler.num_classes} classes and its checkpoint names "
            f"{len(class_names)}: the checkpoint is damaged; fit the model again."
        )
