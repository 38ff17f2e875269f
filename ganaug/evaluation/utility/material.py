"""The images of a study, at the size that a classifier is given."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ganaug.evaluation.utility.classifiers import Images

if TYPE_CHECKING:
    from ganaug.synthesis.dataset import SyntheticDataset


class Material:
    """Real and synthetic images, read from their files at the size of each classifier.

    Args:
        dataset: The synthetic images, of the size of the real ones.
        data: The data module of the real images.
        images: Both at that size by kind: real, synthetic, test.
    """

    def __init__(self, dataset: "SyntheticDataset", data: Any, images: dict[str, Images]) -> None:
        self.dataset, self.data, self.images = dataset, data, images

    @property
    def trained_with(self) -> Sequence[str]:
        """Pretrained networks that helped to train the generator."""
        return self.dataset.card.trained_with if self.dataset.card else ()

    def at(self, size: int) -> dict[str, Images]:
        """Return images by kind (real, synthetic, test, validation) at a side in pixels."""
        if size == self.data.image_size:
            return {**self.images, "validation": Images(*self.data.images("validation"))}
        data, dataset = self.data.resized(size), self.dataset.select(image_size=size)
        splits = {"real": "train", "test": "test", "validation": "validation"}
        real = {kind: Images(*data.images(split)) for kind, split in splits.items()}
        return {**real, "synthetic": Images(dataset.images, dataset.labels)}
