"""The real images that synthetic ones are compared with, and those to choose by."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ganaug.utils.errors import UsageError

if TYPE_CHECKING:
    from torch import Tensor

    from ganaug.synthesis.dataset import SyntheticDataset


class HeldOut(NamedTuple):
    """Real images that no network was trained on.

    Attributes:
        images: `[N, C, S, S]` uint8.
        labels: `[N]` class indices.
        name: Of which splits they are.
    """

    images: "Tensor"
    labels: "Tensor"
    name: str


def real_data(
    dataset: "SyntheticDataset", data: Any = None, data_root: str | Path | None = None
) -> Any:
    """Return the data module of the real images, at the size of the synthetic ones.

    Args:
        dataset: The synthetic images.
        data: A data module, `mnist`, a folder of class folders, or None for the images that the
            model was fitted on. A folder is split as the fit was, or images that the generator was
            trained on would be among the test images.
        data_root: Where the images are now.

    Raises:
        UsageError: Which images are meant is neither said nor known.
    """
    if data is None:
        try:
            return dataset.data(str(data_root) if data_root else None)
        except UsageError as error:
            raise UsageError(f"{error}; or name the real images by `data`") from error
    if not isinstance(data, str | Path):
        return data
    settings: dict[str, Any] = {"image_size": dataset.image_size, "channels": dataset.channels}
    settings |= dataset.split_settings
    if str(data).lower() == "mnist":
        from datamodules.mnist import MNISTDataModule
        from ganaug.synthesis.dataset import READING

        # MNIST has test images of its own, and its files are always read in one way.
        settings = {k: v for k, v in settings.items() if k not in ("test", *READING)}
        return MNISTDataModule(root=str(data_root) if data_root else None, **settings)
    from datamodules.image_folder import ImageFolderDataModule

    return ImageFolderDataModule(root=str(data), **settings)


def to_choose_by(data: Any, limit: int | None = None) -> HeldOut:
    """Return validation images, by which thresholds are set and checkpoints ranked.

    A set or a checkpoint that was chosen by test images would then be tested too kindly. Where
    there are fewer than 20 validation images, test images are added, with a note.

    Args:
        data: The data module.
        limit: At most this many of a split.
    """
    import torch

    from datamodules.console import say
    from ganaug.evaluation.memorization.detector import LEAST_HELD_OUT

    images, labels = data.images("validation", limit)
    if len(labels) >= LEAST_HELD_OUT:
        return HeldOut(images, labels, "validation")
    say(
        f"note: {len(labels)} validation images are too few to choose by, so test images take part "
        f"in the choice, and a test on them is too kind; hold out {LEAST_HELD_OUT} or more"
    )
    more, their_labels = data.images("test", limit)
    return HeldOut(
        torch.cat([images, more]), torch.cat([labels, their_labels]), "validation and test"
    )
