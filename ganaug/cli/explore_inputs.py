"""What `tools/explore.py` looks into: a fitted model, its latents, and real images beside it."""

import argparse
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ganaug.models.registry import choose
from ganaug.protocols import Sampler
from ganaug.reporting.latent_space import Row, captioned, write_picture
from ganaug.training.checkpoints import Card
from ganaug.training.fitted import unchanged_data_of
from ganaug.utils.errors import UsageError
from ganaug.utils.pixels import to_float
from ganaug.utils.rng import stream

COLUMNS = 10


@dataclass(frozen=True)
class Explored:
    """A fitted model and what is asked about it.

    Attributes:
        model: The sampler.
        card: What it was fitted on.
        options: The command line's.
    """

    model: Sampler
    card: Card
    options: argparse.Namespace

    @property
    def device(self) -> torch.device:
        """Where the model is."""
        return next(self.model.parameters()).device  # type: ignore[attr-defined]  # a module

    @cached_property
    def data(self) -> Any:
        """The data that the model was fitted on, split as it was then."""
        return unchanged_data_of(self.card, self.options.data_root)

    @property
    def title(self) -> str:
        """The run, for captions."""
        return (
            f"{self.card.model.rpartition('.')[2]}, {self.options.ckpt}, seed {self.options.seed}"
        )

    def latents(self, count: int) -> Tensor:
        """The first latents of the seed; more of them begin with the same."""
        rows = [
            torch.randn(self.model.latent_dim, generator=stream(self.options.seed, number))
            for number in range(count)
        ]
        return torch.stack(rows).to(self.device)

    def labels(self, count: int) -> Tensor | None:
        """The class asked for, or every class in turn; None for an unconditional model."""
        if not self.model.num_classes:
            if self.options.class_name is not None:
                raise UsageError("--class: this model is unconditional and can't be asked for one")
            return None
        names = self.card.class_names
        if self.options.class_name is None:
            return torch.arange(count, device=self.device) % len(names)
        label = names.index(choose("class", self.options.class_name, names))
        return torch.full((count,), label, device=self.device)

    @torch.no_grad()
    def draw(self, latents: Tensor, labels: Tensor | None) -> Tensor:
        """Images `[N, C, S, S]` in [-1, 1] on the CPU."""
        parts = zip(
            latents.split(250),
            [None] * len(latents) if labels is None else labels.split(250),
            strict=False,
        )
        return torch.cat([self.model.sample(z, y).cpu() for z, y in parts])

    def write(self, title: str, rows: list[Row]) -> Path:
        """Write the picture."""
        write_picture(captioned(f"{title} ({self.title})", rows), self.options.out)
        return self.options.out


def targets_of(explored: Explored) -> Tensor:
    """The images given, or the first test images of the data, as the model sees images."""
    import numpy as np

    from datamodules.augmentation import fit_square
    from datamodules.reading.image import read_image

    card, options = explored.card, explored.options
    if options.image is None:
        images, labels = explored.data.images("test")
        if (wanted := wanted_class(explored, 1)) is not None:
            images = images[labels == wanted.item()]
        images = images[: options.count or COLUMNS]
        if not len(images):
            raise UsageError("the data has no test images; give some with --image")
        return to_float(images).to(explored.device)
    read = [fit_square(read_image(file, card.channels), card.image_size) for file in options.image]
    pixels = torch.from_numpy(np.stack(read)).view(len(read), card.image_size, card.image_size, -1)
    return to_float(pixels.permute(0, 3, 1, 2)).to(explored.device)


def wanted_class(explored: Explored, count: int) -> Tensor | None:
    """The class to search in; None for each in turn."""
    return None if explored.options.class_name is None else explored.labels(count)


def known_part(explored: Explored) -> Tensor:
    """`[1, 1, S, S]`, 0 in the hole."""
    side = explored.card.image_size
    known = torch.ones(1, 1, side, side)
    if explored.options.mask is not None:
        from datamodules.augmentation import fit_square
        from datamodules.reading.image import read_image

        picture = torch.from_numpy(fit_square(read_image(explored.options.mask, 1), side))
        return (picture.view(1, 1, side, side) > 127).float()
    half, quarter = side // 2, side // 4
    everything, edge = slice(None), slice(quarter, side - quarter)
    rows, columns = {
        "middle": (edge, edge),
        "left": (everything, slice(0, half)),
        "right": (everything, slice(side - half, side)),
        "top": (slice(0, half), everything),
        "bottom": (slice(side - half, side), everything),
    }[explored.options.hole or "middle"]
    known[:, :, rows, columns] = 0
    return known
