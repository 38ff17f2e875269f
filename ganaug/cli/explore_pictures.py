"""The explorations of `tools/explore.py`: each draws a picture whose caption says how."""

from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor

from ganaug.cli.explore_history import history as history
from ganaug.cli.explore_inputs import COLUMNS, Explored, known_part, targets_of, wanted_class
from ganaug.evaluation.features.domain import network_of
from ganaug.models.registry import choose
from ganaug.reporting.latent_space import (
    Attribute,
    Row,
    as_pixels,
    captioned,
    combine,
    fill_in,
    find_latents,
    likeliest,
    nearest_real,
    write_video,
)
from ganaug.reporting.latent_space import (
    walk as path_between,
)
from ganaug.utils.errors import UsageError
from ganaug.utils.pixels import to_float, to_uint8
from ganaug.utils.rng import stream

# WebP frames are at most 16,383 pixels wide.
MOST_WALKS = 50
# Samples among which a classifier looks for those of a class.
CANDIDATES, CHOSEN = 2000, 16
# How far the neighbours of a sum lie from it (Radford et al. 2015 took noise of 0.25).
NEIGHBOURHOOD = 0.25


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
    images, labels = between(explored, count, steps, kind)
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
    write_video(frames, film, seconds=4)
    yield film


def between(
    explored: Explored, count: int, steps: int, kind: str
) -> tuple[list[Tensor], Tensor | None]:
    """Draw so many walks, each `[steps + 1, C, S, S]` in [-1, 1], and the class each stays in."""
    corners = torch.stack(explored.latents(2 * count).split(count), dim=1)
    labels = explored.labels(count)
    images = [
        explored.draw(latents, None if labels is None else labels[i].expand(len(latents)))
        for i, latents in enumerate(path_between(kind, corners, steps))
    ]
    return images, labels


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
        from ganaug.evaluation.features.networks import read_features

        network = network_of(explored.data, "judge", str(explored.device))

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
    targets, steps = targets_of(explored), explored.options.steps or 300
    found = find_latents(
        explored.model,
        targets,
        labels=wanted_class(explored, len(targets)),
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
    targets, steps = targets_of(explored), explored.options.steps or 300
    known = known_part(explored).to(explored.device).expand(len(targets), -1, -1, -1)
    found = find_latents(
        explored.model,
        targets,
        known=known,
        labels=wanted_class(explored, len(targets)),
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
    from ganaug.evaluation.features.networks import read_features

    if explored.model.num_classes:
        raise UsageError(
            f"class:{name}: the latents of a conditional model do not hold the class; give "
            "numbers of samples, or a model fitted with --model.conditional false"
        )
    network = network_of(explored.data, "judge", str(explored.device))
    label = explored.card.class_names.index(name)

    def probability(images: Tensor) -> Tensor:
        return read_features(network, images)[1].softmax(dim=1)[:, label]

    latents = likeliest(
        explored.latents(CANDIDATES),
        CHOSEN,
        draw=lambda some: explored.draw(some, None),
        probability=probability,
    )
    return Attribute(f"class {name}", latents)


def _classes_of(explored: Explored, start: int, count: int) -> str:
    labels = explored.labels(start + count)
    if labels is None:
        return ""
    names = dict.fromkeys(explored.card.class_names[label] for label in labels[start:].tolist())
    return f": {', '.join(names)}"


def _name(explored: Explored, labels: Tensor | None, number: int) -> str:
    return "" if labels is None else f": {explored.card.class_names[int(labels[number])]}"
