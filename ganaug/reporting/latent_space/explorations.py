"""Explorations that draw from random latents: `samples`, `walk`, `arithmetic` and `nearest`."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import torch
from torch import Tensor

from ganaug.reporting.latent_space.arithmetic import Attribute, combine, likeliest
from ganaug.reporting.latent_space.explore import EXPLORATIONS
from ganaug.reporting.latent_space.neighbours import as_pixels, nearest_real
from ganaug.reporting.latent_space.session import COLUMNS, Session
from ganaug.reporting.latent_space.walks import walk as path_between
from ganaug.utils.errors import UsageError
from ganaug.utils.pictures import Row, captioned, write_video
from ganaug.utils.pixels import to_float, to_uint8
from ganaug.utils.rng import stream

# With more walks, each would be too small in the video.
MOST_WALKS = 50
# Number of samples in which a classifier looks for a class, and number of those to use.
CANDIDATES, CHOSEN = 2000, 16
# Maximum offset of a result's neighbors (Radford et al. 2015 used noise of 0.25).
NEIGHBORHOOD = 0.25


@EXPLORATIONS.register("samples")
def samples(session: Session, *, count: int = 6 * COLUMNS) -> Iterator[Path]:
    """Draw a numbered sheet of samples."""
    labels = session.labels(count)
    images = session.draw(session.latents(count), labels)
    rows = []
    for start, row in zip(range(0, count, COLUMNS), images.split(COLUMNS), strict=True):
        numbers = range(start, start + len(row))
        classes = dict.fromkeys(session.class_of(labels, number) for number in numbers)
        suffix = f": {', '.join(classes)}" if labels is not None else ""
        rows.append(Row(f"{start} to {numbers[-1]}{suffix}", row, [str(n) for n in numbers]))
    yield session.write("samples, each above its number", rows)


@EXPLORATIONS.register("walk")
def walk(
    session: Session, *, count: int = 6, steps: int = COLUMNS, kind: str = "spherical"
) -> Iterator[Path]:
    """Draw walks between latents of a class, as a picture and a video next to it."""
    if count > MOST_WALKS:
        raise UsageError(f"count is {count}; a video shows at most {MOST_WALKS} walks")
    images, labels = walks_between(session, count, steps, kind)
    title = f"{kind} walks between two latents, {steps} steps"
    numbers = [f"step {step}" for step in range(steps + 1)]
    names = [session.caption(f"walk {i}", labels, i) for i in range(count)]
    yield session.write(title, [Row(*row, numbers) for row in zip(names, images, strict=True)])
    frames = [
        captioned(title, _in_rows(f"step {step} of {steps}", torch.stack(all_at), names))
        for step, all_at in enumerate(zip(*images, strict=True))
    ]
    video = session.out.with_suffix(".webp")
    write_video(frames, video, seconds=4)
    yield video


def _in_rows(caption: str, images: Tensor, names: Sequence[str]) -> list[Row]:
    """Arrange images in rows of at most `COLUMNS`, with the caption above the first."""
    starts = range(0, len(images), COLUMNS)
    return [
        Row("" if start else caption, some, names[start : start + len(some)])
        for start, some in zip(starts, images.split(COLUMNS), strict=True)
    ]


def walks_between(
    session: Session, count: int, steps: int, kind: str = "spherical"
) -> tuple[list[Tensor], Tensor | None]:
    """Return `count` walks `[steps + 1, C, S, S]` in [-1, 1], and the class of each."""
    corners = torch.stack(session.latents(2 * count).split(count), dim=1)
    labels = session.labels(count)
    images = [
        session.draw(latents, None if labels is None else labels[i])
        for i, latents in enumerate(path_between(kind, corners, steps))
    ]
    return images, labels


@EXPLORATIONS.register("arithmetic")
def arithmetic(
    session: Session, *, a: str | Iterable[int], b: str | Iterable[int], c: str | Iterable[int]
) -> Iterator[Path]:
    """Draw the result of a - b + c on averaged latents."""
    terms = [
        _attribute(session, name, samples) for name, samples in zip("abc", (a, b, c), strict=True)
    ]
    label = session.labels(1)
    if label is not None and session.class_name is None:
        raise UsageError(
            "arithmetic on a conditional model needs `class_name`, since its latents describe "
            "everything but the class"
        )
    noise = torch.rand(9, session.model.latent_dim, generator=stream(session.seed, 1, 1))
    around = (2 * noise.to(session.device) - 1) * NEIGHBORHOOD
    around[0] = 0
    rows = [
        Row(
            f"{sign} {term.name}: the mean of its latents, then samples from those latents",
            session.draw(torch.cat([term.mean.unsqueeze(0), term.latents[: COLUMNS - 1]]), label),
            ["mean", *["sample"] * len(term.latents[: COLUMNS - 1])],
        )
        for sign, term in zip("+-+", terms, strict=True)
    ]
    plus, minus, added = terms
    total = session.draw(combine(plus, minus, added, around), label)
    caption = f"= the result, then neighbors up to {NEIGHBORHOOD} away"
    rows.append(Row(caption, total, ["result", *["nearby"] * (len(total) - 1)]))
    yield session.write(f"{plus.name} - {minus.name} + {added.name}", rows)


@EXPLORATIONS.register("nearest")
def nearest(session: Session, *, count: int = COLUMNS, by: str = "features") -> Iterator[Path]:
    """Draw the nearest training image below each sample, and print its file."""
    from ganaug.evaluation.features.domain import network_of
    from ganaug.evaluation.features.networks import read_features

    samples = session.draw(session.latents(count), session.labels(count))
    real, _ = session.data.images("all_train")
    describe = as_pixels
    if by != "pixels":
        network = network_of(session.data, "judge", str(session.device))

        def describe(images: Tensor) -> Tensor:
            return read_features(network, images)[0]

    indices, distances = nearest_real(to_uint8(samples), real, describe)
    numbers = [f"{distance:.3g}" for distance in distances.tolist()]
    rows = [
        Row("samples", samples, [str(number) for number in range(len(samples))]),
        Row(
            "the nearest real training images, each above its distance",
            to_float(real[indices]),
            numbers,
        ),
    ]
    yield session.write(f"nearest of {len(real):,} by {by}", rows)
    files = session.data.names("all_train")
    for number, index in enumerate(indices.tolist()):
        print(f"sample {number}: {files[index]}")


def _attribute(session: Session, argument: str, samples: str | Iterable[int]) -> Attribute:
    """Return the samples of an argument, which gives their numbers or a class."""
    if isinstance(samples, str) and samples.startswith("class:"):
        return _of_class(session, samples.removeprefix("class:"))
    try:
        numbers = [int(n) for n in (samples.split(",") if isinstance(samples, str) else samples)]
    except (TypeError, ValueError):
        numbers = []
    if not numbers or min(numbers) < 0:
        raise UsageError(
            f"`{argument}` is {samples!r}; give numbers of samples, such as 3,17,40, or class:NAME"
        )
    name = f"samples {', '.join(map(str, numbers))}"
    return Attribute(name, session.latents(max(numbers) + 1)[numbers])


def _of_class(session: Session, name: str) -> Attribute:
    from ganaug.evaluation.features.domain import network_of
    from ganaug.evaluation.features.networks import read_features

    label = session.label_of(name)
    if session.model.num_classes:
        raise UsageError(
            f"class:{name}: the latents of a conditional model do not contain the class; give "
            "numbers of samples, or a model fitted with model.conditional false"
        )
    network = network_of(session.data, "judge", str(session.device))

    def probability(images: Tensor) -> Tensor:
        return read_features(network, images)[1].softmax(dim=1)[:, label]

    latents = likeliest(
        session.latents(CANDIDATES),
        CHOSEN,
        draw=lambda batch: session.draw(batch, None),
        probability=probability,
    )
    shown_name = session.shown_names[label]
    return Attribute(
        shown_name if shown_name == f"class {label}" else f"class {shown_name}", latents
    )
