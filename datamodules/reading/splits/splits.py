"""The images of a data module by split, and where they come from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

import torch
from torch import Tensor

from datamodules.reading.splits.in_memory import ImageSource
from datamodules.reading.splits.subsets import in_turn

SPLITS = ("train", "validation", "test")
UNLABELLED = -1


@dataclass(frozen=True)
class ImageSplit:
    """The images of one split, by position.

    Attributes:
        source: Their pixels.
        labels: `[N]` int64 class index of each, -1 for none.
        hashes: Content hash of each.
        names: File, or another name that identifies the image.
        groups: Group of each, such as a patient; empty without groups.
    """

    source: ImageSource
    labels: Tensor
    hashes: list[str]
    names: list[str]
    groups: list[str] = field(default_factory=list)

    def chosen(self, indices: list[int]) -> "ImageSplit":
        """Return a split of these images alone, in this order."""
        return ImageSplit(
            self.source.chosen(indices),
            self.labels[torch.tensor(indices, dtype=torch.long)],
            [self.hashes[i] for i in indices],
            [self.names[i] for i in indices],
            [self.groups[i] for i in indices if self.groups],
        )

    def spread_evenly(self, count: int) -> "ImageSplit":
        """Return `count` images, spread evenly over the classes and always the same."""
        return self.chosen(sorted(self._in_turn[:count]))

    def labelled(self) -> list[tuple[int, str, str]]:
        """Return the label, hash and name of each image that has a label."""
        found = zip(self.labels.tolist(), self.hashes, self.names, strict=True)
        return [each for each in found if each[0] != UNLABELLED]

    @cached_property
    def _in_turn(self) -> list[int]:
        return in_turn(self.hashes, self.labels.tolist())


class DataSplits(NamedTuple):
    """All images of a data module.

    Attributes:
        class_names: By class index.
        splits: By the names in `SPLITS`, before any subset is chosen.
        origin: What and where the images are, in a few words.
        hint: What could be used instead, or "".
        all_train: All images to train on: the labelled ones, which are `splits["train"]`, then the
            unlabelled ones. None before they are chosen.
        resolved: Arguments as the files decided them, by name, such as the channels of grey files.
    """

    class_names: tuple[str, ...]
    splits: dict[str, ImageSplit]
    origin: str
    hint: str = ""
    all_train: ImageSplit | None = None
    resolved: Mapping[str, Any] = MappingProxyType({})

    def describe(self) -> str:
        """Return one line that names the data and counts the images of each split."""
        train, validation, test = (len(self.splits[name].labels) for name in SPLITS)
        training = f"{train:,} training"
        if self.all_train and (unlabelled := len(self.all_train.labels) - train):
            training = f"{train:,} labelled and {unlabelled:,} unlabelled training"
        counts = f"{training}, {validation:,} validation, {test:,} test images"
        return "; ".join(part for part in (f"{self.origin}: {counts}", self.hint) if part)
