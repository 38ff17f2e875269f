"""Explorations that search for the latents of real images: `project` and `inpaint`."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from torch import Tensor

from datamodules.reading.images.reader import ImageReader
from ganaug.reporting.latent_space.explore import EXPLORATIONS
from ganaug.reporting.latent_space.search import SearchResult, fill_in, find_latents
from ganaug.reporting.latent_space.session import COLUMNS, Session
from ganaug.utils.errors import UsageError
from ganaug.utils.pictures import Row
from ganaug.utils.pixels import to_float

SEARCH_STEPS = 300


@EXPLORATIONS.register("project")
def project(
    session: Session,
    *,
    count: int = COLUMNS,
    image: Sequence[str | Path] | None = None,
    steps: int = SEARCH_STEPS,
) -> Iterator[Path]:
    """Draw the closest images to real ones, by searching for latents."""
    targets = _targets(session, image, count)
    result = _search(session, targets, steps)
    errors = [f"{error:.2f}" for error in result.errors.tolist()]
    caption = f"the closest image after {steps} steps, each above its root mean square difference"
    rows = [
        Row("real images", targets),
        Row(caption, result.images, errors),
        Row("difference, gray for none", (result.images - targets) / 2),
    ]
    yield session.write("projection into the latent space", rows)


@EXPLORATIONS.register("inpaint")
def inpaint(
    session: Session,
    *,
    count: int = COLUMNS,
    image: Sequence[str | Path] | None = None,
    steps: int = SEARCH_STEPS,
    hole: str = "middle",
    mask: str | Path | None = None,
) -> Iterator[Path]:
    """Fill a hole in real images, by searching for latents that match its surroundings."""
    targets = _targets(session, image, count)
    size, fit = session.card.image_size, session.card.reader.fit
    if mask is None:
        part = _outside(hole, size)
    else:
        part = (_read([mask], ImageReader(size, channels=1, fit=fit)) > 127).float()
    known_mask = part.to(session.device).expand(len(targets), -1, -1, -1)
    result = _search(session, targets, steps, known_mask)
    hole_name = mask or f"the {hole}"
    rows = [
        Row(
            f"real images without {hole_name}",
            fill_in(targets, known_mask, torch.zeros_like(targets)),
        ),
        Row(f"filled in, {steps} steps", fill_in(targets, known_mask, result.images)),
        Row("the real images", targets),
    ]
    yield session.write("filling in, after Yeh et al. 2017", rows)


def _search(
    session: Session, targets: Tensor, steps: int, known_mask: Tensor | None = None
) -> SearchResult:
    labels = None if session.class_name is None else session.labels(len(targets))
    return find_latents(
        session.model, targets, known_mask=known_mask, labels=labels, steps=steps, seed=session.seed
    )


def _targets(session: Session, files: Sequence[str | Path] | None, count: int) -> Tensor:
    """Return the given images, or else the first test images, as the model's images."""
    card = session.card
    if files is not None:
        return to_float(_read(files, card.reader)).to(session.device)
    images, labels = session.data.images("test")
    class_label = None if session.class_name is None else session.labels(1)
    if class_label is not None:
        images = images[labels == class_label.item()]
    if not len(images):
        raise UsageError("the data has no test images; give some with `image`")
    return to_float(images[:count]).to(session.device)


def _read(files: Sequence[str | Path], reader: ImageReader) -> Tensor:
    """Read image files, `[N, channels, size, size]` uint8."""
    import numpy as np

    return torch.from_numpy(np.stack([reader.read(file) for file in files])).permute(0, 3, 1, 2)


def _outside(hole: str, side: int) -> Tensor:
    """Return a mask `[1, 1, S, S]` that is 0 in the hole and 1 elsewhere."""
    half, quarter = side // 2, side // 4
    everything, edge = slice(None), slice(quarter, side - quarter)
    rows, columns = {
        "middle": (edge, edge),
        "left": (everything, slice(0, half)),
        "right": (everything, slice(side - half, side)),
        "top": (slice(0, half), everything),
        "bottom": (slice(side - half, side), everything),
    }[hole]
    mask = torch.ones(1, 1, side, side)
    mask[:, :, rows, columns] = 0
    return mask
