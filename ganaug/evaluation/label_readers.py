"""The classifiers of `label`: a fitted model, or a network trained on labeled images."""

import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from ganaug.evaluation.real_data import folder_and_settings, opened
from ganaug.evaluation.utility.leaks import labeled_digests
from ganaug.utils.errors import UsageError

if TYPE_CHECKING:
    import torch

    from datamodules.reading.images.reader import ImageReader
    from ganaug.protocols import Classifier
    from ganaug.training.checkpoints import Card


# Default size of the images that a classifier is trained on.
IMAGE_SIZE = 64


class Reader(NamedTuple):
    """A classifier, and the known images that get no label.

    Attributes:
        model: Classifies images.
        class_names: Names of the classes.
        files: Reads image files for the model.
        known: Digests of the images that already have a label.
        remark: Remark for these images in the table.
    """

    model: "Classifier"
    class_names: Sequence[str]
    files: "ImageReader"
    known: Collection[bytes] = ()
    remark: str = "the same image is in real"


def fitted(
    model: Any,
    device: "str | torch.device",
    copy_to: Path | None = None,
    data_root: str | None = None,
) -> Reader:
    """Return a reader that classifies with a fitted model.

    Args:
        model: A checkpoint, the folder of a run, or what `load` returned.
        device: Where to compute, as in `checkpoints.load`.
        copy_to: Folder for copies, if any.
        data_root: Where the images of the fit are now, if they have moved.

    Raises:
        UsageError: The model does not classify, or `data_root` does not hold the images.
        DataError: Copies would be among the images that the model was fitted on.
    """
    from ganaug.protocols import Classifier
    from ganaug.training import checkpoints
    from ganaug.training.fitted import refuse_in_data

    loaded = checkpoints.load(model, device)
    card = loaded.card
    if not isinstance(loaded.model, Classifier):
        raise UsageError(
            f"{card.model} does not name classes; fit a model that does, such as sgan, or give the "
            "folder of labeled images as `real` instead of `model`"
        )
    if copy_to is not None:
        refuse_in_data(copy_to, card.data, "copy_to", data_root)
    known_digests = _digests_of_fit(card, data_root)
    remark = "the same image is in the labeled images of the fit"
    return Reader(loaded.model, card.class_names, card.reader, known_digests, remark)


def learned_from(
    real: Any,
    image_size: int | None,
    channels: Literal[1, 3] | None,
    device: str,
    copy_to: Path | None = None,
) -> Reader:
    """Return a reader that classifies with a small network trained on labeled images.

    Args:
        real: The labeled images, as in `label`.
        image_size: Side in pixels, for images whose size isn't given by `real`.
        channels: 1 or 3, likewise.
        device: Where to compute.
        copy_to: Folder for copies, if any.

    Raises:
        UsageError: There is a single class, the images' size is out of range, or `real` gives the
            size or channels already.
        DataError: Copies would be among the labeled images.
    """
    from ganaug.evaluation.features.domain import network_of
    from ganaug.training.fitted import refuse_in_data

    reading = {"image_size": image_size, "channels": channels}
    data = opened(real, "real", {"image_size": IMAGE_SIZE, "channels": 3}, reading)
    if copy_to is not None:
        refuse_in_data(copy_to, data.card(), "copy_to")
    if data.num_classes < 2:
        folder, _ = folder_and_settings(real, "real")
        raise UsageError(
            f"real {folder} holds a single class, and a classifier needs at least two; if a table "
            "has the classes, give it as data.labels, and the folder as data.root"
        )
    network = network_of(data, "judge", device)
    return Reader(network, data.class_names, data.reader, labeled_digests(data))


def _digests_of_fit(card: "Card", data_root: str | None) -> set[bytes]:
    """Return the digests of a fit's labeled images; warn if they are missing.

    A model should also work on a machine without the images.
    """
    from ganaug.training.fitted import unchanged_data_of

    try:
        return labeled_digests(unchanged_data_of(card, data_root))
    except UsageError as error:
        if data_root is not None:
            raise
        print(
            f"warning: images that the model was fitted on can't be recognized ({error}), so they "
            "are labeled too",
            file=sys.stderr,
        )
        return set()
