"""Images that a report lays side by side: some of each class, and the closest pairs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import torch
from torch import Tensor

from ganaug.evaluation.evaluator import ENOUGH
from ganaug.reporting import Pairs, Side
from ganaug.synthesis.dataset import Listed, SyntheticDataset

# Images of a class, and classes, that are shown.
A_CLASS, MOST_CLASSES = 8, 12
# What evaluate.py says of a pair.
Named = Mapping[str, Any]


@dataclass(frozen=True)
class Shown:
    """The images that a report shows.

    Attributes:
        data: Of the fit.
        real: `[T, C, S, S]` uint8 training images, and their labels `[T]`.
        made: `[N, C, S, S]` uint8 synthetic images of the classes shown, and their labels `[N]`.
        closest: Those that the evaluation named, and their classes, by file.
    """

    data: Any
    real: tuple[Tensor, Tensor]
    made: tuple[Tensor, Tensor]
    closest: Mapping[str, tuple[Tensor, str]]


def read_shown(data: Any, folder: Path, closest: Sequence[Named], seed: int) -> Shown:
    """Read some images of each class, and those that the evaluation named.

    Args:
        data: Of the fit.
        folder: Of class folders.
        closest: Pairs of a synthetic and a training image, by file.
        seed: Of the choice.

    Raises:
        UsageError: The folder does not hold images of the data's classes.
    """
    named = {folder / pair["synthetic"] for pair in closest}
    dataset = SyntheticDataset(
        folder, class_names=data.class_names, image_size=data.image_size, channels=data.channels
    )
    listed = dataset.listed
    close = [one for one in listed if one.path in named]
    few = a_few(listed, seed)
    images = dataset.read([*few, *close])
    labels = torch.tensor([one.label for one in [*few, *close]])
    known = {
        str(one.path.relative_to(folder)): (image, data.class_names[one.label])
        for one, image in zip(close, images[len(few) :], strict=True)
    }
    made = images[: len(few)], labels[: len(few)]
    return Shown(data, data.images("train", limit=ENOUGH), made, known)


def sides_of(shown: Shown, seed: int) -> list[Side]:
    """Lay real and synthetic images of each class side by side."""
    (real, real_labels), (made, made_labels) = shown.real, shown.made
    random = torch.Generator().manual_seed(seed)
    return [
        Side(
            shown.data.class_names[label],
            some(real[real_labels == label], random),
            made[made_labels == label],
        )
        for label in made_labels.unique().tolist()
    ]


def pairs_of(shown: Shown, closest: Sequence[Named]) -> Pairs | None:
    """Lay synthetic images beside their training images; None where no pair is there any more."""
    # Those without a label are trained on, too.
    training = shown.data.paths("every", limit=ENOUGH)
    places = {file: place for place, file in enumerate(training)}
    known = [
        pair
        for pair in closest
        if pair["synthetic"] in shown.closest and pair["training"] in places
    ]
    if not known:
        return None
    made, names = zip(*(shown.closest[pair["synthetic"]] for pair in known), strict=True)
    real, _ = shown.data.images("every", limit=ENOUGH)
    return Pairs(
        made=torch.stack(made),
        real=real[[places[pair["training"]] for pair in known]],
        names=names,
        distances=[pair["distance"] for pair in known],
        copies=[pair["copy"] for pair in known],
    )


def a_few(listed: Sequence[Listed], seed: int) -> list[Listed]:
    """Return some files of the first classes, drawn without looking."""
    by_class: dict[int, list[Listed]] = {}
    for one in listed:
        by_class.setdefault(one.label, []).append(one)
    random = Random(seed)
    return [
        one
        for label in sorted(by_class)[:MOST_CLASSES]
        for one in random.sample(by_class[label], min(A_CLASS, len(by_class[label])))
    ]


def some(images: Tensor, random: torch.Generator) -> Tensor:
    """Return a few images, drawn without looking."""
    return images[torch.randperm(len(images), generator=random)[:A_CLASS]]
