"""Form: how a set is read: its classes, size and channels, and which of its images."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ganaug.synthesis.listing import some_of
from ganaug.utils.errors import UsageError

if TYPE_CHECKING:
    from datamodules.reading.images.reader import ImageReader


@dataclass(frozen=True)
class Form:
    """How a set is read; None for the set's own. See `SyntheticDataset.select`.

    Attributes:
        class_names: Names of the classes, in the order of the labels.
        image_size: Side in pixels of the images.
        channels: 1 or 3.
        reader: Reader of a data module.
        parts: Number of images and seed of each choice among them, in turn.
    """

    class_names: Sequence[str] | None = None
    image_size: int | None = None
    channels: Literal[1, 3] | None = None
    reader: "ImageReader | None" = None
    parts: tuple[tuple[int, int], ...] = ()

    def changed(self, asked: "Form", n: int | None, seed: int) -> "Form":
        """Return this form with the settings that `asked` has, and at most `n` of the images.

        Raises:
            UsageError: `n` is below 1.
        """
        if n is not None and n < 1:
            raise UsageError(f"n is {n}; use 1 or more")
        parts = self.parts if n is None else (*self.parts, (n, seed))
        settings = {k: v for k, v in vars(asked).items() if v is not None}
        return replace(self, **{**settings, "parts": parts})

    def chosen(self, files: Mapping[str, list[Path]]) -> Mapping[str, list[Path]]:
        """Return the files of each class that the choices leave."""
        for n, seed in self.parts:
            files = some_of(files, n, seed)
        return files
