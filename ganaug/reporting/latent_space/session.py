"""Session: a fitted model to explore, with its latents, its images and the real images."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from datamodules.reading.folders.class_names import find_name
from ganaug.protocols import Sampler
from ganaug.training.checkpoints import Card, load
from ganaug.training.fitted import unchanged_data_of
from ganaug.utils.errors import UsageError, did_you_mean
from ganaug.utils.fonts import names_to_draw
from ganaug.utils.pictures import Row, captioned, write_picture
from ganaug.utils.rng import stream

# Number of images in a row of a picture.
COLUMNS = 10


@dataclass(frozen=True)
class Session:
    """A model and the settings shared by all explorations.

    Attributes:
        model: The sampler.
        card: Card of the model's fit.
        path: The model's checkpoint.
        out: The picture to write.
        class_name: The class to draw; None for all classes in turn.
        seed: Seed of the latents.
        data_root: Where the real images are now, if they have moved.
    """

    model: Sampler
    card: Card
    path: Path
    out: Path
    class_name: str | None = None
    seed: int = 0
    data_root: str | None = None

    @classmethod
    def open(cls, model: Any, device: str | torch.device, **settings: Any) -> "Session":
        """Open a run, its folder, a checkpoint or a loaded model.

        Args:
            model: The model.
            device: Where to compute, as in `ganaug.load`.
            settings: Other attributes of the session.

        Raises:
            UsageError: There is no such checkpoint, or the model has no latents.
        """
        path = Path(getattr(model, "folder", getattr(model, "path", model)))
        model = load(model, device)
        if not isinstance(model.model, Sampler):
            raise UsageError(
                f"{model.card.model} generates from images, not from latents, so there is no "
                "latent space to explore; use synthesize to see its images"
            )
        return cls(model.model, model.card, path, **settings)

    @property
    def device(self) -> torch.device:
        """The device of the model."""
        return next(self.model.parameters()).device  # type: ignore[attr-defined]  # a module

    @cached_property
    def data(self) -> Any:
        """The data that the model was fitted on, with the same splits."""
        return unchanged_data_of(self.card, self.data_root)

    def latents(self, count: int) -> Tensor:
        """Return the first latents `[count, D]` of the seed, which don't depend on the count."""
        rows = [
            torch.randn(self.model.latent_dim, generator=stream(self.seed, number))
            for number in range(count)
        ]
        return torch.stack(rows).to(self.device)

    def labels(self, count: int) -> Tensor | None:
        """Return `class_name`, or every class in turn, `[count]`; None if unconditional.

        Raises:
            UsageError: The model has no such class.
        """
        names = self.card.class_names
        if not self.model.num_classes:
            if self.class_name is not None:
                raise UsageError(
                    f"class_name is {self.class_name!r}, but the model is unconditional and can't "
                    "draw a given class"
                )
            return None
        if self.class_name is None:
            return torch.arange(count, device=self.device) % len(names)
        return torch.full((count,), self.label_of(self.class_name), device=self.device)

    def label_of(self, name: str) -> int:
        """Return the label of a class.

        Raises:
            UsageError: There is no such class.
        """
        names = self.card.class_names
        if (class_name := find_name(name, names)) is None:
            hint = did_you_mean(name, names)
            raise UsageError(f"class {name!r} is not one of {', '.join(sorted(names))}{hint}")
        return names.index(class_name)

    def class_of(self, labels: Tensor | None, number: int) -> str:
        """Return the class of an image; empty if unconditional."""
        return "" if labels is None else self.shown_names[int(labels[number])]

    def caption(self, name: str, labels: Tensor | None, number: int) -> str:
        """Return a caption of an image: its name, and its class if there is one."""
        class_name = self.class_of(labels, number)
        return f"{name}: {class_name}" if class_name else name

    @property
    def shown_names(self) -> list[str]:
        """The class names in a form that pictures can show."""
        return names_to_draw(self.card.class_names)

    @torch.no_grad()
    def draw(self, latents: Tensor, labels: Tensor | None) -> Tensor:
        """Return images `[N, C, S, S]` in [-1, 1] on the CPU, for one class or `[N]` classes."""
        classes = (
            [None] * len(latents) if labels is None else labels.expand(len(latents)).split(250)
        )
        parts = zip(latents.split(250), classes, strict=False)
        return torch.cat([self.model.sample(z, y).cpu() for z, y in parts])

    def write(self, title: str, rows: list[Row]) -> Path:
        """Write the picture, with the model, the checkpoint and the seed in its title."""
        model = self.card.model.rpartition(".")[2]
        origin = f"{model}, {self.path}, seed {self.seed}"
        write_picture(captioned(f"{title} ({origin})", rows), self.out)
        return self.out
