"""The data module for unpaired images of two kinds, in one folder each."""
# ruff: noqa: ARG002 - the arguments are read through `hparams`

from pathlib import Path
from typing import Any, Literal

from datamodules.base import ImageDataModule
from datamodules.errors import DataError
from datamodules.reading.files import candidates_of, read_and_split
from datamodules.reading.folders.class_names import expanded
from datamodules.reading.folders.layout import Layout
from datamodules.reading.folders.walking import find_all
from datamodules.reading.images.background import Background
from datamodules.reading.images.header import MAX_PIXELS
from datamodules.reading.images.square import Fit
from datamodules.reading.splits.splits import DataSplits


class UnpairedFoldersDataModule(ImageDataModule):
    """Images of two kinds, for models that translate one into the other.

    All images below each folder are one kind, named after the folder; the first is class 0. Half of
    each batch is of each kind, and a pass over the data has each image of the larger kind once.

    Args:
        source: Folder of the first kind.
        target: Folder of the second kind.
        batch_size: Images in a training batch on each device, both kinds together.
        epoch_images: Minimum images per epoch: a smaller set is repeated, so that grids,
            checkpoints and metrics don't take most of the time.
        test: Fraction of images for the test split, chosen by content.
        in_memory: Whether to hold decoded images in memory; auto does so up to 2 GiB.
        max_pixels: Width times height above which a file is skipped without decoding it.
        channels: 1 for grayscale, 3 for RGB; other images are converted. auto is grayscale if every
            file is.
        fit: How an image becomes a square: crop keeps the center; pad keeps everything, between
            bars in the color of its border; stretch keeps everything but changes its proportions.
        bands: Bands to use as red, green and blue, or one as gray, counted from 1, such as 4,3,2.
            Required for files with more bands than RGB and alpha.
        window: Values that become black and white in files of more than 8 bits: two values such as
            0,4095; two percentiles of the whole set such as 1%,99%; auto for the smallest and
            largest value of the set (all of 16 bits, or 0 to 1, if they are reached); or file for
            the range of each file.
        page: Page, slice or frame to use of files that have several, counted from 1. By default,
            such files are skipped.
        background: Color behind transparent pixels: white (the default), gray or black. If given,
            it is also the color of pad's bars.
        settings: The other arguments of `ImageDataModule`; per_class counts each kind.

    Raises:
        DataError: The folders are the same, are nested, or have the same name.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> import numpy as np
        >>> from PIL import Image
        >>> folder = tempfile.TemporaryDirectory()
        >>> source, target = (Path(folder.name) / kind for kind in ("horse", "zebra"))
        >>> for kind, shift in ((source, 0), (target, 9)):
        ...     kind.mkdir()
        ...     for number in range(10):
        ...         pixels = np.full((16, 16, 3), (20 * number, shift, 9), np.uint8)
        ...         Image.fromarray(pixels).save(kind / f"{number}.png")
        >>> data = UnpairedFoldersDataModule(source, target, image_size=16, batch_size=4)
        >>> _, labels = next(iter(data.train_dataloader()))  # doctest: +ELLIPSIS
        data: fewer than 20 training images: horse: 8, zebra: 8; ...
        data: horse and zebra (2 classes, in memory): 16 training, ... images; horse: 8, zebra: 8
        >>> labels
        tensor([0, 0, 1, 1])
    """

    half_by_class = True

    def __init__(
        self,
        source: str,
        target: str,
        batch_size: int = 8,
        epoch_images: int = 2_000,
        test: float = 0.1,
        in_memory: bool | Literal["auto"] = "auto",
        max_pixels: int = MAX_PIXELS,
        channels: Literal[1, 3, "auto"] = "auto",
        fit: Fit = "crop",
        bands: int | str | list[int] | None = None,
        window: str | list[float] | list[str] = "auto",
        page: int | None = None,
        background: Background | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(
            channels=channels, batch_size=batch_size, epoch_images=epoch_images, **settings
        )
        source, target = expanded(source), expanded(target)
        first, second = (Path(folder).resolve() for folder in (source, target))
        if first.is_relative_to(second) or second.is_relative_to(first):
            raise DataError(
                f"source '{source}' and target '{target}' lie within one another, so an image "
                "would be of both kinds; choose two separate folders"
            )
        self.folders = {Path(folder).absolute().name: str(folder) for folder in (source, target)}
        if len(self.folders) < 2:
            raise DataError(
                f"source '{source}' and target '{target}' have the same name, which would be "
                "the name of both kinds; rename one"
            )

    def read_splits(self) -> DataSplits:
        """Find both folders' images, read each once, and split them."""
        layout = Layout()
        names = tuple(self.folders)
        for name, folder in self.folders.items():
            files, findings = find_all(folder)
            if not files:
                raise DataError(
                    f"no images in '{folder}'{findings.only()}; give a folder that holds some"
                )
            layout.files.setdefault("", {})[name] = files
            layout.add_findings(findings)
        candidates = candidates_of(layout, names)
        origin, chosen_size = " and ".join(names), self._chosen_size
        return read_and_split(
            candidates, names, self.hparams, layout, origin, chosen_size=chosen_size
        )
