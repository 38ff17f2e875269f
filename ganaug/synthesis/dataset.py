"""SyntheticDataset: labeled synthetic images from any program, in a folder or in shards."""

import operator
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ganaug.synthesis.form import Form
from ganaug.synthesis.listing import Listed, described, files_by_class, size_of
from ganaug.synthesis.matching import how_matched, match_classes
from ganaug.synthesis.record import SetRecord
from ganaug.synthesis.set_images import SetImages
from ganaug.synthesis.storage import SetFiles, files_at
from ganaug.utils.errors import UsageError

if TYPE_CHECKING:
    from torch import Tensor

    from datamodules.reading.images.reader import ImageReader


class SyntheticDataset(SetRecord):
    """Labeled synthetic images, written by `synthesize` or any other program.

    Open one with `SyntheticDataset.open` or `SyntheticDataset.from_folder`. Images are read when
    they are first needed. Real images that `with_real` added are left out. The set can be passed
    directly to a torch `DataLoader`.

    Attributes:
        folder: The set's folder; for a set at an address, the folder of a temporary copy.

    Example:
        >>> dataset = SyntheticDataset.open("expanded")
        >>> len(dataset), dataset.counts["7"]
        (50, 5)
        >>> dataset.images.shape
        torch.Size([50, 1, 28, 28])
        >>> image, label = dataset[0]
        >>> image.shape, dataset.class_names[label]
        (torch.Size([1, 28, 28]), '0')
    """

    def __init__(self, files: SetFiles, form: Form | None = None) -> None:
        super().__init__(files)
        self._form = form or Form()

    @classmethod
    def open(cls, path: "str | Path | SyntheticDataset", **settings: Any) -> "SyntheticDataset":
        """Open a set: a folder, WebDataset shards, or an address such as s3://bucket/set.

        Args:
            path: The folder or address, or the table of a folder of images (see `from_folder`); a
                SyntheticDataset is returned unchanged.
            settings: Arguments of `select`, such as `n=500`.

        Raises:
            UsageError: There is no set, or it can't be read.
        """
        if isinstance(path, SyntheticDataset):
            return path.select(**settings)
        if not (isinstance(path, str) or hasattr(path, "__fspath__")):
            raise UsageError(f"dataset is {type(path)}; give a set, its folder or its address")
        return cls(files_at(path)).select(**settings)

    @classmethod
    def from_folder(
        cls,
        folder: str | Path,
        *,
        labels: str | None = None,
        label_column: str | None = None,
        **settings: Any,
    ) -> "SyntheticDataset":
        """Open images that any program made, of any size and format.

        Args:
            folder: One folder per class, or images and a table of file and label.
            labels: The table (CSV, TSV, JSON, JSONL or parquet), if it is elsewhere or there are
                several; or a pattern that matches paths, whose first group is the class.
            label_column: The table's column of classes, if it isn't found by its name.
            settings: Arguments of `select`, such as `n=500`.

        Raises:
            UsageError: The folder or the table doesn't exist.

        Example:
            >>> len(SyntheticDataset.from_folder("expanded/images"))
            50
        """
        files = SetFiles(Path(folder), labels=labels, label_column=label_column)
        return cls(files).select(**settings)

    def select(
        self,
        *,
        class_names: Sequence[str] | None = None,
        image_size: int | None = None,
        channels: Literal[1, 3] | None = None,
        reader: "ImageReader | None" = None,
        n: int | None = None,
        seed: int = 0,
    ) -> "SyntheticDataset":
        """Return the same set with other labels, another size, or fewer images.

        Args:
            class_names: Names of the classes in the order of the labels; by default the set's own.
            image_size: Side in pixels of `images`; by default the model's, or else `file_size`.
            channels: 1 or 3; by default the model's, or else 1 if all files are grayscale.
            reader: Reader of a data module, to read files the same way as its images.
            n: At most this many images of the selection, spread evenly over the classes.
            seed: Seed of the choice of these images.

        Raises:
            UsageError: `n` is below 1.
        """
        asked = Form(class_names, image_size, channels, reader)
        form = self._form.changed(asked, n, seed)
        # The same set shares the images read so far.
        return self if form == self._form else SyntheticDataset(self._files, form)

    @property
    def is_part(self) -> bool:
        """Whether `n` leaves images of the set out."""
        # Last, because counting the files of another program's set means searching its folder.
        parts = self._form.parts
        return bool(parts) and min(parts)[0] < sum(map(len, self._by_folder.values()))

    def like(self, data: Any, *, n: int | None = None, seed: int = 0) -> "SyntheticDataset":
        """Return the set with a data module's classes, size and channels, read the same way.

        Args:
            data: The data module.
            n: At most this many images; see `select`.
            seed: Seed of the choice of these images.

        Raises:
            UsageError: `n` is below 1.
        """
        form = {name: getattr(data, name) for name in ("class_names", "image_size", "channels")}
        return self.select(**form, reader=getattr(data, "reader", None), n=n, seed=seed)

    @cached_property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes, in the order of the labels."""
        names = self._form.class_names or (self.manifest or {}).get("class_names")
        return tuple(names) if names else tuple(sorted(self._by_folder))

    @property
    def image_size(self) -> int:
        """Side of the images in pixels."""
        return self._form.image_size or self.file_size

    @property
    def file_size(self) -> int:
        """Side of the images in their files: the model's, or the median of the shorter sides."""
        return self.card.image_size if self.card else self._survey[0]

    @property
    def channels(self) -> int:
        """Channels of the images."""
        return self._form.channels or (self.card.channels if self.card else self._survey[1])

    @cached_property
    def listed(self) -> list[Listed]:
        """The files and their labels, sorted by class and name.

        Unreadable files of another program's set are left out, and listed.

        Raises:
            UsageError: A class is unknown, or there are no images.
        """
        if self._files.foreign:
            return self._pixels.readable
        return self._selection

    @cached_property
    def _selection(self) -> list[Listed]:
        labels = match_classes(self._by_folder, self.class_names)
        if self._files.foreign and self._form.class_names:
            self._files.say_once(how_matched(labels, self.class_names))
        files = self._form.chosen(self._by_folder)
        return [
            Listed(file, labels[name])
            for name in sorted(files, key=labels.__getitem__)
            for file in files[name]
        ]

    @property
    def files(self) -> list[str]:
        """Path of each image's file, relative to the folder of class folders."""
        return [str(entry.path.relative_to(self.images_folder)) for entry in self.listed]

    @cached_property
    def labels(self) -> "Tensor":
        """Labels `[N]` int64."""
        import torch

        return torch.tensor([entry.label for entry in self.listed])

    @cached_property
    def images(self) -> "Tensor":
        """Images `[N, channels, image_size, image_size]` uint8, read when first used."""
        return self._pixels.all()

    def read(self, listed: Sequence[Listed]) -> "Tensor":
        """Read some of the images, `[n, channels, image_size, image_size]` uint8."""
        return self._pixels.read(listed)

    @cached_property
    def _pixels(self) -> SetImages:
        # With the reader of real images, the images are used next, so their pixels are kept.
        keep = self._form.reader is not None
        return SetImages(
            self._selection, self._reader, foreign=self._files.foreign, keep_pixels=keep
        )

    @property
    def _reader(self) -> "ImageReader":
        from datamodules.reading.images.reader import ImageReader

        reader = self._form.reader or (self.card.reader if self.card else ImageReader(0, 0))
        return replace(reader, image_size=self.image_size, channels=self.channels)

    @cached_property
    def metadata(self) -> list[dict[str, str]]:
        """The row of metadata.csv for each image; empty for a set of another program."""
        rows = {row["file_name"]: row for row in self._rows}
        return [rows.get(f"images/{file}", {}) for file in self.files] if rows else []

    @property
    def counts(self) -> dict[str, int]:
        """Number of images by class name; classes without images are left out."""
        label_counts = Counter(entry.label for entry in self.listed)
        return {self.class_names[label]: count for label, count in sorted(label_counts.items())}

    def __len__(self) -> int:
        return len(self.listed)

    def __getitem__(self, index: int) -> tuple["Tensor", int]:
        """Read one image `[channels, image_size, image_size]` uint8; return it and its label.

        Raises:
            IndexError: There is no such image.
        """
        entry = self.listed[operator.index(index)]
        return self.read([entry])[0], entry.label

    def __repr__(self) -> str:
        return described(self.folder, lambda: [self.class_names[x.label] for x in self._selection])

    @cached_property
    def _by_folder(self) -> dict[str, list[Path]]:
        if self._files.foreign:
            return self._files.by_class
        real = {Path(r["file_name"]).parts[-2:] for r in self._rows if r.get("origin") == "real"}
        return files_by_class(self.images_folder, real)

    @cached_property
    def _survey(self) -> tuple[int, Literal[1, 3]]:
        return size_of([file for files in self._by_folder.values() for file in files])
