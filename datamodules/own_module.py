"""User-defined data modules: reports their errors and checks their splits."""

from typing import Any

from datamodules.errors import DataError, described, failure
from datamodules.reading.splits.splits import DataSplits, ImageSplit


def splits_of(data: Any) -> DataSplits:
    """Return the checked result of a data module's `read_splits`.

    Args:
        data: A data module, such as an `ImageDataModule`.

    Raises:
        DataError: `read_splits` fails or returns another type, or the module's `__init__` does not
            call its base class.
    """
    name, is_user_code = type(data).__name__, not type(data).__module__.startswith("datamodules.")
    if not hasattr(data, "image_size"):
        raise DataError(
            f"{name}.__init__ does not call super().__init__(**settings); add that line to it, "
            "before any other"
        )
    try:
        data_splits = data.read_splits()
    except Exception as error:
        if not is_user_code or isinstance(error, DataError | MemoryError):
            raise
        raise DataError(f"{name}.read_splits raised {failure(error)}; correct it") from error
    if not isinstance(data_splits, DataSplits):
        raise DataError(f"{name}.read_splits gives {described(data_splits)}; return DataSplits")
    for split, images in data_splits.splits.items():
        if not isinstance(images, ImageSplit):
            kind = described(images)
            raise DataError(f"{name}.read_splits: the split {split} is {kind}; give an ImageSplit")
    return data_splits
