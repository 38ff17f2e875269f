"""The images in a report: some of each class, and the closest pairs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ganaug.reporting.inputs import ClassImages, Pairs

if TYPE_CHECKING:
    from ganaug.evaluation.memorization.detector import Pair
    from ganaug.synthesis.dataset import Listed, SyntheticDataset

# Maximum number of images of each class, and of classes.
PER_CLASS, MOST_CLASSES = 8, 12
# Maximum number of training images in which to look up the closest pairs.
ENOUGH = 20_000


@dataclass(frozen=True)
class Examples:
    """The images to show.

    Attributes:
        data: Data module of the fit.
        real: `[T, C, S, S]` uint8 training images, and their labels `[T]`.
        synthetic: `[N, C, S, S]` uint8 images of the shown classes, and their labels `[N]`.
        closest: Synthetic images of the closest pairs and their classes, by file.
    """

    data: Any
    real: tuple[Tensor, Tensor]
    synthetic: tuple[Tensor, Tensor]
    closest: Mapping[str, tuple[Tensor, str]]


def read_examples(
    data: Any, dataset: "SyntheticDataset", closest: Sequence["Pair"], seed: int
) -> Examples:
    """Read some images of each class, and the images of the closest pairs.

    Args:
        data: Data module of the fit.
        dataset: The set.
        closest: Pairs of a synthetic and a training image, by file.
        seed: Seed of the choice of images.

    Raises:
        UsageError: The set has other classes than the data.
    """
    selection = dataset.like(data)
    close_files = {pair.synthetic for pair in closest}
    files = dict(zip(selection.files, selection.listed, strict=True))
    picks = choose_some(selection.listed, seed)
    close = {file: entry for file, entry in files.items() if file in close_files}
    images = selection.read([*picks, *close.values()])
    labels = torch.tensor([entry.label for entry in picks])
    close_images = {
        file: (image, data.class_names[entry.label])
        for (file, entry), image in zip(close.items(), images[len(picks) :], strict=True)
    }
    return Examples(
        data, data.images("train", limit=ENOUGH), (images[: len(picks)], labels), close_images
    )


def class_images(examples: Examples, seed: int) -> list[ClassImages]:
    """Return real and synthetic images of each shown class."""
    (real, real_labels), (synthetic, labels) = examples.real, examples.synthetic
    random = torch.Generator().manual_seed(seed)
    rows = []
    for label in labels.unique().tolist():
        sample = real[real_labels == label]
        sample = sample[torch.randperm(len(sample), generator=random)[:PER_CLASS]]
        name = examples.data.class_names[label]
        rows.append(ClassImages(name, sample, synthetic[labels == label]))
    return rows


def closest_pairs(examples: Examples, closest: Sequence["Pair"]) -> Pairs | None:
    """Return the closest pairs whose images still exist; None if there are none."""
    # "all_train" includes unlabeled images, since the model was fitted on them too. Files are also
    # looked up by path, for metrics.json of earlier versions.
    listings = (examples.data.names, examples.data.paths)
    file_lists = [listing("all_train", limit=ENOUGH) for listing in listings]
    indices = {file: index for files in file_lists for index, file in enumerate(files)}
    existing = [
        pair for pair in closest if pair.synthetic in examples.closest and pair.training in indices
    ]
    if not existing:
        return None
    synthetic, names = zip(*(examples.closest[pair.synthetic] for pair in existing), strict=True)
    real, _ = examples.data.images("all_train", limit=ENOUGH)
    return Pairs(
        synthetic=torch.stack(synthetic),
        real=real[[indices[pair.training] for pair in existing]],
        names=names,
        distances=[pair.distance for pair in existing],
        copies=[pair.copy for pair in existing],
    )


def choose_some(entries: Sequence["Listed"], seed: int) -> list["Listed"]:
    """Return random files of each of the first classes."""
    by_class: dict[int, list[Listed]] = {}
    for entry in entries:
        by_class.setdefault(entry.label, []).append(entry)
    random = Random(seed)
    return [
        entry
        for label in sorted(by_class)[:MOST_CLASSES]
        for entry in random.sample(by_class[label], min(PER_CLASS, len(by_class[label])))
    ]
