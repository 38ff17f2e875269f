"""The data module for two folders of images of two kinds, without pairs."""
# ruff: noqa: ARG002 - the arguments are read through `hparams`

from pathlib import Path
from typing import Literal

from datamodules.base import ImageDataModule
from datamodules.errors import DataError
from datamodules.reading.files import candidates_of, read_and_split
from datamodules.reading.image import MAX_PIXELS
from datamodules.reading.layouts import Layout, find_all
from datamodules.reading.splits import Gathered


class UnpairedFoldersDataModule(ImageDataModule):
    """Images of two kinds, for models that turn one into the other.

    Each folder's images, in whatever folders within it, are one kind, named after the folder; the
    first is class 0. Half of each batch is of either kind, and an epoch goes through the larger
    kind once.

    Args:
        source: Folder of the first kind.
        target: Folder of the second kind.
        image_size: Side of the square that images are cut and resized to, in pixels.
        channels: 1 for grey, 3 for RGB; images of the other kind are converted.
        per_class: Training images to keep of each kind: one number, or a number by folder name.
            The smaller choice is always part of the larger.
        subset_seed: Another seed chooses other images for per_class.
        batch_size: Images in a training batch on each device, both kinds together.
        epoch_images: At least so many images make an epoch: a smaller set is gone through several
            times, so that an epoch is worth its sheet, its checkpoint and its figures.
        augmentation: Random changes of training images: none, light, mirror, elastic, strong, or the path
            of a file that albumentations.save wrote.
        validation: Share of images for validation, chosen by content.
        test: Share of images for the test, chosen by content.
        resident: Whether to hold the decoded images in memory; auto does up to 2 GiB.
        num_workers: Processes that prepare batches; auto uses none where images lie in memory and
            have no augmentation.
        max_pixels: Width times height above which a file is left out unread.
        seed: Of the order of training images and of the augmentation's draws.

    Raises:
        DataError: The two folders are one, lie within one another, or have one name.
    """

    halved_by_class = True

    def __init__(
        self,
        source: str,
        target: str,
        image_size: int = 64,
        channels: Literal[1, 3] = 3,
        per_class: int | dict[str, int] | None = None,
        subset_seed: int = 0,
        batch_size: int = 8,
        epoch_images: int = 2_000,
        augmentation: str = "none",
        validation: float = 0.1,
        test: float = 0.1,
        resident: bool | Literal["auto"] = "auto",
        num_workers: int | Literal["auto"] = "auto",
        max_pixels: int = MAX_PIXELS,
        seed: int = 0,
    ) -> None:
        super().__init__()
        first, second = (Path(folder).resolve() for folder in (source, target))
        if first.is_relative_to(second) or second.is_relative_to(first):
            raise DataError(
                f"source '{source}' and target '{target}' lie within one another, so an image "
                "would be of both kinds; give two folders side by side"
            )
        self.folders = {Path(folder).absolute().name: str(folder) for folder in (source, target)}
        if len(self.folders) < 2:
            raise DataError(
                f"source '{source}' and target '{target}' have the same name, after which their "
                "images are called; rename one"
            )

    def gather(self) -> Gathered:
        """Find both folders' images, read each once, and split them."""
        layout = Layout()
        names = tuple(self.folders)
        for name, folder in self.folders.items():
            files, found = find_all(folder)
            if not files:
                raise DataError(f"no images in '{folder}'; give a folder that holds some")
            layout.files.setdefault("", {})[name] = files
            layout.left_out.update(found.left_out)
            layout.others.update(found.others)
        candidates = candidates_of(layout, names)
        return read_and_split(candidates, names, self.hparams, layout, " and ".join(names))
