"""The images of a study at the size of each classifier, and hashes that identify them."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ganaug.evaluation.features.cache import digest_of_tensor
from ganaug.evaluation.utility.classifiers import Images
from ganaug.evaluation.utility.study import ORDER, VALIDATION

if TYPE_CHECKING:
    from ganaug.protocols import Augmentation
    from ganaug.synthesis.dataset import SyntheticDataset


class Material:
    """Real and synthetic images, read from their files at the size of each classifier.

    Args:
        dataset: The synthetic images, at the size of the real ones.
        data: The data module of the real images.
        images: The images at this size, by kind: real, synthetic, test.
    """

    def __init__(self, dataset: "SyntheticDataset", data: Any, images: dict[str, Images]) -> None:
        self.dataset, self.data, self.images = dataset, data, images

    @property
    def trained_with(self) -> Sequence[str]:
        """Pretrained networks that helped to train the generator."""
        return self.dataset.trained_with

    def at(self, size: int) -> dict[str, Images]:
        """Return images by kind (real, synthetic, test, validation) at a size in pixels."""
        if size == self.data.image_size:
            return {**self.images, "validation": Images(*self.data.images("validation"))}
        data, dataset = self.data.resized(size), self.dataset.select(image_size=size)
        splits = {"real": "train", "test": "test", "validation": "validation"}
        real = {kind: Images(*data.images(split)) for kind, split in splits.items()}
        return {**real, "synthetic": Images(dataset.images, dataset.labels)}


def facts_of(
    identity: str, data: Any, classifier: str, augmentations: Mapping[str, "Augmentation"]
) -> Mapping[str, str]:
    """Return the facts that a result depends on, apart from the arm and the seed."""
    policies = [
        str(getattr(augmentation, "compose", augmentation))
        for augmentation in augmentations.values()
    ]
    return {
        "synthetic": identity,
        "real": data.fingerprint,
        "test_images": data.fingerprint_of("test"),
        VALIDATION: data.fingerprint_of("validation"),
        ORDER: order_of(data),
        "classifier": classifier,
        # Unsorted, since the order determines the order of the arms.
        "augmentation": "; ".join(policies) or "None",
    }


def identity_of(dataset: "SyntheticDataset", images: Images) -> str:
    """Return a hash that identifies a set, from its manifest or else its pixels and labels."""
    recorded = (dataset.manifest or {}).get("metadata_sha256")
    if isinstance(recorded, str) and not dataset.is_part:
        return recorded
    sha256 = hashlib.sha256(images.images.numpy().tobytes())
    sha256.update(images.labels.numpy().tobytes())
    return sha256.hexdigest()


def groups_note(groups: Sequence[str]) -> str:
    """Return a sentence on test images that are not independent; empty if all are.

    Args:
        groups: Group of each test image; empty without groups.

    Example:
        >>> groups_note(["a", "a", "b"])
        'The 3 test images come from 2 groups, and each group counts as one sample.'
    """
    count = len(set(groups))
    if count == len(groups):
        return ""
    return (
        f"The {len(groups):,} test images come from {count:,} groups, and each group counts as one "
        "sample."
    )


def order_of(data: Any) -> str:
    """Return a hash of the images, which depends on their order, and of their groups.

    Results refer to images by index, and draws and folds also depend on the order.
    """
    images = [digest_of_tensor(data.images(split)[0]) for split in ("train", "validation", "test")]
    groups = [*data.groups("train"), *data.groups("validation")]
    number = {name: index for index, name in enumerate(dict.fromkeys(groups))}
    text = json.dumps([*images, [number[name] for name in groups]])
    return hashlib.sha256(text.encode()).hexdigest()
