"""Errors on user-defined data modules that return unusable splits say what to return."""

from dataclasses import replace

import pytest
import torch

from datamodules.base import ImageDataModule
from datamodules.errors import DataError
from datamodules.reading.splits.in_memory import InMemoryImages
from datamodules.reading.splits.splits import SPLITS, DataSplits, ImageSplit

NAMES = [str(number) for number in range(4)]
GOOD = ImageSplit(
    InMemoryImages(torch.zeros(4, 1, 8, 8, dtype=torch.uint8)),
    torch.tensor([0, 1, 0, 1]),
    NAMES,
    NAMES,
)


class Own(ImageDataModule):
    def __init__(self, split, splits=SPLITS):
        super().__init__(image_size=8, channels=1)
        self.given = dict.fromkeys(splits, split)

    def read_splits(self):
        return DataSplits(("a", "b"), self.given, "mine")


def pixels(*shape, dtype=torch.uint8):
    return InMemoryImages(torch.zeros(4, *shape, dtype=dtype))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"source": pixels(1, 8, 8, dtype=torch.float32)},
            r"images of torch.float32 \[1, 8, 8\]; give torch.uint8 \[1, 8, 8\], 0 to 255",
        ),
        ({"source": pixels(8, 8, 1)}, r"images of torch.uint8 \[8, 8, 1\]; give"),
        ({"labels": ["a", "b", "a", "b"]}, r"labels of list; give a tensor \[N\] of int64"),
        ({"labels": GOOD.labels.float()}, "labels of torch.float32; give a tensor"),
        ({"labels": GOOD.labels + 1}, "labels from 1 to 2; give indices of the 2 class names"),
        ({"hashes": NAMES[:3]}, "4 images and 3 hashes; give one for each image"),
    ],
)
def test_what_is_given_is_refused_with_what_to_give(changes, message):
    with pytest.raises(DataError, match=f"Own.read_splits: the split train has {message}"):
        _ = Own(replace(GOOD, **changes)).num_classes


def test_a_missing_split_is_named_and_a_right_one_is_not():
    with pytest.raises(DataError, match=r"Own.read_splits gives no test; give train, validation"):
        _ = Own(GOOD, ("train", "validation")).num_classes
    assert Own(GOOD).class_counts == {"a": 2, "b": 2}


class Raising(Own):
    def read_splits(self):
        return {}["labels"]


class Listing(Own):
    def read_splits(self):
        return [GOOD]


class Forgetful(Own):
    def __init__(self):
        self.given = {}


def test_what_a_module_raises_and_returns_is_named():
    with pytest.raises(DataError, match=r"read_splits raised KeyError: .* \(.*, line \d+\)"):
        _ = Raising(GOOD).num_classes
    with pytest.raises(DataError, match=r"Listing.read_splits gives list; return DataSplits"):
        _ = Listing(GOOD).num_classes
    with pytest.raises(DataError, match="the split train is list; give an ImageSplit"):
        _ = Own([]).num_classes
    with pytest.raises(DataError, match=r"Forgetful.__init__ does not call super\(\).__init__"):
        _ = Forgetful().num_classes
