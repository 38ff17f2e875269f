"""Training images of which only some have a label: which ones keep theirs."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch

from datamodules.reading.splits import UNLABELLED, ImageSplit
from datamodules.reading.subsets import choose_per_class


def keep_labels(
    train: ImageSplit, class_names: tuple[str, ...], settings: Mapping[str, Any]
) -> tuple[ImageSplit, ImageSplit]:
    """Choose the training images, and which of them keep their label.

    Args:
        train: All that was found for training; the label -1 stands for none.
        class_names: By class index.
        settings: `per_class`, images to keep of each class; `labels_per_class`, how many of those keep
            their label (None: all); `subset_seed`, of both choices: the images that keep their
            label are those that as small a `per_class` would choose.

    Returns:
        The images that have a label, and all chosen images: those first, the unlabelled after
        them.

    Raises:
        DataError: A number is out of range, or more than there are.
    """
    labels, seed = train.labels.tolist(), settings["subset_seed"]
    chosen = choose_per_class(train.hashes, labels, class_names, settings["per_class"], seed)
    found_without = [i for i, label in enumerate(labels) if label == UNLABELLED]
    pool = train.chosen(chosen)
    kept = choose_per_class(
        pool.hashes,
        pool.labels.tolist(),
        class_names,
        settings.get("labels_per_class"),
        seed,
        argument="labels_per_class",
    )
    known = [chosen[i] for i in kept]
    hidden = sorted({*chosen, *found_without} - set(known))
    every = train.chosen(known + hidden)
    blank = torch.full((len(hidden),), UNLABELLED, dtype=torch.long)
    every = replace(every, labels=torch.cat([every.labels[: len(known)], blank]))
    return train.chosen(known), every
