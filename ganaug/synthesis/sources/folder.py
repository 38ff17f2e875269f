"""The method `folder`: images from another program, imported into a set."""

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from datamodules.reading.images.header import read_bytes
from ganaug.synthesis.marks import TRAINED, read_mark
from ganaug.synthesis.sources.real import RealImages, RealSource
from ganaug.synthesis.sources.registry import register_source

if TYPE_CHECKING:
    from ganaug.synthesis.context import Context

METHOD = "folder"


@register_source(METHOD)
class FolderSource(RealSource):
    """The method `folder`: the images of a folder, with the size and channels of the real ones.

    The index of an image is its position in its class, sorted by the numbers in the names.

    Args:
        real: The images, with the labels of the real classes.
        class_names: Names of the classes, in the order of the labels.
        digital_source_type: IPTC's term for the images.
    """

    method = METHOD

    def __init__(
        self, real: RealImages, class_names: Sequence[str], digital_source_type: str = TRAINED
    ) -> None:
        super().__init__(real, class_names)
        self.digital_source_type = digital_source_type

    @classmethod
    def build(cls, context: "Context") -> "FolderSource":
        """Read the folder, and warn of real test images in it."""
        from ganaug.evaluation.leaked import warn_of_test_images

        dataset = context.foreign
        if context.has_real:
            warn_of_test_images(dataset.images, dataset.files, context.data)
        real = RealImages(dataset.images, dataset.labels, dataset.files)
        # Without a mark, or with different ones, assume a generative model.
        marks = {read_mark(read_bytes(entry.path)) for entry in dataset.listed}
        mark = marks.pop() if len(marks) == 1 else None
        return cls(real, context.class_names, mark or TRAINED)

    @property
    def facts(self) -> dict[str, Any]:
        """The settings that determine the images."""
        names = "\n".join(self.real.sources).encode(errors="surrogateescape")
        return {**super().facts, "files": hashlib.sha256(names).hexdigest()}
