"""The data module for a folder of images."""
# ruff: noqa: ARG002 - the arguments are read through `hparams`

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from datamodules.arguments import choose_classes, nearest
from datamodules.base import ImageDataModule
from datamodules.errors import DataError
from datamodules.reading.dividing import WITHOUT_CLASS, Candidate
from datamodules.reading.files import candidates_of, read_and_split
from datamodules.reading.folders.class_folders import are_ids
from datamodules.reading.folders.class_names import (
    expanded,
    one_class,
    refuse_two_forms,
    same_letters,
    same_names,
    similar_names,
)
from datamodules.reading.folders.doubtful import refuse_doubtful
from datamodules.reading.folders.finder import find_images
from datamodules.reading.folders.folder_names import split_of
from datamodules.reading.folders.layout import Layout, unmatched
from datamodules.reading.folders.walking import existing, find_all
from datamodules.reading.images.background import Background
from datamodules.reading.images.header import MAX_PIXELS
from datamodules.reading.images.saved_rows import is_saved_set
from datamodules.reading.images.square import Fit
from datamodules.reading.splits.groups import read_groups
from datamodules.reading.splits.splits import DataSplits
from datamodules.reading.tables.found_labels import found_labels
from datamodules.reading.tables.found_splits import splits_alone, with_own_splits
from datamodules.reading.tables.held_out_labels import NamedColumns, with_held_out_labels
from datamodules.reading.tables.labels import with_labels
from datamodules.reading.tables.names_file import with_names
from datamodules.reading.tables.saved_sets import find_rows, group_of_rows
from datamodules.reading.tables.unused_groups import unused_groups


class ImageFolderDataModule(ImageDataModule):
    """Labeled images from a folder.

    The folder holds a folder for each class, or loose images (one class named after the folder),
    or `train` and `test` (and `val`) folders with either. It can also be a set that Hugging Face's
    `datasets` saved with `save_to_disk`, or hold parquet files with images. A folder that holds a
    single folder is opened. Masks, duplicate folders, and ganaug's own runs and synthetic sets are
    skipped; ambiguous folders are refused by name. Every file with an image extension is read once
    at the start; unusable files are skipped and listed.

    Args:
        root: Folder of the images.
        classes: Classes to keep, in the order of their labels; by default all, sorted by name. If
            this is just the name of root, all images are one class, regardless of their folders.
        ignore: Name or pattern of files and folders to skip, such as extra or *_mask.png, or
            several of them.
        labels: File that gives the class of each image, or of each folder of images, or the split,
            or both (CSV, TSV, JSON, JSONL, parquet or a list of paths; one-hot columns; StyleGAN's
            dataset.json), together with files named after other splits next to it. Or a pattern
            whose first group is the class, such as /(cat|dog)_; or *.txt for one text file per
            image. By default, such files next to the images are found.
        label_column: Column of labels, or of a saved set, with the class, if its name and type are
            unusual.
        image_column: Column of labels with the file names, or of a saved set with the images, if
            there are several or its name is unusual.
        groups: Which images belong together (of a patient, slide or part) and stay in one split: a
            pattern whose first group names the group, matched on the path below root, such as
            patient([0-9]+); a table of file (or folder) and group; or a column of a saved set.
        group_column: Column with the groups, if it is ambiguous in the table given as groups.
        unlabelled: Folder of more training images, of unknown classes; its subfolders have no
            meaning. It may be inside root, and ignore applies to it, too.
        labels_per_class: Training images of each class that keep their label, as one number or a
            number by class. The others are trained on without labels; half of each batch is
            labeled. For models that learn from both, such as sgan.
        balance: How often classes are drawn: 0 by frequency, 1 all equally often, and in between by
            their number of images to the power of 1 - balance.
        paired: Whether the second half of each batch has another image of the same class for each
            image in the first half, as dagan needs.
        test: Fraction of images for the test split, chosen by content; unused if the folder has
            one.
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
        settings: The arguments of `ImageDataModule`.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> import numpy as np
        >>> from PIL import Image
        >>> folder = tempfile.TemporaryDirectory()
        >>> for label, name in enumerate(("cat", "dog")):
        ...     (Path(folder.name) / name).mkdir()
        ...     for number in range(10):
        ...         pixels = np.full((32, 48, 3), (20 * number, label, 9), np.uint8)
        ...         Image.fromarray(pixels).save(Path(folder.name) / name / f"{number}.png")
        >>> data = ImageFolderDataModule(folder.name, image_size=16, batch_size=4)
        >>> data.class_names  # doctest: +ELLIPSIS
        data: fewer than 20 training images: cat: 8, dog: 8; ...
        data: ... (2 classes, in memory): 16 training, ..., 2 test images; cat: 8, dog: 8
        ('cat', 'dog')
        >>> images, labels = data.images("train")
        >>> images.shape
        torch.Size([16, 3, 16, 16])
    """

    def __init__(
        self,
        root: str,
        classes: list[str | int] | None = None,
        unlabelled: str | None = None,
        labels_per_class: int | dict[str, int] | None = None,
        balance: float = 0.0,
        paired: bool = False,
        test: float = 0.1,
        in_memory: bool | Literal["auto"] = "auto",
        max_pixels: int = MAX_PIXELS,
        channels: Literal[1, 3, "auto"] = "auto",
        fit: Fit = "crop",
        bands: int | str | list[int] | None = None,
        window: str | list[float] | list[str] = "auto",
        page: int | None = None,
        background: Background | None = None,
        ignore: list[str] | str | None = None,
        labels: str | None = None,
        label_column: str | None = None,
        image_column: str | None = None,
        groups: str | None = None,
        group_column: str | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(channels=channels, **settings)
        if max_pixels < 1:
            raise DataError(f"max_pixels is {max_pixels}; it must be 1 or more")
        if isinstance(ignore, str):
            self.hparams["ignore"] = [ignore]
        self.root = expanded(root)
        self._left_out: dict[str, str] = {}

    @property
    def unreadable(self) -> dict[str, str]:
        """Why each image file was left out, by path."""
        _ = self._data_splits
        return dict(self._left_out)

    def read_splits(self) -> DataSplits:
        """Find the files, read each once, split them, and report those that were left out."""
        saved = is_saved_set(self.root)
        layout = find_rows(self.root, self.hparams) if saved else self._in_folders()
        class_names = self._choose_classes(layout)
        candidates = candidates_of(layout, class_names) + self._without_class(layout)
        self._left_out = layout.left_out
        paths = [candidate.path for candidate in candidates]
        grouping, groups = self.hparams["groups"], self._groups(paths, saved)
        for table in (Path(self.root, grouping), Path(grouping)) if grouping else ():
            layout.use(table)
        layout.remarks += unmatched(layout, self.root) + unused_groups(layout, self.root, grouping)
        return read_and_split(
            candidates,
            class_names,
            self.hparams,
            layout,
            self.root,
            groups,
            chosen_size=self._chosen_size,
        )

    def _groups(self, paths: list[str], saved: bool) -> dict[str, str]:
        grouping, column = self.hparams["groups"], self.hparams["group_column"]
        if column and (saved or not grouping):
            advice = (
                f"'{self.root}' is a saved set; set groups to its column, and leave it out"
                if saved
                else "groups is left out; set groups to the table that has this column"
            )
            raise DataError(f"group_column is '{column}', and {advice}")
        if saved:
            return group_of_rows(grouping, paths, self.root) if grouping else {}
        return read_groups(grouping, paths, self.root, column) if grouping else {}

    def _in_folders(self) -> Layout:
        options, root = self.hparams, self.root
        existing(root, labeled=True)
        labels, class_names = options["labels"], options["classes"]
        column, image_column = options["label_column"], options["image_column"]
        splits = labels if splits_alone(labels, root, column) else None
        ignore, labeled = options["ignore"] or (), bool(labels) and not splits
        layout = find_images(root, options["unlabelled"], class_names, ignore, labeled)
        if splits:
            layout = with_names(layout, root, class_names)
            return with_own_splits(layout, root, splits, image_column)
        if labels := labels or found_labels(layout, root, class_names):
            layout = with_labels(layout, root, labels, column, image_column, classes=class_names)
            layout = with_held_out_labels(layout, root, NamedColumns(column, image_column))
            return with_own_splits(layout, root, in_folders=False)
        if column or image_column:
            name = "label_column" if column else "image_column"
            raise DataError(
                f"{name} is '{column or image_column}', and folders give the classes of '{root}'; "
                f"set labels to the table that has this column, or leave {name} out"
            )
        if not class_names:
            refuse_doubtful(layout, root)
        layout = with_names(with_held_out_labels(layout, root), root, class_names)
        return with_own_splits(layout, root)

    def _if_all_are_one(self, names: Sequence[str]) -> str:
        hint = f"; if all images are of one class, set classes to {one_class(self.root)}"
        return hint if are_ids([Path(n) for n in names]) else ""

    def _without_class(self, layout: Layout) -> list[Candidate]:
        folder = self.hparams["unlabelled"]
        if folder is None:
            return []
        files, findings = find_all(folder, ignore=layout.ignore)
        if not files:
            raise DataError(f"no images in '{folder}'{findings.only()}, given as unlabelled")
        layout.add_findings(findings)
        return [Candidate(str(path), "", WITHOUT_CLASS) for path in files]

    def _choose_classes(self, layout: Layout) -> tuple[str, ...]:
        train_files = layout.training
        if not train_files:
            if skipped := [str(p) for paths in layout.passed_over.values() for p in paths]:
                raise DataError(
                    f"no images in '{self.root}' but what is passed over: {', '.join(skipped[:5])}"
                )
            # The layout does not count files in class folders that hold no images.
            only = find_all(self.root, ignore=layout.ignore)[1].only() or layout.only()
            raise DataError(
                f"no images in '{self.root}'{only}; it must hold image files such as PNG or JPEG, "
                "class folders, or train/ and test/ with class folders"
            )
        for classes in layout.files.values():
            refuse_two_forms(classes, self.root)
        names = choose_classes(sorted(train_files), self.hparams["classes"])
        layout.remarks += similar_names(names)
        for split, files in layout.files.items():
            # A folder's name may be stored in another Unicode form.
            renamed = same_names(files, train_files)
            layout.remarks += [
                f"the {split} images of '{name}' are read as the class '{renamed[name]}'"
                for name in files
                if name.casefold() == renamed[name].casefold() and name != renamed[name]
            ]
            layout.files[split] = classes = {renamed[name]: paths for name, paths in files.items()}
            if self.hparams["classes"]:
                layout.remarks += self._dropped(split, classes, names)
                continue
            for name in sorted(set(classes) - set(names)):
                raise DataError(self._lacking_in_train(name, split, classes, names))
        return names

    def _lacking_in_train(
        self, name: str, split: str, classes: dict[str, list[Path]], names: Sequence[str]
    ) -> str:
        """Return the message for a class that train lacks, with what to do about it."""
        parts = Path(classes[name][0]).parts[len(Path(self.root).parts) : -1]
        folder = split in {split_of(part) for part in parts}
        hints = ["rename the folder" if folder else "rename it, or change the split of its images"]
        # If it lost all its classes, another test split would be taken from train.
        if set(classes) & set(names) and not same_letters(name, names):
            hints.append("name the classes to read in classes")
        if folder:
            hints += ["leave folders out with ignore", f"or give root the {split} folder alone"]
        return (
            f"the {split} {'folder' if folder else 'split'} of '{self.root}' has "
            f"{nearest(name, names, 'class')}; train must have every class: {', '.join(hints)}"
            f"{self._if_all_are_one([*names, name])}"
        )

    def _dropped(
        self, split: str, classes: dict[str, list[Path]], names: Sequence[str]
    ) -> list[str]:
        """Return a remark on a split that only has images of classes that are not read."""
        if split not in ("validation", "test") or set(classes) & set(names):
            return []
        return [
            f"the {split} images of '{self.root}' are left out, since all are of other classes "
            f"({', '.join(sorted(classes)[:5])}), and {self.hparams[split]} of the training images "
            f"are for {split} in their place; if these are the same classes, rename them as in "
            "train"
        ]
