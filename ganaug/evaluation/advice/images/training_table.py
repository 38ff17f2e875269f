"""train.csv: the table of images to train on, with their classes and weights."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from ganaug.evaluation.utility.sampling import DataMix, Images, MixSampler
from ganaug.utils.errors import UsageError

TRAIN, PRETRAIN = "train.csv", "pretrain.csv"
REAL = "real"
HEAD = ("file", "class", "weight", "source")
# Soft labels have a column for each class with this prefix.
SOFT = "probability of "


class Row(NamedTuple):
    """The table's row of an image to train on.

    Attributes:
        file: Path below the folder of its source, or its name if the source has no folder.
        label: Name of its class.
        weight: Relative frequency of drawing it, or its weight in the loss; the mean is 1.
        source: real, or the name of a set.
        soft: Probability of each class, to learn instead of the class.
    """

    file: str
    label: str
    weight: float
    source: str = REAL
    soft: tuple[float, ...] = ()


def counted(mix: DataMix, real: Images, synthetic: Images, num_classes: int) -> Tensor:
    """Return the weight of each image in a mix: its frequency times its weight in the loss.

    The mean over all images with a positive weight is 1.

    Args:
        mix: The mix to train on.
        real: The real images.
        synthetic: The images that the mix draws as synthetic.
        num_classes: Number of classes.

    Returns:
        Weights `[N + M]`, the real images first.

    Example:
        >>> labels = torch.tensor([0, 0, 0, 1])
        >>> real = Images(torch.zeros(4, 1, 8, 8, dtype=torch.uint8), labels)
        >>> empty = Images(real.images[:0], labels[:0])
        >>> [round(weight, 2) for weight in counted(DataMix(), real, empty, 2).tolist()]
        [0.67, 0.67, 0.67, 2.0]
    """
    sampler = MixSampler(mix, real, synthetic, num_classes, seed=0)
    weights = np.zeros(len(real.labels) + len(synthetic.labels))
    for pools, chance, share in zip(sampler.pools, sampler.chances, sampler.shares, strict=True):
        for pool, counts in zip(pools, (1 - share, share * mix.weight), strict=True):
            if len(pool):
                np.add.at(weights, pool, chance * counts / len(pool))
    return torch.from_numpy(weights * np.count_nonzero(weights) / weights.sum()).float()


def write_rows(path: Path, rows: Sequence[Row], class_names: Sequence[str]) -> None:
    """Write a table atomically.

    Raises:
        UsageError: It can't be written.
    """
    from ganaug.utils.atomic_files import atomic_open_or_refuse

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    soft = [f"{SOFT}{name}" for name in class_names] if any(row.soft for row in rows) else []
    writer.writerow([*HEAD, *soft])
    for row in rows:
        probabilities = row.soft or (
            tuple(float(n == row.label) for n in class_names) if soft else ()
        )
        numbers = [f"{value:.6g}" for value in (row.weight, *probabilities)]
        writer.writerow([row.file, row.label, numbers[0], row.source, *numbers[1:]])
    with atomic_open_or_refuse(path) as file:
        # File names keep their bytes, whether they are UTF-8 or not.
        file.write(text.getvalue().encode(errors="surrogateescape"))


def read_rows(path: Path, class_names: Sequence[str]) -> list[Row]:
    """Read a table.

    Raises:
        UsageError: The table is missing or damaged.
    """
    try:
        text = path.read_bytes().decode(errors="surrogateescape")
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}; run advise again") from error
    try:
        records = [*csv.DictReader(io.StringIO(text, newline=""))]
    except csv.Error as error:
        raise UsageError(
            f"{path} is not a table ({error}); delete it and run advise again"
        ) from error
    rows = [_row(path, n, record, class_names) for n, record in enumerate(records, 2)]
    if not rows:
        raise UsageError(f"{path} has no rows; delete it and run advise again")
    return rows


def _row(path: Path, line: int, record: dict[str, Any], class_names: Sequence[str]) -> Row:
    try:
        label = record["class"]
        soft: tuple[float, ...] = ()
        if f"{SOFT}{class_names[0]}" in record:
            soft = tuple(float(record[f"{SOFT}{name}"]) for name in class_names)
        row = Row(record["file"], label, float(record["weight"]), record["source"], soft)
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(
            f"{path}, row {line}: it needs the columns {', '.join(HEAD)}, with a number as weight"
        ) from error
    if label not in class_names or not 0 <= row.weight < float("inf"):
        raise UsageError(
            f"{path}, row {line}: class {label!r} with weight {row.weight:g}; the classes are "
            f"{', '.join(class_names)}, and weights are 0 or more"
        )
    return row
