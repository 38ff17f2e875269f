"""Selects the training images that keep their label, if only some of them do."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch

from datamodules.reading.splits.splits import UNLABELED, ImageSplit
from datamodules.reading.splits.subsets import choose_per_class


def keep_labels(
    train: ImageSplit, class_names: tuple[str, ...], settings: Mapping[str, Any]
) -> tuple[ImageSplit, ImageSplit]:
    """Choose the training images, and which of them keep their label.

    Args:
        train: All training images; the label -1 means none.
        class_names: Names of the classes, by class index.
        settings: `per_class`, images to keep of each class; `labels_per_class`, how many of those
            keep their label (None: all); `subset_seed`, the seed of both selections. The images
            that keep their label are those that an equal `per_class` would select.

    Returns:
        The labeled images, and all chosen images: labeled ones first, then unlabeled ones.

    Raises:
        DataError: A number is out of range, or a class has fewer images.
    """
    labels, seed = train.labels.tolist(), settings["subset_seed"]
    positions = choose_per_class(train.hashes, labels, class_names, settings["per_class"], seed)
    unlabeled = [i for i, label in enumerate(labels) if label == UNLABELED]
    pool = train.chosen(positions)
    kept_positions = choose_per_class(
        pool.hashes,
        pool.labels.tolist(),
        class_names,
        settings.get("labels_per_class"),
        seed,
        argument="labels_per_class",
    )
    labeled = [positions[i] for i in kept_positions]
    hidden = sorted({*positions, *unlabeled} - set(labeled))
    all_train = train.chosen(labeled + hidden)
    blank = torch.full((len(hidden),), UNLABELED, dtype=torch.long)
    new_labels = torch.cat([all_train.labels[: len(labeled)], blank])
    return train.chosen(labeled), replace(all_train, labels=new_labels)
