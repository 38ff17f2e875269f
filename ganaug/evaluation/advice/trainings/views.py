"""Augmented views that the trainings of a search share, to compute each only once."""

import hashlib
from collections import Counter

import numpy as np

from ganaug.protocols import Augmentation

# Maximum memory for views, in bytes.
MOST = 2**30
Kept = dict[tuple[bytes, int], np.ndarray]


class SharedViews:
    """Caches augmented views of images for all trainings of one cross-validation repeat.

    Each training gets the same first view of an image, the same second view, and so on. This saves
    half of the time for augmentation, and makes comparisons between candidates less noisy. Repeats
    have different views, so their variance includes the randomness of the augmentation.

    Args:
        max_bytes: Maximum memory in bytes; further views are recomputed each time.

    Example:
        >>> from datamodules.augmentation import load_augmentation
        >>> views, image = SharedViews(), np.eye(8, dtype=np.uint8)[..., None] * 255
        >>> augmentation = load_augmentation("light", 8, 1)
        >>> first, second = (views.of(augmentation, repeat=0) for _ in range(2))
        >>> all((first(image) == second(image)).all() for _ in range(3))
        True
    """

    def __init__(self, max_bytes: int = MOST) -> None:
        self.max_bytes = self.bytes_left = max_bytes
        self.repeat: int | None = None
        self._cache: dict[Augmentation, Kept] = {}

    def of(self, augmentation: Augmentation, repeat: int) -> "NumberedViews":
        """Return the augmentation of one training.

        Args:
            augmentation: Must be the same object for all trainings that share its views.
            repeat: The seed of its views; the views of the previous repeat are discarded.
        """
        if repeat != self.repeat:
            self._cache.clear()
            self.repeat, self.bytes_left = repeat, self.max_bytes
        return NumberedViews(augmentation, repeat, self)

    def view(
        self, augmentation: Augmentation, image: np.ndarray, name: bytes, n: int
    ) -> np.ndarray:
        """Return the n-th view of an image; its name is a hash of its pixels and the repeat."""
        cached_views = self._cache.setdefault(augmentation, {})
        if (name, n) in cached_views:
            return cached_views[name, n]
        augmentation.seed(int.from_bytes(name) + n)
        changed = augmentation(image)
        if changed.nbytes <= self.bytes_left:
            self.bytes_left -= changed.nbytes
            cached_views[name, n] = changed
        return changed


class NumberedViews:
    """Augments the images of one training: the n-th draw of an image gets its n-th view.

    Args:
        augmentation: The augmentation.
        repeat: The seed of all views.
        shared: Cache of the views.
    """

    def __init__(self, augmentation: Augmentation, repeat: int, shared: SharedViews) -> None:
        self.augmentation, self.shared = augmentation, shared
        self.key = str(repeat).encode()
        self.draw_counts = Counter[bytes]()

    def seed(self, seed: int) -> None:
        """Ignore the seed, since views are a function of image, number and repeat."""

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """Return the next view of an image `[height, width, channels]` uint8."""
        name = hashlib.blake2b(image.tobytes(), digest_size=8, key=self.key).digest()
        self.draw_counts[name] += 1
        return self.shared.view(self.augmentation, image, name, self.draw_counts[name])
