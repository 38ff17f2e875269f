"""Errors that the owner of the data can fix."""

from pathlib import Path


class DataError(ValueError):
    """A wrong folder, file or data argument; tools print its message and exit with code 2."""


class UnreadableImageError(DataError):
    """An image file that can't be used.

    Args:
        path: The file.
        reason: Why, in a few words without the path.
    """

    def __init__(self, path: str | Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = str(path)
        self.reason = reason
