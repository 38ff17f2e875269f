"""The base class of data modules: settings, splits, batches and the data card."""
# ruff: noqa: ARG002 - the arguments are read through `hparams`

import hashlib
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from lightning import LightningDataModule
from torch import Tensor
from torch.utils.data import DataLoader

from datamodules.arguments import as_plain, check_arguments, nearest
from datamodules.augmentation import check_augmentation, load_augmentation, mirrors
from datamodules.batching.choosing import sampler_of
from datamodules.batching.loaders import loader_of
from datamodules.batching.shuffled import ImageBatches
from datamodules.console import say
from datamodules.errors import DataError
from datamodules.own_module import splits_of
from datamodules.printing import name_below, printable
from datamodules.reading.folders.class_names import check_classes, expanded
from datamodules.reading.images.reader import PATHS, ImageReader, plain_settings
from datamodules.reading.remarks import counts_of, imbalance
from datamodules.reading.splits.partly_labelled import keep_labels
from datamodules.reading.splits.splits import SPLITS, UNLABELED, DataSplits, ImageSplit


class ImageDataModule(LightningDataModule, ABC):
    """Labeled images of one size in three splits, which a subclass reads in `read_splits`.

    Images are read once, on first use of anything that needs them, so that `num_classes` is
    available right after construction. A subclass adds its own arguments, passes the others on as
    `**settings`, and calls `super().__init__()` first; `hparams` holds all of them.

    Args:
        image_size: Side in pixels of the square that images are cropped and resized to.
        channels: 1 for grayscale, 3 for RGB; other images are converted.
        per_class: Training images to keep of each class: one number, or a number by class name
            (other classes keep all). A smaller selection is always part of a larger one.
        subset_seed: Seed for which images per_class and labels_per_class select.
        batch_size: Images in a training batch on each device; with fewer images, all of them.
        epoch_images: Minimum images per epoch: a smaller set is repeated, so that grids,
            checkpoints and metrics don't take most of the time.
        augmentation: Random changes of training images: none, light, mirror, elastic, strong (which
            also mirrors), trivial, rand, another registered name, or the path of a file written by
            albumentations.save.
        validation: Fraction of images for validation, chosen by content; unused if the data has a
            validation split.
        num_workers: Processes that prepare batches; auto uses none if images are in memory
            and have no augmentation.
        seed: Seed of the order of training images and of the augmentation.

    Attributes:
        half_by_class: Whether half of each training batch is of class 0 and half of class 1.

    Raises:
        DataError: An argument is out of range.
    """

    half_by_class = False
    _chosen_size = True  # False if `resized` set the size, so that there is no remark on it

    def __init__(
        self,
        image_size: int = 64,
        channels: Literal[1, 3, "auto"] = 3,
        per_class: int | dict[str, int] | None = None,
        subset_seed: int = 0,
        batch_size: int = 64,
        epoch_images: int = 10_000,
        augmentation: str = "none",
        validation: float = 0.1,
        num_workers: int | Literal["auto"] = "auto",
        seed: int = 0,
    ) -> None:
        super().__init__()
        # If logged, they would clash with a model's hyperparameters of the same name (seed).
        self.save_hyperparameters(logger=False)
        for name, value in self.hparams.items():
            self.hparams[name] = as_plain(value)  # weights_only loading refuses other types
            if name in PATHS and isinstance(value, str | Path):
                self.hparams[name] = expanded(value)
        check_arguments(self.hparams)
        check_augmentation(self.hparams["augmentation"])
        if "window" in self.hparams:
            self.hparams.update(plain_settings(self.hparams))
        self.image_size: int = self.hparams["image_size"]

    @abstractmethod
    def read_splits(self) -> DataSplits:
        """Find and read the images; called once, on first use."""

    @cached_property
    def _data_splits(self) -> DataSplits:
        data = splits_of(self)
        channels = data.resolved.get("channels", self.hparams["channels"])
        data.check(type(self).__name__, (channels, self.image_size, self.image_size))
        train = data.splits["train"]
        check_classes(data.class_names, train.labels.tolist())
        labeled, all_train = keep_labels(train, data.class_names, self.hparams)
        data = data._replace(splits={**data.splits, "train": labeled}, all_train=all_train)
        labels = labeled.labels.tolist()
        counts = {name: labels.count(label) for label, name in enumerate(data.class_names)}
        counts_text = counts_of(counts) if len(counts) > 1 else ""
        parts = (data._replace(hint="").describe(), counts_text, data.hint)
        say(printable(f"data: {'; '.join(part for part in parts if part)}"))
        for remark in imbalance(counts, self.hparams.get("balance", 1.0)):
            say(printable(f"data: {remark}"))
        return data

    @property
    def channels(self) -> int:
        """1 for gray, 3 for RGB; determined by the files if the argument is auto."""
        channels = self.hparams["channels"]
        return channels if channels != "auto" else self._data_splits.resolved.get("channels", 3)

    @property
    def reader(self) -> ImageReader:
        """The reader that loads any image file with this data's settings."""
        return ImageReader.of({**self._arguments(), "channels": self.channels})

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes, by class index."""
        return self._data_splits.class_names

    @property
    def num_classes(self) -> int:
        """The number of classes."""
        return len(self.class_names)

    @property
    def class_counts(self) -> dict[str, int]:
        """Labeled training images of each class, after per_class and labels_per_class."""
        counts = Counter(self._data_splits.splits["train"].labels.tolist())
        return {name: counts[label] for label, name in enumerate(self.class_names)}

    @property
    def batch_kind(self) -> str:
        """How training batches are composed: plain, halved (by class) or paired (in classes)."""
        if self.half_by_class:
            return "halved"
        return "paired" if self.hparams.get("paired") else "plain"

    @property
    def mirrors(self) -> bool:
        """Whether the augmentation may flip training images left to right."""
        return mirrors(self.hparams["augmentation"])

    @property
    def num_unlabelled(self) -> int:
        """The number of training images without a label."""
        return int((self._training.labels == UNLABELED).sum())

    @property
    def _training(self) -> ImageSplit:
        """All images to train on, labeled ones first."""
        return self._data_splits.all_train or self._data_splits.splits["train"]

    @cached_property
    def fingerprint(self) -> str:
        """A hash of the training images, classes, size and channels, independent of order."""
        return self.fingerprint_of("all_train")

    def fingerprint_of(self, split: str) -> str:
        """Return a hash of a split's images, classes, size and channels, independent of order.

        Args:
            split: As in `images`.

        Raises:
            DataError: There is no such split.
        """
        subset = self._split(split)
        images = sorted(zip(subset.labels.tolist(), subset.hashes, strict=True))
        parts = (self.class_names, self.image_size, self.channels, images, *self.reader.unusual)
        return hashlib.sha256(repr(parts).encode("utf-8", "surrogateescape")).hexdigest()

    def describe(self) -> str:
        """Return one line that names the data and counts the images of each split."""
        return self._data_splits.describe()

    def card(self) -> dict[str, Any]:
        """Return plain values that identify the data and are enough to rebuild this module."""
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
        # LightningCLI adds entries of its own, with a leading underscore.
        args = {name: deepcopy(value) for name, value in self.hparams.items() if name[0] != "_"}
        return args | dict(self._data_splits.resolved)

    def resized(self, image_size: int) -> "ImageDataModule":
        """Return a data module with the same splits, read from the files at another size.

        Args:
            image_size: Side in pixels.
        """
        other = type(self)(**{**self._arguments(), "image_size": image_size})
        other._chosen_size = False
        return other

    def images(self, split: str, limit: int | None = None) -> tuple[Tensor, Tensor]:
        """Return a split's images without augmentation.

        Args:
            split: "train" for the labeled training images, "unlabelled" for the others (label
                -1), "all_train" for both, "validation" or "test".
            limit: Maximum number of images; the same ones each time, spread evenly over the classes
                (unlabeled last).

        Returns:
            `[N, channels, image_size, image_size]` uint8 and `[N]` int64 labels.

        Raises:
            DataError: There is no such split, or the limit is below 1.
        """
        subset = self._split(split, limit)
        return subset.source.take(range(len(subset.labels))), subset.labels

    def blocks(self, split: str, size: int = 256) -> Iterator[Tensor]:
        """Yield a split's images as `images` returns them, `size` at a time to save memory."""
        source = self._split(split).source
        for start in range(0, len(source), size):
            yield source.take(range(len(source))[start : start + size])

    def paths(self, split: str, limit: int | None = None) -> list[str]:
        """Return the file of each image, in the order of `images` with the same arguments."""
        return list(self._split(split, limit).names)

    def groups(self, split: str, limit: int | None = None) -> list[str]:
        """Return the group of each image, in the order of `images`; empty without groups."""
        return list(self._split(split, limit).groups)

    def names(self, split: str, limit: int | None = None) -> list[str]:
        """Return the name of each image in results: its path relative to the data's folder."""
        folders = [self.hparams.get(name) for name in ("root", "source", "target", "unlabelled")]
        return [name_below(path, [f for f in folders if f]) for path in self.paths(split, limit)]

    def _split(self, split: str, limit: int | None = None) -> ImageSplit:
        names = (*SPLITS, "all_train", "unlabelled")
        if split not in names:
            raise DataError(nearest(split, names, "split"))
        subset = self._data_splits.splits.get(split, self._training)
        if split == "unlabelled":
            subset = subset.chosen((subset.labels == UNLABELED).nonzero()[:, 0].tolist())
        if limit is None or limit >= len(subset.labels):
            return subset
        if limit < 1:
            raise DataError(f"limit is {limit}; it must be 1 or more")
        return subset.spread_evenly(limit)

    def train_dataloader(self) -> DataLoader:
        """Return a loader of this rank's shuffled, augmented full batches.

        Raises:
            DataError: There are fewer training images than one batch needs.
        """
        split, options = self._training, self.hparams
        sampler, size = sampler_of(
            split.labels.numpy(),
            options,
            half_by_class=self.half_by_class,
            pairs=self.batch_kind == "paired",
            rank=self.trainer.global_rank if self.trainer else 0,
            world_size=self.trainer.world_size if self.trainer else 1,
        )
        options["batch_size"] = size  # for the run's counts and checkpoint
        augmentation = load_augmentation(options["augmentation"], self.image_size, self.channels)
        dataset = ImageBatches(split.source, split.labels, size, augmentation)
        return loader_of(dataset, options["num_workers"], self.trainer, sampler)

    def val_dataloader(self) -> DataLoader | list:
        """Return a loader of all validation images in order, or an empty list if there are none."""
        return self._in_order("validation")

    def test_dataloader(self) -> DataLoader | list:
        """Return a loader of all test images in order, or an empty list if there are none."""
        return self._in_order("test")

    def _in_order(self, name: str) -> DataLoader | list:
        split = self._split(name)
        if not len(split.labels):
            return []
        size = min(self.hparams["batch_size"], len(split.labels))
        dataset = ImageBatches(split.source, split.labels, size)
        return loader_of(dataset, self.hparams["num_workers"], self.trainer)
