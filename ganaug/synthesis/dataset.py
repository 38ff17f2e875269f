"""SyntheticDataset: a folder of labelled synthetic images, whoever made it, in files or shards."""

import csv
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ganaug.synthesis.listing import Listed, evenly, files_by_class, label_of, size_of
from ganaug.synthesis.manifest import OLD_COLUMNS, card_of, read_manifest, with_names
from ganaug.synthesis.storage import SetFiles, TemporaryFolder
from ganaug.utils.errors import UsageError

if TYPE_CHECKING:
    from torch import Tensor

    from datamodules.reading.reader import ImageReader
    from ganaug.synthesis.verification import Verification
    from ganaug.training.checkpoints import Card

# What every manifest has besides its card and its counts.
NEEDED = ("class_names", "metadata_sha256")
# Settings of a fit's data by which files are read.
READING = ("fit", "bands", "window", "page")


class SyntheticDataset:
    """Labelled synthetic images: what `synthesize` wrote, or any folder of class folders.

    Images are read when they are first needed. Real images that `with_real` added are left out.

    Attributes:
        folder: The set's folder as it was given; a temporary copy of what is at an address.

    Example:
        >>> dataset = SyntheticDataset.open("expanded")
        >>> len(dataset), dataset.counts["7"]
        (50, 5)
        >>> dataset.images.shape
        torch.Size([50, 1, 28, 28])
    """

    def __init__(
        self,
        folder: Path | SetFiles,
        *,
        class_names: Sequence[str] | None = None,
        image_size: int | None = None,
        channels: Literal[1, 3] | None = None,
        reader: "ImageReader | None" = None,
        n: int | None = None,
        seed: int = 0,
    ) -> None:
        if n is not None and n < 1:
            raise UsageError(f"n is {n}; use 1 or more")
        self._files = folder if isinstance(folder, SetFiles) else SetFiles(folder)
        self.folder = self._files.folder
        self._asked: dict[str, Any] = {
            "class_names": class_names,
            "image_size": image_size,
            "channels": channels,
            "reader": reader,
        }
        self._n, self._seed = n, seed

    @classmethod
    def open(cls, path: "str | Path | SyntheticDataset", **settings: Any) -> "SyntheticDataset":
        """Open a set: a folder, WebDataset shards, or an address such as s3://bucket/set.

        Args:
            path: The folder or address; a SyntheticDataset is returned unchanged.
            settings: As `select` takes them.

        Raises:
            UsageError: There is no set, or it can't be read.
        """
        from ganaug.synthesis.writer.remote import download, is_address

        if isinstance(path, SyntheticDataset):
            return path.select(**settings) if settings else path
        if not is_address(str(path)):
            return cls(Path(path), **settings)
        copy = TemporaryFolder()
        download(str(path), copy.folder)
        return cls(SetFiles(copy.folder, copy, str(path)), **settings)

    @classmethod
    def from_folder(cls, folder: str | Path, **settings: Any) -> "SyntheticDataset":
        """Open any folder with a folder of images for each class.

        Args:
            folder: The folder.
            settings: As `select` takes them.

        Raises:
            UsageError: There is no such folder.
        """
        return cls(Path(folder), **settings)

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
            class_names: Names of the classes in the order of the labels; those of the set
                otherwise.
            image_size: Side in pixels of `images`; that of the model or the first image otherwise.
            channels: 1 or 3, found in the same way.
            reader: Of a data module, to read files of any depth and shape as its own are read.
            n: At most this many images, spread evenly over the classes.
            seed: Of the choice.

        Raises:
            UsageError: `n` is below 1.
        """
        given: dict[str, Any] = {"class_names": class_names, "image_size": image_size}
        given |= {"channels": channels, "reader": reader}
        asked = self._asked | {name: value for name, value in given.items() if value is not None}
        return SyntheticDataset(self._files, **asked, n=n, seed=seed)

    @property
    def images_folder(self) -> Path:
        """The folder of class folders; a temporary one for shards."""
        return self._files.images

    @property
    def results_folder(self) -> Path:
        """The folder for results: the set's own; class folders of another origin are one."""
        return self._files.root

    def place_from(self, file: Path) -> str:
        """Return the set as a file of results names it: its address, or a relative path."""
        return self._files.place_from(file)

    @cached_property
    def manifest(self) -> dict[str, Any] | None:
        """What `synthesize` wrote about the set; None for a set of another origin."""
        try:
            return read_manifest(self._files.root)
        except (OSError, ValueError):
            return None

    def required_manifest(self) -> dict[str, Any]:
        """Return the manifest.

        Raises:
            UsageError: `synthesize` did not write this set, or its manifest is damaged.
        """
        try:
            manifest: Any = read_manifest(self._files.root)
            card = dict(manifest["card"])
            dict(card["data"]["init_args"])
            dict(manifest["counts"]["synthetic"])
            return {**manifest, "card": card} | {name: manifest[name] for name in NEEDED}
        except UsageError as error:
            raise UsageError(f"dataset: {error}; make the set again, or take a copy") from error
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise UsageError(
                f"dataset {self.folder}: there is no manifest.json of synthesize, which says on "
                "which images the model was fitted, and which were held out"
            ) from error

    @cached_property
    def card(self) -> "Card | None":
        """What the model was fitted on; None where the manifest does not say."""
        from ganaug.training.checkpoints import Card

        try:
            card = card_of(self.manifest or {}, self._files.root)
            return Card(**{**card, "class_names": tuple(card["class_names"])})
        except (KeyError, TypeError):
            return None

    @cached_property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes, in the order of the labels."""
        names = self._asked["class_names"] or (self.manifest or {}).get("class_names")
        return tuple(names) if names else tuple(sorted(self._by_folder))

    @property
    def image_size(self) -> int:
        """Side of the images in pixels."""
        return self._asked["image_size"] or (self.card.image_size if self.card else self._first[0])

    @property
    def channels(self) -> int:
        """Channels of the images."""
        return self._asked["channels"] or (self.card.channels if self.card else self._first[1])

    @cached_property
    def listed(self) -> list[Listed]:
        """The files and their labels, class by class, by name.

        Raises:
            UsageError: A class is unknown, or there are no images.
        """
        by_label = {label_of(f, self.class_names): files for f, files in self._by_folder.items()}
        counts = {label: len(files) for label, files in by_label.items()}
        per_class, random = evenly(counts, self._n), np.random.default_rng(self._seed)
        return [
            Listed(by_label[label][i], label)
            for label in sorted(by_label)
            for i in np.sort(random.permutation(counts[label])[: per_class[label]])
        ]

    @property
    def files(self) -> list[str]:
        """Name of each image's file below the folder of class folders."""
        return [str(one.path.relative_to(self.images_folder)) for one in self.listed]

    @cached_property
    def labels(self) -> "Tensor":
        """Labels `[N]` int64."""
        import torch

        return torch.tensor([one.label for one in self.listed])

    @cached_property
    def images(self) -> "Tensor":
        """Images `[N, channels, image_size, image_size]` uint8, read at the first use."""
        return self.read(self.listed)

    def read(self, listed: Sequence[Listed]) -> "Tensor":
        """Read some of the images, `[n, channels, image_size, image_size]` uint8."""
        import torch

        from datamodules.reading.reader import ImageReader

        reader = self._asked["reader"] or (self.card.reader if self.card else ImageReader(0, 0))
        reader = replace(reader, image_size=self.image_size, channels=self.channels)
        with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
            pixels = np.stack(list(pool.map(reader.read, [one.path for one in listed])))
        return torch.from_numpy(pixels).permute(0, 3, 1, 2).contiguous()

    @cached_property
    def metadata(self) -> list[dict[str, str]]:
        """The row of metadata.csv for each image; empty for a set of another origin."""
        rows = {row["file_name"]: row for row in self._rows}
        return [rows.get(f"images/{file}", {}) for file in self.files] if rows else []

    @property
    def counts(self) -> dict[str, int]:
        """Images of each class that has any, by name."""
        found = Counter(one.label for one in self.listed)
        return {self.class_names[label]: count for label, count in sorted(found.items())}

    @property
    def short(self) -> dict[str, int]:
        """Planned images that are missing because filters rejected the others, by class."""
        short = (self.manifest or {}).get("short")
        if not isinstance(short, dict):
            return {}
        return {name: n for name, n in short.items() if isinstance(n, int) and n}

    @property
    def split_settings(self) -> dict[str, Any]:
        """Settings of the fit's data that decide which images are held out (see `splits_of`)."""
        try:
            return splits_of((self.manifest or {})["card"]["data"])
        except (KeyError, TypeError, ValueError):
            return {}

    def data(self, data_root: str | None = None) -> Any:
        """Return the data module that the model was fitted on, split in the same way.

        Args:
            data_root: Where the images are now, if they have moved.

        Raises:
            UsageError: The set says nothing of its data, or the images are not the same any more,
                so that held-out images may have been trained on.
        """
        from ganaug.training.fitted import unchanged_data_of

        manifest = self.required_manifest()
        if self.card is None:
            raise UsageError("dataset: its manifest.json says nothing of a fitted model")
        data = unchanged_data_of(self.card, data_root)
        if manifest.get("real_fingerprint") not in (None, self.card.fingerprint):
            raise UsageError(
                "dataset: the synthetic images were made of other real images than the model was "
                "fitted on (by `sources`, or since the data has changed), which may be test "
                "images here: make them from the images of the fit"
            )
        return data

    def verify(self) -> "Verification":
        """Check every file against the manifest.

        Raises:
            UsageError: There is no manifest, or the set is unfinished.
        """
        from ganaug.synthesis.verification import verify

        return verify(self.folder)

    def __len__(self) -> int:
        return len(self.listed)

    def __repr__(self) -> str:
        counts = ", ".join(f"{name}: {count:,}" for name, count in self.counts.items())
        return f"SyntheticDataset({str(self.folder)!r}, {len(self):,} images; {counts})"

    @cached_property
    def _rows(self) -> list[dict[str, str]]:
        table = self.images_folder.parent / "metadata.csv"
        if not table.is_file():
            return []
        with table.open(newline="", encoding="utf-8", errors="replace") as stream:
            rows = [with_names(row, OLD_COLUMNS) for row in csv.DictReader(stream)]
        return [row for row in rows if row.get("file_name")]

    @cached_property
    def _by_folder(self) -> dict[str, list[Path]]:
        real = {Path(r["file_name"]).parts[-2:] for r in self._rows if r.get("origin") == "real"}
        return files_by_class(self.images_folder, real)

    @cached_property
    def _first(self) -> tuple[int, Literal[1, 3]]:
        return size_of(next(iter(self._by_folder.values()))[0])


def splits_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the shares for validation and test, the augmentation and the reading of a card's data.

    With other shares, images that the generator was trained on would be among the test images;
    where the augmentation mirrors, the mirror image of a training image is a copy of it; read by
    another range of values, real images would not look like those that the model was fitted on.
    """
    from datamodules.reading.reader import with_old_reading

    arguments = with_old_reading(data["init_args"])
    shares = {k: float(arguments[k]) for k in ("validation", "test") if k in arguments}
    as_read = ("augmentation", *READING)
    return shares | {k: arguments[k] for k in as_read if k in arguments}
