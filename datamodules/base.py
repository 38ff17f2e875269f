"""What every data module of labelled images offers, however it gathers them."""

import hashlib
from abc import ABC, abstractmethod
from collections import Counter
from copy import deepcopy
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from lightning import LightningDataModule
from torch import Tensor
from torch.utils.data import DataLoader

from datamodules.arguments import check_arguments, nearest
from datamodules.augmentation import MIRRORING, check_augmentation, load_augmentation
from datamodules.batching.balanced import BalancedBatches
from datamodules.batching.class_pairs import PairedBatches
from datamodules.batching.half_labelled import HalvedBatches
from datamodules.batching.loaders import loader_of
from datamodules.batching.shuffled import ImageBatches, ShuffledBatches
from datamodules.console import say
from datamodules.errors import DataError
from datamodules.reading.partly_labelled import keep_labels
from datamodules.reading.splits import SPLITS, UNLABELLED, Gathered, ImageSplit


class ImageDataModule(LightningDataModule, ABC):
    """Labelled images of one size in three splits; a subclass says where from in `gather`.

    Images are gathered once, on first use of anything that needs them, so that `num_classes` is
    there right after construction. Subclasses declare the arguments, which are then `hparams`, and
    call `super().__init__()` first.

    Attributes:
        image_size: Side in pixels.
        channels: 1 or 3.
        halved_by_class: Whether half of each training batch is of class 0 and half of class 1.

    Raises:
        DataError: An argument is outside what is allowed.
    """

    halved_by_class = False

    def __init__(self) -> None:
        super().__init__()
        # A model's hyperparameters of the same name (seed) would clash with these in a logger.
        self.save_hyperparameters(logger=False)
        for name, value in self.hparams.items():
            if isinstance(value, Path):  # a checkpoint with a Path fails to load safely
                self.hparams[name] = str(value)
        check_arguments(self.hparams)
        check_augmentation(self.hparams["augmentation"])
        self.image_size: int = self.hparams["image_size"]
        self.channels: int = self.hparams["channels"]

    @abstractmethod
    def gather(self) -> Gathered:
        """Find and read the images; called once."""

    @cached_property
    def _gathered(self) -> Gathered:
        found = self.gather()
        train = found.splits["train"]
        labels = train.labels.tolist()
        present = set(labels)
        for label, name in enumerate(found.class_names):
            if not name.isprintable() and any("\ud800" <= each <= "\udfff" for each in name):
                raise DataError(
                    f"the class {name!r} has a name that is not UTF-8, which no table can hold; "
                    "rename its folder"
                )
            if label not in present:
                raise DataError(
                    f"class '{name}' has no training image; add images, lower validation and test, "
                    "or leave the class out with classes"
                )
        known, every = keep_labels(train, found.class_names, self.hparams)
        found = found._replace(splits={**found.splits, "train": known}, every=every)
        say(f"data: {found.describe()}")
        return found

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes, by class index."""
        return self._gathered.class_names

    @property
    def num_classes(self) -> int:
        """How many classes there are."""
        return len(self.class_names)

    @property
    def class_counts(self) -> dict[str, int]:
        """Training images of each class, after subsets."""
        counts = Counter(self._gathered.splits["train"].labels.tolist())
        return {name: counts[label] for label, name in enumerate(self.class_names)}

    @property
    def batch_kind(self) -> str:
        """What each training batch holds: plain, halved (by class) or paired (within classes)."""
        if self.halved_by_class:
            return "halved"
        return "paired" if self.hparams.get("paired") else "plain"

    @property
    def mirrors(self) -> bool:
        """Whether training sees mirror images, too; of an augmentation in a file it is not known."""
        return self.hparams["augmentation"] in MIRRORING

    @property
    def num_unlabelled(self) -> int:
        """How many training images have no label."""
        return int((self._training.labels == UNLABELLED).sum())

    @property
    def _training(self) -> ImageSplit:
        """All images to train on, those with a label first."""
        return self._gathered.every or self._gathered.splits["train"]

    @cached_property
    def fingerprint(self) -> str:
        """A name for exactly these training images, classes, size and channels; any order."""
        return self.fingerprint_of("every")

    def fingerprint_of(self, split: str) -> str:
        """Name exactly a split's images, with the classes, size and channels; any order.

        Args:
            split: As `images` takes it.

        Raises:
            DataError: There is no such split.
        """
        found = self._split(split)
        images = sorted(zip(found.labels.tolist(), found.hashes, strict=True))
        parts = (self.class_names, self.image_size, self.channels, images)
        return hashlib.sha256(repr(parts).encode("utf-8", "surrogateescape")).hexdigest()

    def describe(self) -> str:
        """Say in one line what the data is and how many images each split has."""
        return self._gathered.describe()

    def card(self) -> dict[str, Any]:
        """Give all that is needed to know or rebuild the data: plain values only."""
        return {
            "class_path": f"{type(self).__module__}.{type(self).__qualname__}",
            "init_args": self._arguments(),
            "class_names": list(self.class_names),
            "class_counts": self.class_counts,
            "image_size": self.image_size,
            "channels": self.channels,
            "value_range": [-1.0, 1.0],
            "fingerprint": self.fingerprint,
        }

    def _arguments(self) -> dict[str, Any]:
        # LightningCLI adds notes of its own, with a leading underscore, to the hyperparameters.
        return {name: deepcopy(value) for name, value in self.hparams.items() if name[0] != "_"}

    def images(self, split: str, limit: int | None = None) -> tuple[Tensor, Tensor]:
        """Give a split's images without any augmentation.

        Args:
            split: "train", "validation", "test", or "every": all that is trained on, those without
                a label, -1, included.
            limit: At most so many, spread evenly over the classes (no label last), always the same.

        Returns:
            `[N, channels, image_size, image_size]` uint8 and `[N]` int64 labels.

        Raises:
            DataError: There is no such split, or the limit is below 1.
        """
        found = self._split(split, limit)
        return found.source.take(range(len(found.labels))), found.labels

    def paths(self, split: str, limit: int | None = None) -> list[str]:
        """Give the file of each image in the order of `images` with the same arguments."""
        return list(self._split(split, limit).names)

    def _split(self, split: str, limit: int | None = None) -> ImageSplit:
        if split not in (*SPLITS, "every"):
            raise DataError(nearest(split, (*SPLITS, "every"), "split"))
        found = self._training if split == "every" else self._gathered.splits[split]
        if limit is None or limit >= len(found.labels):
            return found
        if limit < 1:
            raise DataError(f"limit is {limit}; it must be 1 or more")
        return found.spread_evenly(limit)

    def train_dataloader(self) -> DataLoader:
        """Give this rank's shuffled full batches, changed by the augmentation.

        Raises:
            DataError: There are fewer training images than one batch needs.
        """
        split, options = self._training, self.hparams
        sampler = self._sampler(split)
        augmentation = load_augmentation(options["augmentation"], self.image_size, self.channels)
        dataset = ImageBatches(split.source, split.labels, options["batch_size"], augmentation)
        return loader_of(dataset, options["num_workers"], self.trainer, sampler)

    def _sampler(self, training: ImageSplit) -> ShuffledBatches:
        options = self.hparams
        size, balance = options["batch_size"], options.get("balance", 0.0)
        place = {"seed": options["seed"], "epoch_images": options["epoch_images"]}
        if self.trainer:
            place |= {"rank": self.trainer.global_rank, "world_size": self.trainer.world_size}
        first, second = self._halves(training)
        pairs = self.batch_kind == "paired"
        if len(second) and (balance or pairs):
            raise DataError(
                f"balance is {balance} and paired is {pairs}, and half of each batch is of images "
                "without a label; leave out the one or the other"
            )
        if len(second):
            return HalvedBatches(first, second, size, **place)
        if pairs:
            return PairedBatches(training.labels.numpy(), size, balance=balance, **place)
        if balance:
            return BalancedBatches(training.labels.numpy(), size, balance=balance, **place)
        return ShuffledBatches(len(first), size, **place)

    def _halves(self, training: ImageSplit) -> tuple[np.ndarray, np.ndarray]:
        """Give the positions of the images that fill either half of each batch.

        The two classes, or those with a label and those without; where all have one, the second
        half is empty and batches are drawn from all alike.
        """
        labels = training.labels.numpy()
        second = labels == (1 if self.halved_by_class else UNLABELLED)
        return np.flatnonzero(~second), np.flatnonzero(second)

    def val_dataloader(self) -> DataLoader | list:
        """Give the validation images in order, none dropped; an empty list if there are none."""
        return self._in_order("validation")

    def test_dataloader(self) -> DataLoader | list:
        """Give the test images in order, none dropped; an empty list if there are none."""
        return self._in_order("test")

    def _in_order(self, name: str) -> DataLoader | list:
        split = self._split(name)
        if not len(split.labels):
            return []
        dataset = ImageBatches(split.source, split.labels, self.hparams["batch_size"])
        return loader_of(dataset, self.hparams["num_workers"], self.trainer)
