"""Augmented views that the trainings of a search share, so that each is computed once."""

import hashlib
from collections import Counter

import numpy as np

from ganaug.protocols import Augmentation

# Of all views that are kept at once, in bytes.
MOST = 2**30
Kept = dict[tuple[bytes, int], np.ndarray]


class SharedViews:
    """Keeps augmented views of images for all trainings of one repeat of the cross-validation.

    Each training has the same first view of an image, the same second one, and so on. This saves
    half of the time for augmentation, and leaves less to chance when candidates are compared.
    Repeats have other views, so that differences between them tell what the augmentation's chance
    does.

    Args:
        most: Bytes to keep; further views are computed each time.

    Example:
        >>> from datamodules.augmentation import load_augmentation
        >>> views, image = SharedViews(), np.eye(8, dtype=np.uint8)[..., None] * 255
        >>> augmentation = load_augmentation("light", 8, 1)
        >>> first, second = (views.of(augmentation, repeat=0) for _ in range(2))
        >>> all((first(image) == second(image)).all() for _ in range(3))
        True
    """

    def __init__(self, most: int = MOST) -> None:
        self.most = self.left = most
        self.repeat: int | None = None
        self._kept: dict[Augmentation, Kept] = {}

    def of(self, augmentation: Augmentation, repeat: int) -> "NumberedViews":
        """Return what augments the images of one training.

        Args:
            augmentation: Must be the same object for all trainings that share its views.
            repeat: The seed of its views; those of the repeat before are forgotten.
        """
        if repeat != self.repeat:
            self._kept.clear()
            self.repeat, self.left = repeat, self.most
        return NumberedViews(augmentation, repeat, self)

    def view(
        self, augmentation: Augmentation, image: np.ndarray, name: bytes, n: int
    ) -> np.ndarray:
        """Return the n-th view of an image, whose name is a hash of its pixels and the repeat."""
        kept = self._kept.setdefault(augmentation, {})
        if (name, n) in kept:
            return kept[name, n]
        augmentation.seed(int.from_bytes(name) + n)
        changed = augmentation(image)
        if changed.nbytes <= self.left:
            self.left -= changed.nbytes
            kept[name, n] = changed
        return changed


class NumberedViews:
    """Augments the images of one training: how often an image was drawn says which view it gets.

    Args:
        augmentation: Changes an image.
        repeat: The seed of all views.
        shared: Keeps them.
    """

    def __init__(self, augmentation: Augmentation, repeat: int, shared: SharedViews) -> None:
        self.augmentation, self.shared = augmentation, shared
        self.key = str(repeat).encode()
        self.drawn = Counter[bytes]()

    def seed(self, seed: int) -> None:
        """Change nothing: views are a function of image, number and repeat."""

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """Return the next view of an image `[height, width, channels]` uint8."""
        name = hashlib.blake2b(image.tobytes(), digest_size=8, key=self.key).digest()
        self.drawn[name] += 1
        return self.shared.view(self.augmentation, image, name, self.drawn[name])
