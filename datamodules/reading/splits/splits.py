"""The images of a data module by split, with their origin."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

import torch
from torch import Tensor

from datamodules.errors import DataError
from datamodules.reading.splits.in_memory import ImageSource
from datamodules.reading.splits.subsets import in_turn

SPLITS = ("train", "validation", "test")
UNLABELED = -1


@dataclass(frozen=True)
class ImageSplit:
    """The images of one split, by position.

    Attributes:
        source: The pixels.
        labels: `[N]` int64 class index of each image, -1 for none.
        hashes: Content hash of each image.
        names: File of each image, or another name that identifies it.
        groups: Group of each image, such as a patient; empty without groups.
    """

    source: ImageSource
    labels: Tensor
    hashes: list[str]
    names: list[str]
    groups: list[str] = field(default_factory=list)

    def chosen(self, indices: list[int]) -> "ImageSplit":
        """Return a split of only these images, in this order."""
        return ImageSplit(
            self.source.chosen(indices),
            self.labels[torch.tensor(indices, dtype=torch.long)],
            [self.hashes[i] for i in indices],
            [self.names[i] for i in indices],
            [self.groups[i] for i in indices if self.groups],
        )

    def spread_evenly(self, count: int) -> "ImageSplit":
        """Return `count` images, spread evenly over the classes; the same ones each time."""
        return self.chosen(sorted(self._in_turn[:count]))

    def labeled(self) -> list[tuple[int, str, str]]:
        """Return the label, hash and name of each image that has a label."""
        entries = zip(self.labels.tolist(), self.hashes, self.names, strict=True)
        return [entry for entry in entries if entry[0] != UNLABELED]

    @cached_property
    def _in_turn(self) -> list[int]:
        return in_turn(self.hashes, self.labels.tolist())


class DataSplits(NamedTuple):
    """All images of a data module.

    Attributes:
        class_names: Names of the classes, by class index.
        splits: The splits by the names in `SPLITS`, before any subset is chosen.
        origin: What and where the images are, in a few words.
        hint: Text on what could be used instead, or "".
        all_train: All images to train on: the labeled ones, which are `splits["train"]`, then the
            unlabeled ones. None before they are chosen.
        resolved: Arguments that the files determined, by name, such as the channels of gray files.
    """

    class_names: tuple[str, ...]
    splits: dict[str, ImageSplit]
    origin: str
    hint: str = ""
    all_train: ImageSplit | None = None
    resolved: Mapping[str, Any] = MappingProxyType({})

    def check(self, kind: str, shape: tuple[int, int, int]) -> None:
        """Refuse splits that can't be batched, since a user's data module may return anything.

        Args:
            kind: Name of the data module, for the message.
            shape: Shape of an image, `(channels, size, size)`.

        Raises:
            DataError: Names the split, what it has, and what it must have.
        """
        if missing := [name for name in SPLITS if name not in self.splits]:
            raise DataError(f"{kind}.read_splits gives no {missing[0]}; give {', '.join(SPLITS)}")
        for name, split in self.splits.items():
            if wrong := _wrong_with(split, len(self.class_names), shape):
                raise DataError(f"{kind}.read_splits: the split {name} has {wrong}")

    def describe(self) -> str:
        """Return one line that names the data and counts the images of each split."""
        train, validation, test = (len(self.splits[name].labels) for name in SPLITS)
        training = f"{train:,} training"
        if self.all_train and (unlabeled := len(self.all_train.labels) - train):
            training = f"{train:,} labeled and {unlabeled:,} unlabeled training"
        counts = f"{training}, {validation:,} validation, {test:,} test images"
        return "; ".join(part for part in (f"{self.origin}: {counts}", self.hint) if part)


def _wrong_with(split: ImageSplit, classes: int, shape: tuple[int, int, int]) -> str:
    """Return what is wrong with a split, and what it must have; "" if it is valid."""
    labels, count = split.labels, len(split.source)
    if not isinstance(labels, Tensor) or labels.dtype != torch.int64 or labels.ndim != 1:
        dtype = getattr(labels, "dtype", type(labels).__name__)
        return f"labels of {dtype}; give a tensor [N] of int64"
    if len(labels) and not -1 <= int(labels.min()) <= int(labels.max()) < classes:
        return (
            f"labels from {int(labels.min())} to {int(labels.max())}; give indices of the "
            f"{classes} class names, from 0, or -1 for none"
        )
    counts = {"labels": len(labels), "hashes": len(split.hashes), "names": len(split.names)}
    for name, length in counts.items():
        if length != count:
            return f"{count} images and {length} {name}; give one for each image"
    first = split.source.take([0]) if count else None
    if first is not None and (first.dtype != torch.uint8 or first.shape != (1, *shape)):
        return (
            f"images of {first.dtype} {list(first.shape[1:])}; give torch.uint8 {list(shape)}, "
            "0 to 255"
        )
    return ""
