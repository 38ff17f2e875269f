"""Divides files that were read into splits: by folder, or else by content or group."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import torch

from datamodules.reading.remarks import Divide
from datamodules.reading.scan import Scan
from datamodules.reading.splits.groups import joined, split_by_group
from datamodules.reading.splits.in_memory import ImageSource
from datamodules.reading.splits.splits import SPLITS, UNLABELED, ImageSplit
from datamodules.reading.splits.subsets import split_by_content

WITHOUT_CLASS = "unlabelled"


class Candidate(NamedTuple):
    """A file that may become an image of the data.

    Attributes:
        path: The file.
        name: Its class, "" for none.
        split: The split whose folder it is in, "" if the split is not yet chosen, or
            `WITHOUT_CLASS`.
    """

    path: str
    name: str
    split: str


@dataclass(frozen=True)
class ReadFiles:
    """Candidate files and their contents, at the same positions.

    Attributes:
        candidates: The files.
        class_names: Names of the classes, in the order of the labels.
        groups: Group of each file; empty without groups.
        scan: Hashes of the files, and which are unreadable.
        source: The images.
    """

    candidates: Sequence[Candidate]
    class_names: tuple[str, ...]
    groups: Sequence[str]
    scan: Scan
    source: ImageSource

    @cached_property
    def labels(self) -> list[int]:
        """The class index of each file, -1 for none."""
        label_of = {name: label for label, name in enumerate(self.class_names)}
        return [label_of.get(candidate.name, UNLABELED) for candidate in self.candidates]

    def split(self, positions: list[int]) -> ImageSplit:
        """Return a split of the images at these positions."""
        hashes = [self.scan.hashes[i] for i in positions]
        groups = [self.groups[i] for i in positions if self.groups]
        return ImageSplit(
            self.source.chosen(positions),
            torch.tensor([self.labels[i] for i in positions], dtype=torch.long),
            hashes,
            [self.candidates[i].path for i in positions],
            joined(groups, hashes) if groups else [],
        )


def positions_by_split(
    files: ReadFiles, shares: Mapping[str, float], left_out: dict[str, str]
) -> dict[str, list[int]]:
    """Return the positions of each split: given by folders, or else taken from train.

    Args:
        files: The files.
        shares: Fraction of each class by held-out split; 0 for a split that has its own folder.
        left_out: Filled with the reason, by path, for each file that is left out because another
            split has its image or group.
    """
    by_folder = _without_shared(files, left_out)
    divided = _divide(files, by_folder["train"], **shares)
    positions = {"train": divided["train"]}
    positions |= {name: by_folder[name] + divided[name] for name in SPLITS[1:]}
    positions["train"] += _unshared_unlabeled(files, by_folder[WITHOUT_CLASS], positions, left_out)
    return positions


def divide_by(files: ReadFiles, positions: Sequence[int]) -> Divide:
    """Return a function that divides labeled images by given fractions and counts their classes.

    Args:
        files: The files.
        positions: Positions of the images; unlabeled ones are skipped.
    """
    labeled = [i for i in positions if files.labels[i] != UNLABELED]

    def divide(validation: float, test: float) -> dict[str, Counter[int]]:
        divided = _divide(files, labeled, validation, test)
        return {split: Counter(files.labels[i] for i in rows) for split, rows in divided.items()}

    return divide


def _divide(
    files: ReadFiles, positions: Sequence[int], validation: float, test: float
) -> dict[str, list[int]]:
    """Return the positions of each split, by group if there are groups, or else by content."""
    # Ranked by name, so the split does not depend on the order of the labels.
    ranks = {name: rank for rank, name in enumerate(sorted(files.class_names))}
    labels = [ranks[files.candidates[i].name] for i in positions]
    hashes = [files.scan.hashes[i] for i in positions]
    if files.groups:
        groups = [files.groups[i] for i in positions]
        splits = split_by_group(groups, hashes, labels, validation, test)
    else:
        splits = split_by_content(hashes, labels, validation, test)
    divided: dict[str, list[int]] = {name: [] for name in SPLITS}
    for position, split in zip(positions, splits, strict=True):
        divided[split].append(position)
    return divided


def _without_shared(files: ReadFiles, left_out: dict[str, str]) -> dict[str, list[int]]:
    """Return the positions in each split's folder, without images that are also held out."""
    # By pixels: a copy in another encoding would still leak a held-out image into training.
    values_by_kind = {
        "image": files.scan.pixel_hashes,
        "group": files.groups or [""] * len(files.candidates),
    }
    held_out = {
        (split, kind): {
            value
            for candidate, value in zip(files.candidates, values, strict=True)
            if candidate.split == split and value
        }
        for split in ("test", "validation")
        for kind, values in values_by_kind.items()
    }
    positions: dict[str, list[int]] = {name: [] for name in (*SPLITS, WITHOUT_CLASS)}
    for position, candidate in enumerate(files.candidates):
        if not files.scan.hashes[position]:
            continue
        split = candidate.split or "train"
        shared = (key for key in held_out if values_by_kind[key[1]][position] in held_out[key])
        other, kind = next(shared, (split, ""))
        if other != split and split != "test":
            left_out[candidate.path] = f"the same {kind} is in {other}"
        else:
            positions[split].append(position)
    return positions


def _unshared_unlabeled(
    files: ReadFiles,
    unlabeled: Sequence[int],
    labeled: Mapping[str, Sequence[int]],
    left_out: dict[str, str],
) -> list[int]:
    """Return the unlabeled images that are in no split and whose group is not held out."""
    hashes, groups = files.scan.pixel_hashes, files.groups
    images = {hashes[i]: split for split in SPLITS for i in labeled[split]}
    held_out = {groups[i]: split for split in SPLITS[1:] for i in labeled[split] if groups}
    unshared = []
    for position in unlabeled:
        if split := images.get(hashes[position]):
            left_out[files.candidates[position].path] = f"the same image is in {split}"
        elif groups and (split := held_out.get(groups[position])):
            left_out[files.candidates[position].path] = f"the same group is in {split}"
        else:
            unshared.append(position)
    return unshared
