"""The images to train on as a torch data set, from the table written by `advise`."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from datamodules.augmentation import augmentation_names, load_augmentation
from datamodules.reading.images.reader import ImageReader
from datamodules.reading.tables.table_files import is_pattern
from ganaug.evaluation.advice.images.training_table import REAL, Row
from ganaug.evaluation.advice.search.candidates import Candidate
from ganaug.protocols import Augmentation
from ganaug.utils.errors import UsageError
from ganaug.utils.pixels import to_float

AUGMENTATION = "augmentation.yaml"
KNOWN = ("train", "validation")
# Key in the card of an advice, next to the fingerprint of the training images.
VALIDATION = "validation_fingerprint"


class TrainingImages(Dataset[tuple[Tensor, Tensor, Tensor]]):
    """Images with labels and weights, augmented at random on each access.

    An item is an image `[C, S, S]` float32 from -1 to 1, its label and its weight. The label is a
    class index, or probabilities `[K]` if the recipe has soft labels. Augmentation is seeded by
    torch's random state.

    Args:
        images: `[N, C, S, S]` uint8.
        rows: File, class, weight and source of each image.
        class_names: Names of the classes.
        augmentation: Augmentation of the images, if any.

    Attributes:
        labels: `[N]` class indices, or `[N, K]` probabilities.
        weights: `[N]`: how often to draw each image, or its weight in the loss; the mean is 1.
        rows: File, class, weight and source of each image.

    Example:
        >>> rows = [Row("a.png", "cat", 0.5), Row("b.png", "dog", 1.5)]
        >>> data = TrainingImages(torch.zeros(2, 1, 8, 8, dtype=torch.uint8), rows, ["cat", "dog"])
        >>> image, label, weight = data[1]
        >>> image.shape, label.item(), weight.item()
        (torch.Size([1, 8, 8]), 1, 1.5)
    """

    def __init__(
        self,
        images: Tensor,
        rows: Sequence[Row],
        class_names: Sequence[str],
        augmentation: Augmentation | None = None,
    ) -> None:
        self.images, self.rows, self.augmentation = images, list(rows), augmentation
        self.class_names = tuple(class_names)
        self.weights = torch.tensor([row.weight for row in rows])
        label_by_name = {name: label for label, name in enumerate(class_names)}
        self.labels = (
            torch.tensor([row.soft for row in rows])
            if any(row.soft for row in rows)
            else torch.tensor([label_by_name[row.label] for row in rows])
        )

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, item: int) -> tuple[Tensor, Tensor, Tensor]:
        image = self.images[item]
        if self.augmentation is not None:
            # Worker processes have different torch random states, but copies of the augmentation's.
            self.augmentation.seed(int(torch.randint(2**31, ())))
            changed = self.augmentation(np.ascontiguousarray(image.permute(1, 2, 0).numpy()))
            image = torch.from_numpy(changed).permute(2, 0, 1)
        return to_float(image), self.labels[item], self.weights[item]


def files_of(data: Any) -> list[str]:
    """Return the file of each real image to train on, relative to the data's folder.

    If there are files outside the folder, such as those of a pattern, all are relative to their
    common folder.
    """
    paths = [path for split in KNOWN for path in data.paths(split)]
    root = data.hparams.get("root")
    if not root:
        return paths
    if not all(Path(path).is_relative_to(root) for path in paths):
        root = os.path.commonpath([Path(path).parent for path in paths])
    return [Path(path).relative_to(root).as_posix() for path in paths]


class Store(NamedTuple):
    """The images of a source.

    Attributes:
        index_by_file: Index of each image, by the name of its file in the table.
        paths: Path of each image.
        read: Returns all images `[N, C, size, size]` uint8 at a size in pixels.
        reader: Reads a file.
    """

    index_by_file: Mapping[str, int]
    paths: Sequence[str]
    read: Callable[[int], Tensor]
    reader: ImageReader


def stores_of(rows: Sequence[Row], data: Any, sets: Mapping[str, Any]) -> dict[str, Store]:
    """Return the sources of the images of these rows, by name.

    Args:
        rows: Rows of the table.
        data: The data module of the real images.
        sets: Sets of further images, or their folders, by name.

    Raises:
        UsageError: An image is missing.
    """
    stores = {
        source: _real_store(data) if source == REAL else _set_store(source, data, sets)
        for source in dict.fromkeys(row.source for row in rows)
    }
    for row in rows:
        if row.file not in stores[row.source].index_by_file:
            raise UsageError(
                f"{row.file} of {row.source} is missing; restore it, or delete its row in the table"
            )
    return stores


def _real_store(data: Any) -> Store:
    def read(size: int) -> Tensor:
        module = data if size == data.image_size else data.resized(size)
        return torch.cat([module.images(split)[0] for split in KNOWN])

    paths = [path for split in KNOWN for path in data.paths(split)]
    # Tables of earlier versions name files of a pattern by their paths.
    file_names = (paths, files_of(data))
    index_by_file = {file: n for files in file_names for n, file in enumerate(files)}
    return Store(index_by_file, paths, read, data.reader)


def _set_store(source: str, data: Any, sets: Mapping[str, Any]) -> Store:
    from ganaug.synthesis.dataset import SyntheticDataset

    if source not in sets:
        raise UsageError(
            f"there is no set {source!r} in this advice; real images have the source {REAL}"
        )
    dataset = SyntheticDataset.open(sets[source]).like(data)
    index_by_file = {file: n for n, file in enumerate(dataset.files)}
    paths = [str(entry.path) for entry in dataset.listed]
    return Store(
        index_by_file, paths, lambda size: dataset.select(image_size=size).images, data.reader
    )


def read_images(rows: Sequence[Row], stores: Mapping[str, Store], size: int) -> Tensor:
    """Return the images of these rows, `[N, C, size, size]` uint8."""
    images = {source: store.read(size) for source, store in stores.items()}
    return torch.stack(
        [images[row.source][stores[row.source].index_by_file[row.file]] for row in rows]
    )


def data_of(card: Mapping[str, Any], data_root: str | None = None) -> Any:
    """Return the data module of an advice, rebuilt from its card.

    Args:
        card: The card of the data in the advice.
        data_root: Where the images are now, if they have moved.

    Raises:
        UsageError: The images are missing or have changed.
    """
    from ganaug.training import fitted
    from ganaug.training.checkpoints import Card

    root = card["init_args"].get("root")
    if root and not data_root and not is_pattern(root) and not Path(root).expanduser().exists():
        raise UsageError(
            f"the real images are not at {root}; give their current folder as `data_root`"
        )
    data = fitted.data_of(Card.from_checkpoint({"model": "", **card}), data_root)
    fingerprints = data.fingerprint, data.fingerprint_of("validation")
    # Earlier versions have no fingerprint of the validation images.
    if fingerprints != (card["fingerprint"], card.get(VALIDATION, fingerprints[1])):
        raise UsageError(
            "the real images are not those of the advice; restore them, give their current folder "
            "as `data_root`, or run advise again"
        )
    return data


def augmentation_of(
    recipe: Candidate, folder: Path, size: int, channels: int
) -> Augmentation | None:
    """Return the recommended augmentation, by name or from the file next to the advice."""
    if recipe.augmentation not in augmentation_names():
        return load_augmentation(str(folder / AUGMENTATION), size, channels)
    return weakened(load_augmentation(recipe.augmentation, size, channels), recipe.strength)


def weakened(policy: Any, strength: float) -> Any:
    """Return an augmentation that is applied to only this share of the images, from 0 to 1.

    Example:
        >>> image = np.zeros((8, 8, 1), np.uint8)
        >>> weakened(load_augmentation("light", 8, 1), 0.0)(image) is image
        True
    """
    if policy is None or strength == 1:
        return policy
    compose = type(policy.compose)([policy.compose], p=strength)
    return type(policy)(policy.name, compose)
