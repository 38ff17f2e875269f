"""The data module for a folder of images."""
# ruff: noqa: ARG002 - the arguments are read through `hparams`

from typing import Literal

from datamodules.arguments import choose_classes, nearest
from datamodules.base import ImageDataModule
from datamodules.errors import DataError
from datamodules.reading.files import WITHOUT_CLASS, Candidate, candidates_of, read_and_split
from datamodules.reading.image import MAX_PIXELS
from datamodules.reading.layouts import Layout, find_all, find_images
from datamodules.reading.splits import Gathered


class ImageFolderDataModule(ImageDataModule):
    """Labelled images from a folder.

    The folder holds a folder for each class, or loose images (one class named after the folder),
    or `train` and `test` (and `val`) folders with either. Every file with the extension of an
    image is read once at the start; those that can't be used are named in one report and left out.

    Args:
        root: Folder of the images.
        image_size: Side of the square that images are cut and resized to, in pixels.
        channels: 1 for grey, 3 for RGB; images of the other kind are converted.
        classes: Classes to keep, in the order of their labels. All, by name, when left out.
        unlabelled: Folder of more training images, whose classes are not known; its own folders
            mean nothing.
        per_class: Training images to keep of each class: one number, or a number by class name
            (others keep all). The smaller choice is always part of the larger.
        labels_per_class: Training images of each class that keep their label, one number or a number by
            class; the others are learned from without it, and half of each batch has labels. For
            models that learn from both, such as sgan.
        balance: How often classes are drawn: 0 as often as they occur, 1 all equally often, and
            between by their number of images to the power of 1 - balance.
        paired: Whether the second half of each batch is another image of the class of each image
            in the first, as dagan needs it.
        subset_seed: Another seed chooses other images for per_class and labels_per_class.
        batch_size: Images in a training batch on each device.
        epoch_images: At least so many images make an epoch: a smaller set is gone through several
            times, so that an epoch is worth its sheet, its checkpoint and its figures.
        augmentation: Random changes of training images: none, light, mirror, elastic, strong, or the path
            of a file that albumentations.save wrote.
        validation: Share of images for validation, chosen by content; unused where the folder has
            validation images of its own.
        test: Share of images for the test, chosen by content; unused where the folder has test
            images of its own.
        resident: Whether to hold the decoded images in memory; auto does up to 2 GiB.
        num_workers: Processes that prepare batches; auto uses none where images lie in memory and
            have no augmentation.
        max_pixels: Width times height above which a file is left out unread.
        seed: Of the order of training images and of the augmentation's draws.
    """

    def __init__(
        self,
        root: str,
        image_size: int = 64,
        channels: Literal[1, 3] = 3,
        classes: list[str | int] | None = None,
        unlabelled: str | None = None,
        per_class: int | dict[str, int] | None = None,
        labels_per_class: int | dict[str, int] | None = None,
        balance: float = 0.0,
        paired: bool = False,
        subset_seed: int = 0,
        batch_size: int = 64,
        epoch_images: int = 10_000,
        augmentation: str = "none",
        validation: float = 0.1,
        test: float = 0.1,
        resident: bool | Literal["auto"] = "auto",
        num_workers: int | Literal["auto"] = "auto",
        max_pixels: int = MAX_PIXELS,
        seed: int = 0,
    ) -> None:
        super().__init__()
        if max_pixels < 1:
            raise DataError(f"max_pixels is {max_pixels}; it must be 1 or more")
        self.root = str(root)
        self._left_out: dict[str, str] = {}

    @property
    def unreadable(self) -> dict[str, str]:
        """Reason by path of every image file that was left out."""
        _ = self._gathered
        return dict(self._left_out)

    def gather(self) -> Gathered:
        """Find the files, read each once, split them, and report what was left out."""
        layout = find_images(self.root, apart=self.hparams["unlabelled"])
        class_names = self._choose_classes(layout)
        candidates = candidates_of(layout, class_names) + self._without_class(layout)
        self._left_out = layout.left_out
        return read_and_split(candidates, class_names, self.hparams, layout, self.root)

    def _without_class(self, layout: Layout) -> list[Candidate]:
        folder = self.hparams["unlabelled"]
        if folder is None:
            return []
        files, found = find_all(folder)
        if not files:
            raise DataError(f"no images in '{folder}', given as unlabelled")
        layout.left_out.update(found.left_out)
        layout.others.update(found.others)
        return [Candidate(str(path), "", WITHOUT_CLASS) for path in files]

    def _choose_classes(self, layout: Layout) -> tuple[str, ...]:
        found = layout.files.get("train", layout.files.get("", {}))
        if not found:
            seen = ", ".join(f"{count} {kind}" for kind, count in layout.others.most_common(5))
            raise DataError(
                f"no images in '{self.root}'{f' (only {seen})' if seen else ''}; it must hold "
                "image files, class folders, or train/ and test/ with class folders"
            )
        names = choose_classes(sorted(found), self.hparams["classes"])
        for split, classes in layout.files.items():
            for name in () if self.hparams["classes"] else sorted(set(classes) - set(names)):
                raise DataError(
                    f"the {split} folder of '{self.root}' has {nearest(name, names, 'class')}; "
                    "train must have every class: rename the folder, or list classes"
                )
        return names
