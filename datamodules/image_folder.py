"""The data module for a folder of images."""
# ruff: noqa: ARG002 - the arguments are read through `hparams`

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

import torch

from datamodules.arguments import choose_classes, nearest
from datamodules.console import say
from datamodules.errors import DataError
from datamodules.gathered import SPLITS, UNLABELLED, Gathered, ImageSplit
from datamodules.image_data import ImageDataModule
from datamodules.layouts import Layout, find_all, find_images
from datamodules.reading import MAX_PIXELS
from datamodules.resident import ImageSource, ResidentImages, StreamedImages, fits_in_memory
from datamodules.scan import Scan, scan_images
from datamodules.subsets import split_by_content

REPORT_LINES = 20
WITHOUT_CLASS = "unlabelled"


class _Candidate(NamedTuple):
    path: str
    name: str
    split: str


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
        labelled: Training images of each class that keep their label, one number or a number by
            class; the others are learned from without it, and half of each batch has labels. For
            models that learn from both, such as sgan.
        subset_seed: Another seed chooses other images for per_class and labelled.
        batch_size: Images in a training batch on each device.
        epoch_images: At least so many images make an epoch: a smaller set is gone through several
            times, so that an epoch is worth its sheet, its checkpoint and its figures.
        policy: Random changes of training images: none, light, strong, or the path of a file that
            albumentations.save wrote.
        validation: Share of images for validation, chosen by content; unused where the folder has
            validation images of its own.
        test: Share of images for the test, chosen by content; unused where the folder has test
            images of its own.
        resident: Whether to hold the decoded images in memory; auto does up to 2 GiB.
        num_workers: Processes that prepare batches; auto uses none where images lie in memory and
            have no policy.
        max_pixels: Width times height above which a file is left out unread.
        seed: Of the order of training images and of the policy's draws.
    """

    def __init__(
        self,
        root: str,
        image_size: int = 64,
        channels: Literal[1, 3] = 3,
        classes: list[str | int] | None = None,
        unlabelled: str | None = None,
        per_class: int | dict[str, int] | None = None,
        labelled: int | dict[str, int] | None = None,
        subset_seed: int = 0,
        batch_size: int = 64,
        epoch_images: int = 10_000,
        policy: str = "none",
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
        candidates = [*_candidates(layout, class_names), *self._without_class(layout)]
        scan, source = self._read([candidate.path for candidate in candidates])
        self._left_out = dict(layout.left_out)
        self._left_out.update((candidates[i].path, why) for i, why in scan.unreadable.items())
        splits = self._split_up(candidates, scan, {split for split in layout.files if split})
        self._report(layout.others)
        readable = {c.name for i, c in enumerate(candidates) if i not in scan.unreadable}
        for name in class_names:
            if name not in readable:
                raise DataError(
                    f"class '{name}' has no readable image in '{self.root}', see the report above; "
                    "repair or remove its files, or leave it out with classes"
                )
        kind = "in memory" if isinstance(source, ResidentImages) else "streamed"
        count = f"{len(class_names)} {'class' if len(class_names) == 1 else 'classes'}"
        return Gathered(
            class_names,
            {
                name: _as_split(source, candidates, scan, class_names, members)
                for name, members in splits.items()
            },
            f"{Path(self.root).absolute().name} ({count}, {kind})",
        )

    def _without_class(self, layout: Layout) -> Iterator[_Candidate]:
        folder = self.hparams["unlabelled"]
        if folder is None:
            return
        files, found = find_all(folder)
        if not files:
            raise DataError(f"no images in '{folder}', given as unlabelled")
        layout.left_out.update(found.left_out)
        layout.others.update(found.others)
        yield from (_Candidate(str(path), "", WITHOUT_CLASS) for path in files)

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

    def _read(self, paths: list[str]) -> tuple[Scan, ImageSource]:
        size, channels = self.image_size, self.channels
        resident, limit = self.hparams["resident"], self.hparams["max_pixels"]
        if resident == "auto":
            resident = fits_in_memory(len(paths), size, channels)
        scan = scan_images(paths, size, channels, limit, keep_pixels=resident)
        if scan.pixels is not None:
            return scan, ResidentImages(scan.pixels)
        return scan, StreamedImages(paths, size, channels, limit)

    def _split_up(
        self, candidates: list[_Candidate], scan: Scan, given: set[str]
    ) -> dict[str, list[int]]:
        """Give positions by split: the folder's own splits, and the others cut from train."""
        shares = [0.0 if name in given else self.hparams[name] for name in ("validation", "test")]
        splits: dict[str, list[int]] = {name: [] for name in (*SPLITS, WITHOUT_CLASS)}
        undivided: list[int] = []
        held_out = {"test": set[str](), "validation": set[str]()}
        for position, candidate in enumerate(candidates):
            if candidate.split in held_out and scan.hashes[position]:
                held_out[candidate.split].add(scan.hashes[position])
        for position, candidate in enumerate(candidates):
            digest = scan.hashes[position]
            if not digest:
                continue
            split = candidate.split or "train"
            copied = next((name for name in held_out if digest in held_out[name]), split)
            if copied != split and split != "test":
                self._left_out[candidate.path] = f"the same image is in {copied}"
                continue
            (undivided if split == "train" else splits[split]).append(position)
        names = sorted({candidate.name for candidate in candidates})
        chosen = split_by_content(
            [scan.hashes[position] for position in undivided],
            [names.index(candidates[position].name) for position in undivided],
            *shares,
        )
        for position, split in zip(undivided, chosen, strict=True):
            splits[split].append(position)
        labelled = {scan.hashes[i]: name for name in SPLITS for i in splits[name]}
        for position in splits.pop(WITHOUT_CLASS):
            if where := labelled.get(scan.hashes[position]):
                self._left_out[candidates[position].path] = f"the same image is in {where}"
            else:
                splits["train"].append(position)
        return splits

    def _report(self, others: Counter[str]) -> None:
        lines = [f"  {path}: {reason}" for path, reason in sorted(self._left_out.items())]
        if lines:
            more = [f"  ... and {len(lines) - REPORT_LINES:,} more"][: len(lines) > REPORT_LINES]
            head = f"data: left out {len(lines):,} image files of '{self.root}'"
            say("\n".join([head, *lines[:REPORT_LINES], *more]))
        if others:
            kinds = ", ".join(f"{count:,} {kind}" for kind, count in others.most_common(5))
            say(f"data: passed over {others.total():,} files that are no images ({kinds})")


def _candidates(layout: Layout, class_names: tuple[str, ...]) -> Iterator[_Candidate]:
    for split, classes in layout.files.items():
        for name in class_names:
            yield from (_Candidate(str(path), name, split) for path in classes.get(name, []))


def _as_split(
    source: ImageSource,
    candidates: list[_Candidate],
    scan: Scan,
    class_names: tuple[str, ...],
    members: list[int],
) -> ImageSplit:
    label_of = {name: label for label, name in enumerate(class_names)}
    labels = [label_of.get(candidates[i].name, UNLABELLED) for i in members]
    return ImageSplit(
        source.chosen(members),
        torch.tensor(labels, dtype=torch.long),
        [scan.hashes[i] for i in members],
        [candidates[i].path for i in members],
    )
