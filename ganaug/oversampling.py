"""GANOverSampler: synthetic images by imbalanced-learn's sampler contract."""

from pathlib import Path
from typing import Any

import numpy as np

from ganaug.checkpoints import load
from ganaug.errors import UsageError
from ganaug.protocols import Sampler
from ganaug.synthesis.draw import Drawing

try:
    from imblearn.over_sampling.base import BaseOverSampler
except ImportError as error:
    raise ImportError(
        "GANOverSampler needs imbalanced-learn: pip install 'ganaug[imblearn]'"
    ) from error


class GANOverSampler(BaseOverSampler):
    """Fills up classes with images that a fitted model draws.

    Rows of X are flattened images, `image_size * image_size * channels` values from 0 to 255, as
    `images.reshape(len(images), -1)` gives them for `[N, S, S]` or `[N, S, S, C]`; y holds class
    names as the model was fitted on, or the labels' indices.

    Args:
        ckpt: Checkpoint of a model that draws images from latents.
        sampling_strategy: imbalanced-learn's.
        random_state: Seed of the images; the same seed gives the same images.

    Raises:
        UsageError: X does not hold images of the model's size, y names a class that the model does
            not know, or the model does not draw from latents.

    Example:
        >>> sampler = GANOverSampler("runs/dcgan/version_0/checkpoints/best.ckpt")
        >>> X_new, y_new = sampler.fit_resample(X, y)
    """

    def __init__(
        self, ckpt: str | Path = "", *, sampling_strategy: Any = "auto", random_state: int = 0
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.ckpt = ckpt
        self.random_state = random_state

    def _fit_resample(self, X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:  # noqa: N803 - imbalanced-learn's names
        checkpoint = load(Path(self.ckpt))
        card, model = checkpoint.card, checkpoint.model
        if not isinstance(model, Sampler):
            raise UsageError(f"{card.model} makes images of others, and not from latents")
        values = card.image_size**2 * card.channels
        if X.shape[1] != values:
            raise UsageError(
                f"rows of X have {X.shape[1]} values, and the model draws images of {values}: "
                f"{card.image_size} x {card.image_size} x {card.channels}, flattened"
            )
        maker = Drawing(model, card.class_names, seed=self.random_state)
        images, labels = [X], [y]
        for target, count in self.sampling_strategy_.items():
            if not count:
                continue
            label = _label_of(target, card.class_names)
            blocks = [maker.make(label, block).images for block in range(-(-count // 64))]
            pixels = np.concatenate([block.permute(0, 2, 3, 1).numpy() for block in blocks])
            images.append(pixels[:count].reshape(count, -1).astype(X.dtype))
            labels.append(np.full(count, target, dtype=y.dtype))
        return np.concatenate(images), np.concatenate(labels)


def _label_of(target: Any, class_names: tuple[str, ...]) -> int:
    """Return the label of a value of y: of a class's name, or an index."""
    if str(target) in class_names:
        return class_names.index(str(target))
    if isinstance(target, int | np.integer) and 0 <= target < len(class_names):
        return int(target)
    raise UsageError(f"y holds {str(target)!r}; the model's classes are {', '.join(class_names)}")
