"""Drawing synthetic images from a sampler."""

from collections.abc import Sequence

import torch

from ganaug.errors import UsageError
from ganaug.pixels import to_uint8
from ganaug.protocols import Sampler
from ganaug.synthesis.makers import Batch, block_indices, check_finite, image_seed, latent


class Drawing:
    """The maker `generator`: images from latents.

    Args:
        sampler: The model, already on `device`.
        class_names: Names of the sampler's classes, in the order of its labels.
        seed: The run's seed.
        truncation: Latents keep to this distance from 0 in each dimension: the smaller, the more
            typical the samples and the less varied; None draws all.
        device: Where the sampler is.

    Raises:
        UsageError: An argument is out of range, an unconditional sampler stands for more than one
            class, or a conditional one knows another number of classes.
    """

    name = "generator"

    def __init__(
        self,
        sampler: Sampler,
        class_names: Sequence[str],
        *,
        seed: int = 0,
        truncation: float | None = None,
        device: str | torch.device = "cpu",
    ) -> None:
        image_seed(seed, 0, 0)
        if truncation is not None and truncation < 0.1:
            raise UsageError(
                f"truncation is {truncation}; use 0.1 or more (2 cuts off little, 0.5 much)"
            )
        check_classes(sampler, class_names)
        self.sampler, self.class_names = sampler, class_names
        self.seed, self.truncation = seed, truncation
        self.device = torch.device(device)

    def most(self, label: int) -> None:
        """Return None: latents do not run out."""

    def make(self, label: int, block: int) -> Batch:
        """Draw a block of a class."""
        indices = block_indices(block)
        seeds = [image_seed(self.seed, label, index) for index in indices]
        latents = torch.stack(
            [latent(seed, self.sampler.latent_dim, self.truncation) for seed in seeds]
        )
        labels = None
        if self.sampler.num_classes:
            labels = torch.full((len(seeds),), label, dtype=torch.int64, device=self.device)
        with torch.no_grad():
            images = self.sampler.sample(latents.to(self.device), labels)
        check_finite(images, self.class_names[label])
        return Batch(label, indices, to_uint8(images).cpu(), tuple(seeds))


def check_classes(sampler: Sampler, class_names: Sequence[str]) -> None:
    """Refuse a sampler whose images would have no label, or a wrong one.

    Raises:
        UsageError: Says what to do.
    """
    if sampler.num_classes == 0 and len(class_names) > 1:
        raise UsageError(
            f"this model is unconditional, fitted on {len(class_names)} classes together, so its "
            "images have no labels. Fit a conditional one, such as --model dcgan, or fit on one "
            f"class with --data.classes '[{class_names[0]}]'."
        )
    if sampler.num_classes not in (0, len(class_names)):
        raise UsageError(
            f"this model knows {sampler.num_classes} classes and its checkpoint names "
            f"{len(class_names)}: the checkpoint is damaged; fit the model again."
        )
