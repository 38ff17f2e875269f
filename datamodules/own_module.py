"""Data modules of a user's own: what they raise is named, and what they give is checked."""

from typing import Any

from datamodules.errors import DataError, described, failure
from datamodules.reading.splits.splits import DataSplits, ImageSplit


def splits_of(data: Any) -> DataSplits:
    """Return what a data module's `read_splits` gives.

    Args:
        data: A data module, such as an `ImageDataModule`.

    Raises:
        DataError: It raises, returns something else, or the module's `__init__` is incomplete.
    """
    name, own = type(data).__name__, not type(data).__module__.startswith("datamodules.")
    if not hasattr(data, "image_size"):
        raise DataError(
            f"{name}.__init__ does not call super().__init__(**settings); add that line to it, "
            "before any other"
        )
    try:
        found = data.read_splits()
    except Exception as error:
        if not own or isinstance(error, DataError | MemoryError):
            raise
        raise DataError(f"{name}.read_splits raised {failure(error)}; correct it") from error
    if not isinstance(found, DataSplits):
        raise DataError(f"{name}.read_splits gives {described(found)}; return DataSplits")
    for split, images in found.splits.items():
        if not isinstance(images, ImageSplit):
            kind = described(images)
            raise DataError(f"{name}.read_splits: the split {split} is {kind}; give an ImageSplit")
    return found
