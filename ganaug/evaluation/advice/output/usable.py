"""Access to the files of an advice: its training images, its classifier and its network."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ganaug.utils.errors import UsageError
from ganaug.utils.user_paths import takes_paths

if TYPE_CHECKING:
    from torch import nn

    from ganaug.evaluation.advice.images.training_images import TrainingImages
    from ganaug.evaluation.advice.images.training_table import Row
    from ganaug.evaluation.advice.output.classifier import Classifier
    from ganaug.evaluation.advice.result import Advice
    from ganaug.evaluation.advice.search.candidates import Candidate
    from ganaug.evaluation.utility.classifiers import Build
    from ganaug.synthesis.dataset import SyntheticDataset

Part = Literal["train", "pretrain"]


class Usable:
    """The methods of an advice that open the files next to it."""

    recommended: "Candidate"
    class_names: Sequence[str]
    facts: Mapping[str, Any]
    folder: Path | None

    @takes_paths("data_root")
    def train_dataset(
        self,
        part: Part = "train",
        *,
        image_size: int | None = None,
        data_root: str | None = None,
    ) -> "TrainingImages":
        """Return the images to train on as `(image, label, weight)`, with the augmentation.

        These are the images in train.csv: the real training and validation images, and recommended
        further images. Images are float32 from -1 to 1.

        Args:
            part: Part of the training; a recipe with pre-training begins with pretrain.
            image_size: Side in pixels; by default the size of the recommended classifier.
            data_root: Where the real images are now, if they have moved.

        Raises:
            UsageError: Images are missing or changed, or the recipe has no such part.
        """
        from ganaug.evaluation.advice.images.training_images import (
            TrainingImages,
            augmentation_of,
            data_of,
            read_images,
            stores_of,
        )

        folder, rows = self._folder(), self._rows(part)
        data = data_of(self._data(), data_root)
        size = image_size or self._card()["image_size"]
        augmentation = augmentation_of(self.recommended, folder, size, data.channels)
        images = read_images(rows, stores_of(rows, data, self._sets(rows)), size)
        return TrainingImages(images, rows, self.class_names, augmentation)

    @takes_paths("folder", "data_root")
    def write_images(
        self, folder: str | Path, part: Part = "train", *, data_root: str | None = None
    ) -> Path:
        """Write the images to train on as class folders, with a table of their weights.

        `folder/images/CLASS/…` holds hard links to the files, or copies if the file system has no
        hard links; `folder/train.csv` lists them. Images that are not single files, such as those
        of MNIST, are written as PNG. So are images that common loaders would read differently
        (rotated by EXIF, transparent, 16 bits), at their original size.

        Args:
            folder: A new folder.
            part: See `train_dataset`.
            data_root: Where the real images are now, if they have moved.

        Returns:
            The folder.

        Raises:
            UsageError: The folder is not empty, or images are missing or changed.
        """
        from ganaug.evaluation.advice.images.image_folder import refuse_taken, write_image_folder
        from ganaug.evaluation.advice.images.training_images import data_of, stores_of
        from ganaug.training.fitted import refuse_in_data

        rows, card = self._rows(part), self._data()
        refuse_taken(Path(folder))
        refuse_in_data(folder, card, "folder", data_root)
        data = data_of(card, data_root)
        stores = stores_of(rows, data, self._sets(rows))
        write_image_folder(Path(folder), rows, stores, data.image_size, self.class_names)
        return Path(folder)

    def classifier(self, build: "Build | None" = None) -> "Classifier":
        """Return the recommended classifier, trained on all real images except test images.

        Called with images `[N, C, S, S]`, uint8 or float from -1 to 1, it returns logits. Its
        method `read` reads image files. No code is loaded from a file.

        Args:
            build: For a classifier of your own, the function that builds it, as in the argument
                `classifier` of `advise`.

        Raises:
            UsageError: The classifier is missing or damaged, or `build` is missing.
        """
        from ganaug.evaluation.advice.output.classifier import load_classifier

        return load_classifier(self._folder(), build)

    def network(self, build: "Build | None" = None) -> "nn.Module":
        """Return the untrained network of the recommended classifier, to train it yourself.

        A pretrained network comes with a new head; only the head is trainable.

        Args:
            build: See `classifier`.

        Raises:
            UsageError: See `classifier`.
        """
        from ganaug.evaluation.advice.output.classifier import new_network

        return new_network(self._card(), build)

    def _rows(self, part: Part) -> "list[Row]":
        from ganaug.evaluation.advice.images.training_table import read_rows

        table = self._folder() / f"{part}.csv"
        if part not in ("train", "pretrain"):
            raise UsageError(f"part is {part!r}; use train or pretrain")
        if part == "pretrain" and not table.is_file():
            raise UsageError("part is 'pretrain', and the recommended recipe has only one: train")
        return read_rows(table, self.class_names)

    def _sets(self, rows: "Sequence[Row]") -> "dict[str, SyntheticDataset]":
        """Return the sets of further images in these rows, by name."""
        from ganaug.evaluation.advice.output.files import sets_of

        return sets_of(self.facts, self._folder(), {row.source for row in rows})

    def _data(self) -> Mapping[str, Any]:
        from ganaug.evaluation.advice.output.files import data_card_of

        return data_card_of(self.facts, self._folder())

    def _card(self) -> Mapping[str, Any]:
        from ganaug.evaluation.advice.output.classifier import read_card

        return read_card(self._folder())

    def _folder(self) -> Path:
        if self.folder is None:
            raise UsageError("this advice is not in a folder; open it with ganaug.load_advice")
        return self.folder


def load_advice(folder: str | Path) -> "Advice":
    """Open an advice that `advise` wrote: the recommended recipe and its files.

    Args:
        folder: The folder.

    Raises:
        UsageError: The folder holds no advice, or the advice is damaged.

    Example:
        >>> from torch.utils.data import DataLoader
        >>> from ganaug.evaluation.advice.advise import advise
        >>> from datamodules.mnist import MNISTDataModule
        >>> data = MNISTDataModule(classes=[3, 8], per_class=20, image_size=16, validation=0.01)
        >>> _ = advise(data, out="advice", trials=30, augmentation="light", classifier="small")
        >>> advice = load_advice("advice")
        >>> images, labels, weights = next(iter(DataLoader(advice.train_dataset(), 8)))
        >>> advice.classifier()(images).shape
        torch.Size([8, 2])
    """
    from ganaug.evaluation.advice.result import Advice

    return Advice.open(folder)
