"""The explorations of `tools/explore.py`: each draws a picture whose caption says how."""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ganaug.checkpoints import Card
from ganaug.cli.catalogue import choose
from ganaug.cli.fitted import data_of
from ganaug.errors import UsageError
from ganaug.exploration import (
    Attribute,
    Row,
    as_pixels,
    captioned,
    combine,
    fill_in,
    find_latents,
    likeliest,
    nearest_real,
    write_film,
    write_picture,
)
from ganaug.exploration import (
    walk as path_between,
)
from ganaug.pixels import to_float, to_uint8
from ganaug.protocols import Sampler
from ganaug.random_streams import stream

if TYPE_CHECKING:
    from ganaug.evaluation import DomainNetwork

COLUMNS = 10
# WebP frames are at most 16,383 pixels wide.
MOST_WALKS = 50
# Samples among which a classifier looks for those of a class.
CANDIDATES, CHOSEN = 2000, 16
# How far the neighbours of a sum lie from it (Radford et al. 2015 took noise of 0.25).
NEIGHBOURHOOD = 0.25


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
        """The data that the model was fitted on."""
        return data_of(self.card, self.options.data_root)

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


def samples(explored: Explored) -> Iterator[Path]:
    """Draw a numbered sheet."""
    count = explored.options.count or 6 * COLUMNS
    images = explored.draw(explored.latents(count), explored.labels(count))
    rows = [
        Row(f"{start} to {start + len(some) - 1}{_classes_of(explored, start, len(some))}", some)
        for start, some in zip(range(0, count, COLUMNS), images.split(COLUMNS), strict=True)
    ]
    yield explored.write("samples, numbered from the left", rows)


def walk(explored: Explored) -> Iterator[Path]:
    """Walk from sample to sample, each walk keeping its class."""
    options, count = explored.options, explored.options.count or 6
    steps, kind = options.steps or COLUMNS, options.kind or "spherical"
    if count > MOST_WALKS:
        raise UsageError(f"--count is {count}; a film shows at most {MOST_WALKS} walks")
    corners = torch.stack(
        [explored.latents(2 * count)[:count], explored.latents(2 * count)[count:]], 1
    )
    labels = explored.labels(count)
    way = path_between(kind, corners, steps)
    images = [
        explored.draw(latents, None if labels is None else labels[i].expand(len(latents)))
        for i, latents in enumerate(way)
    ]
    rows = [Row(f"walk {i}{_name(explored, labels, i)}", each) for i, each in enumerate(images)]
    title = f"{kind} walks between two latents, {steps} steps"
    yield explored.write(title, rows)
    frames = [
        captioned(
            title, [Row(f"step {step} of {steps}", torch.stack([each[step] for each in images]))]
        )
        for step in range(steps + 1)
    ]
    film = options.out.with_suffix(".webp")
    write_film(frames, film, seconds=4)
    yield film


def arithmetic(explored: Explored) -> Iterator[Path]:
    """Add and subtract averaged latents."""
    a, b, c = (_attribute(explored, getattr(explored.options, name)) for name in "abc")
    label = explored.labels(1)
    if label is not None and explored.options.class_name is None:
        raise UsageError(
            "arithmetic on a conditional model needs --class NAME, since its latents say all but "
            "the class"
        )

    def drawn(latents: Tensor) -> Tensor:
        return explored.draw(latents, None if label is None else label.expand(len(latents)))

    noise = torch.rand(9, explored.model.latent_dim, generator=stream(explored.options.seed, 1, 1))
    around = (2 * noise.to(explored.device) - 1) * NEIGHBOURHOOD
    around[0] = 0
    rows = [
        Row(
            f"{sign} {term.name}: the mean of its latents, and samples of which it is the mean",
            drawn(torch.cat([term.mean.unsqueeze(0), term.latents[: COLUMNS - 1]])),
        )
        for sign, term in zip("+-+", (a, b, c), strict=True)
    ]
    total = drawn(combine(a, b, c, around))
    rows.append(Row(f"= the sum, and neighbours up to {NEIGHBOURHOOD} away", total))
    yield explored.write(f"{a.name} - {b.name} + {c.name}", rows)


def nearest(explored: Explored) -> Iterator[Path]:
    """Show the nearest training image below each sample."""
    count = explored.options.count or COLUMNS
    drawn = explored.draw(explored.latents(count), explored.labels(count))
    real, _ = explored.data.images("every")
    by = explored.options.by or "features"
    if by == "pixels":
        describe = as_pixels
    else:
        from ganaug.evaluation.networks import read_features

        network = _network(explored)

        def describe(images: Tensor) -> Tensor:
            return read_features(network, images)[0]

    places, distances = nearest_real(to_uint8(drawn), real, describe)
    files = [explored.data.paths("every")[place] for place in places.tolist()]
    rows = [
        Row("samples", drawn),
        Row(
            "the nearest real training images, distances "
            + ", ".join(f"{distance:.2f}" for distance in distances.tolist()),
            to_float(real[places]),
        ),
    ]
    yield explored.write(f"nearest of {len(real):,} by {by}", rows)
    for number, file in enumerate(files):
        print(f"sample {number}: {file}")


def project(explored: Explored) -> Iterator[Path]:
    """Search for the latents that draw real images."""
    targets, steps = _targets(explored), explored.options.steps or 300
    found = find_latents(
        explored.model,
        targets,
        labels=_wanted(explored, len(targets)),
        steps=steps,
        seed=explored.options.seed,
    )
    errors = ", ".join(f"{error:.2f}" for error in found.errors.tolist())
    rows = [
        Row("real images", targets),
        Row(
            f"the closest found in {steps} steps; root mean square difference {errors}",
            found.images,
        ),
        Row("difference, grey for none", (found.images - targets) / 2),
    ]
    yield explored.write("projection into the latents", rows)


def inpaint(explored: Explored) -> Iterator[Path]:
    """Search for latents that draw what is around a hole, and fill the hole with what they draw."""
    targets, steps = _targets(explored), explored.options.steps or 300
    known = _known(explored).to(explored.device).expand(len(targets), -1, -1, -1)
    found = find_latents(
        explored.model,
        targets,
        known=known,
        labels=_wanted(explored, len(targets)),
        steps=steps,
        seed=explored.options.seed,
    )
    what = explored.options.mask or f"the {explored.options.hole or 'middle'}"
    rows = [
        Row(f"real images without {what}", fill_in(targets, known, torch.zeros_like(targets))),
        Row(f"filled in, {steps} steps", fill_in(targets, known, found.images)),
        Row("the real images", targets),
    ]
    yield explored.write("filling in, after Yeh et al. 2017", rows)


def _attribute(explored: Explored, text: str) -> Attribute:
    """The samples that a word of the command line names: their numbers, or a class."""
    kind, colon, name = text.partition(":")
    if colon and kind == "class":
        return _of_class(explored, choose("class", name, explored.card.class_names))
    try:
        numbers = [int(number) for number in text.split(",")]
    except ValueError:
        numbers = []
    if not numbers or min(numbers) < 0:
        raise UsageError(f"{text!r} is neither numbers of samples, 3,17,40, nor class:NAME")
    shown = f"samples {', '.join(map(str, numbers))}"
    return Attribute(shown, explored.latents(max(numbers) + 1)[numbers])


def _of_class(explored: Explored, name: str) -> Attribute:
    from ganaug.evaluation.networks import read_features

    if explored.model.num_classes:
        raise UsageError(
            f"class:{name}: the latents of a conditional model do not hold the class; give "
            "numbers of samples, or a model fitted with --model.conditional false"
        )
    network, label = _network(explored), explored.card.class_names.index(name)

    def probability(images: Tensor) -> Tensor:
        return read_features(network, images)[1].softmax(dim=1)[:, label]

    latents = likeliest(
        explored.latents(CANDIDATES),
        CHOSEN,
        draw=lambda some: explored.draw(some, None),
        probability=probability,
    )
    return Attribute(f"class {name}", latents)


def _network(explored: Explored) -> "DomainNetwork":
    from ganaug.evaluation import domain_features

    data = explored.data
    images, labels = data.images("train", limit=20_000)
    return domain_features(images, labels, data.class_names, data.fingerprint, purpose="judge")


def _targets(explored: Explored) -> Tensor:
    """The images given, or the first test images of the data, as the model sees images."""
    import numpy as np

    from datamodules.reading import read_image
    from datamodules.transforms import fit_square

    card, options = explored.card, explored.options
    if options.image is None:
        images, labels = explored.data.images("test")
        if (wanted := _wanted(explored, 1)) is not None:
            images = images[labels == wanted.item()]
        images = images[: options.count or COLUMNS]
        if not len(images):
            raise UsageError("the data has no test images; give some with --image")
        return to_float(images).to(explored.device)
    read = [fit_square(read_image(file, card.channels), card.image_size) for file in options.image]
    pixels = torch.from_numpy(np.stack(read)).view(len(read), card.image_size, card.image_size, -1)
    return to_float(pixels.permute(0, 3, 1, 2)).to(explored.device)


def _wanted(explored: Explored, count: int) -> Tensor | None:
    """The class to search in; None for each in turn."""
    return None if explored.options.class_name is None else explored.labels(count)


def _known(explored: Explored) -> Tensor:
    """`[1, 1, S, S]`, 0 in the hole."""
    side = explored.card.image_size
    known = torch.ones(1, 1, side, side)
    if explored.options.mask is not None:
        from datamodules.reading import read_image
        from datamodules.transforms import fit_square

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


def _classes_of(explored: Explored, start: int, count: int) -> str:
    labels = explored.labels(start + count)
    if labels is None:
        return ""
    names = dict.fromkeys(explored.card.class_names[label] for label in labels[start:].tolist())
    return f": {', '.join(names)}"


def _name(explored: Explored, labels: Tensor | None, number: int) -> str:
    return "" if labels is None else f": {explored.card.class_names[int(labels[number])]}"
