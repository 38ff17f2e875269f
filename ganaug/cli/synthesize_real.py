"""The real images behind an expansion, read when they are first needed."""

import argparse
import sys
from functools import cached_property
from typing import Any

from torch import Tensor

from ganaug import synthesis
from ganaug.cli.fitted import data_of
from ganaug.evaluation.features.domain import network_of
from ganaug.evaluation.real_data import to_choose_by
from ganaug.synthesis.dataset import splits_of
from ganaug.training.checkpoints import Card, Checkpoint
from ganaug.utils.errors import UsageError

# More of them add little to a threshold, and take memory.
ENOUGH_HELD_OUT = 5000


class Real:
    """The real training images, read when they are first needed.

    Args:
        options: The command line's.
        checkpoint: Of the model.
    """

    def __init__(self, options: argparse.Namespace, checkpoint: Checkpoint) -> None:
        self.options, self.card, self.model = options, checkpoint.card, checkpoint.model
        self._data: Any = None
        self._images: synthesis.RealImages | None = None
        self.fingerprint: str | None = None
        if options.sources and not getattr(self.model, "keeps_classes", False):
            raise UsageError(
                f"--sources: {checkpoint.card.model} does not make images of any class given; "
                "that takes a model such as dagan"
            )

    @property
    def data(self) -> Any:
        """The data module: that of the fit, or the sources given instead."""
        if self._data is None:
            self._data = (
                sources_of(self.card, self.options.sources)
                if self.options.sources
                else data_of(self.card, self.options.data_root)
            )
            self.fingerprint = self._data.fingerprint
            if not self.options.sources and self.fingerprint != self.card.fingerprint:
                print(
                    "warning: the real images are not the ones that the checkpoint was fitted on; "
                    "the manifest records both fingerprints",
                    file=sys.stderr,
                )
        return self._data

    @property
    def images(self) -> synthesis.RealImages:
        """The training images."""
        if self._images is None:
            images, labels = self.data.images("train")
            self._images = synthesis.RealImages(images, labels, self.data.paths("train"))
        return self._images

    @property
    def counts(self) -> dict[str, int]:
        """Real images of each class; the checkpoint knows them without the images."""
        return dict(self.data.class_counts if self.options.sources else self.card.class_counts)

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes, in the order of the labels."""
        return tuple(self.data.class_names) if self.options.sources else self.card.class_names

    @cached_property
    def network(self) -> Any:
        """The gates' feature network, trained on the real images and kept."""
        return network_of(self.data, "gate", "cpu")

    @cached_property
    def held_out(self) -> Tensor:
        """Real images that no network was trained on, by which the gates set their thresholds."""
        return to_choose_by(self.data, ENOUGH_HELD_OUT).images


def sources_of(card: Card, folder: str) -> Any:
    """The images of a folder of class folders, at the size that the model draws.

    The shares of the fit are held out, as evaluate holds them out when it is given the folder, so
    that its test images are none of those that the set was made of; and its augmentation holds.
    """
    from datamodules.image_folder import ImageFolderDataModule

    settings: dict[str, Any] = {"image_size": card.image_size, "channels": card.channels}
    return ImageFolderDataModule(root=folder, **settings | splits_of(card.data))
