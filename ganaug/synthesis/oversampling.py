"""GANOverSampler: synthetic images by imbalanced-learn's sampler contract."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ganaug.protocols import Sampler
from ganaug.synthesis.sources.base import BLOCK
from ganaug.synthesis.sources.generator import GeneratorSource
from ganaug.training.checkpoints import load
from ganaug.utils.errors import UsageError

try:
    from imblearn.over_sampling.base import BaseOverSampler
except ImportError as error:
    raise ImportError(
        "GANOverSampler needs imbalanced-learn: pip install 'ganaug[imblearn]'"
    ) from error


if TYPE_CHECKING:
    from ganaug.training.checkpoints import Checkpoint


class GANOverSampler(BaseOverSampler):
    """Fills up classes with images that a fitted model draws.

    Rows of X are flattened images, `image_size * image_size * channels` values from 0 to 255, as
    `images.reshape(len(images), -1)` gives them for `[N, S, S]` or `[N, S, S, C]`; y holds class
    names as the model was fitted on, or the labels' indices.

    Args:
        model: A model that draws images from latents: what `load` returned, or the path of a
            checkpoint or run.
        sampling_strategy: imbalanced-learn's.
        random_state: Seed of the images; None is 0.

    Raises:
        UsageError: X does not hold images of the model's size or range, y names a class that the
            model does not know, or the model does not draw from latents.

    Example:
        >>> import numpy as np
        >>> X = np.full((9, 28 * 28), 128.0)  # flattened images, values from 0 to 255
        >>> y = np.array(["1"] * 6 + ["7"] * 3)
        >>> sampler = GANOverSampler("runs/dcgan/version_0")
        >>> X_new, y_new = sampler.fit_resample(X, y)
        >>> np.unique(y_new, return_counts=True)[1].tolist()
        [6, 6]
    """

    def __init__(
        self,
        model: "str | Path | Checkpoint" = "",
        *,
        sampling_strategy: Any = "auto",
        random_state: int | None = None,
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.model = model
        self.random_state = random_state

    def _fit_resample(self, X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:  # noqa: N803 - imbalanced-learn's names
        checkpoint = load(self.model)
        card, model = checkpoint.card, checkpoint.model
        if not isinstance(model, Sampler):
            raise UsageError(f"{card.model} makes images of others, and not from latents")
        values = card.image_size**2 * card.channels
        if X.shape[1] != values:
            raise UsageError(
                f"rows of X have {X.shape[1]} values, and the model draws images of {values}: "
                f"{card.image_size} x {card.image_size} x {card.channels}, flattened"
            )
        _refuse_other_range(X)
        source = GeneratorSource(model, card.class_names, seed=self.random_state or 0)
        label_of = _labels(y, card.class_names)
        images, labels = [X], [y]
        for target, count in self.sampling_strategy_.items():
            if not count:
                continue
            label = label_of[target]
            blocks = [source.make(label, block).images for block in range(-(-count // BLOCK))]
            pixels = np.concatenate([block.permute(0, 2, 3, 1).numpy() for block in blocks])
            images.append(pixels[:count].reshape(count, -1).astype(X.dtype))
            labels.append(np.full(count, target, dtype=y.dtype))
        return np.concatenate(images), np.concatenate(labels)


def _refuse_other_range(X: np.ndarray) -> None:  # noqa: N803 - imbalanced-learn's name
    """Refuse rows that were scaled: beside them the model's images would be told at a glance."""
    low, high = X.min(), X.max()
    if low < 0 or not 1 < high <= 255:
        raise UsageError(
            f"X has values from {low:g} to {high:g}, and the model's images have 0 to 255; give "
            "such, and scale them in a step after this one"
        )


def _labels(y: np.ndarray, class_names: tuple[str, ...]) -> dict[Any, int]:
    """Return the label of each value of y: all are names of classes, or all are indices."""
    values = np.unique(y).tolist()
    if all(str(value) in class_names for value in values):
        return {value: class_names.index(str(value)) for value in values}
    if all(isinstance(value, int) and 0 <= value < len(class_names) for value in values):
        return {value: value for value in values}
    strange = next(value for value in values if str(value) not in class_names)
    raise UsageError(f"y holds {strange!r}; the model's classes are {', '.join(class_names)}")
