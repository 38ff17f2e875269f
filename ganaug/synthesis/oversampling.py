"""GANOverSampler: imbalanced-learn's over-sampler with images of a fitted model."""

from collections.abc import Sequence
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from datamodules.reading.folders.class_names import find_name, same_letters
from ganaug.protocols import Sampler
from ganaug.synthesis.sources.base import BLOCK
from ganaug.synthesis.sources.generator import GeneratorSource
from ganaug.training.checkpoints import load
from ganaug.utils.errors import UsageError
from ganaug.utils.ranges import refuse_outside

try:
    from imblearn.over_sampling.base import BaseOverSampler
    from sklearn.utils import check_random_state
except ImportError as error:
    raise ImportError(
        "GANOverSampler needs imbalanced-learn: pip install 'ganaug[imblearn]'"
    ) from error

if TYPE_CHECKING:
    from ganaug.training.checkpoints import Checkpoint

# Upper bound of drawn seeds; a RandomState can draw up to it on every platform.
SEEDS = 2**31 - 1


class GANOverSampler(BaseOverSampler):
    """Over-samples classes with images that a fitted model generates.

    Rows of X are flattened images, `image_size * image_size * channels` values from 0 to 255, as
    `images.reshape(len(images), -1)` gives them for `[N, S, S]` or `[N, S, S, C]`; y holds the
    names of the classes that the model was fitted on, or their indices. Where names are numbers, a
    number can be either: of the classes 0 to 11, sorted as text, index 2 is the class `10`.

    Args:
        model: A model that samples from latents, loaded by `load`, or the path of a checkpoint or
            run.
        sampling_strategy: Which classes to fill up, as in imbalanced-learn: `auto`, `minority`, a
            ratio, or a dictionary from class to final count.
        random_state: Seed of the images: an integer, a RandomState or a Generator; None is 0.
        labels: Whether y holds `names` or `indices`. By default it is detected; labels that could
            be either, with different meanings, are refused.

    Raises:
        UsageError: X doesn't hold images of the model's size or range, y names a class that the
            model doesn't know or can be read in two ways, or the model doesn't sample from latents.

    Example:
        >>> import numpy as np
        >>> X = np.full((9, 28 * 28), 128.0)  # flattened images, values from 0 to 255
        >>> y = np.array(["1"] * 6 + ["7"] * 3)
        >>> sampler = GANOverSampler("runs/dcgan/version_0")
        >>> X_new, y_new = sampler.fit_resample(X, y)
        >>> np.unique(y_new, return_counts=True)[1].tolist()
        [6, 6]
    """

    # imbalanced-learn's default constraint would refuse a Generator.
    _parameter_constraints = {  # noqa: RUF012 - its name and kind
        **BaseOverSampler._parameter_constraints,
        "random_state": "no_validation",
    }

    def __init__(
        self,
        model: "str | Path | Checkpoint" = "",
        *,
        sampling_strategy: Any = "auto",
        random_state: int | np.random.RandomState | np.random.Generator | None = None,
        labels: Literal["names", "indices"] | None = None,
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.model = model
        self.random_state = random_state
        self.labels = labels

    def _check_X_y(self, X: Any, y: Any, accept_sparse: Any = None) -> Any:  # noqa: N802, N803 - imbalanced-learn's names
        # scikit-learn's message would only name the expected number of dimensions.
        if (shape := np.shape(X))[2:]:
            raise UsageError(
                f"X has the shape {tuple(shape)}, and each image must be a row: give "
                "X.reshape(len(X), -1), from [N, S, S] or [N, S, S, C], with channels last"
            )
        return super()._check_X_y(X, y, accept_sparse)

    def _fit_resample(self, X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:  # noqa: N803 - imbalanced-learn's names
        checkpoint = load(self.model)
        card, model = checkpoint.card, checkpoint.model
        if not isinstance(model, Sampler):
            raise UsageError(f"{card.model} translates images, and doesn't sample from latents")
        values = card.image_size**2 * card.channels
        if X.shape[1] != values:
            raise UsageError(
                f"rows of X have {X.shape[1]} values, and the model draws images of {values}: "
                f"{card.image_size} x {card.image_size} x {card.channels}, flattened"
            )
        _refuse_other_range(X)
        label_of = _labels(y, card.class_names, self.labels)
        source = GeneratorSource(model, card.class_names, seed=_seed(self.random_state))
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
    """Refuse rows that were scaled to another range than the model's images."""
    low, high = X.min(), X.max()
    if low < 0 or not 1 < high <= 255:
        raise UsageError(
            f"X has values from {low:g} to {high:g}, and the model's images have 0 to 255; give "
            "unscaled images, and scale them in a step after this one"
        )


def _seed(random_state: Any) -> int:
    """Return the seed for a random state of scikit-learn or NumPy.

    An integer is the seed itself. A generator draws one, so each call gets a different seed.
    """
    if random_state is None:
        return 0
    if isinstance(random_state, Integral):
        refuse_outside("", 0, random_state=int(random_state))
        return int(random_state)
    if isinstance(random_state, np.random.Generator):
        return int(random_state.integers(SEEDS))
    try:
        return int(check_random_state(random_state).randint(SEEDS))
    except ValueError:
        raise UsageError(
            f"random_state is {random_state!r}; use an integer, None, or NumPy's RandomState or "
            "Generator"
        ) from None


def _labels(
    y: np.ndarray, class_names: Sequence[str], meant: Literal["names", "indices"] | None
) -> dict[Any, int]:
    """Return the label of each value of y; the values are either all names or all indices."""
    if meant not in (None, *READINGS):
        raise UsageError(f"labels is {meant!r}; use {' or '.join(READINGS)}, or leave it out")
    values = np.unique(y).tolist()
    readings = {kind: reader for kind, reader in READINGS.items() if meant in (None, kind)}
    labels_by_kind = {
        kind: {x: label for x in values if (label := label_of(x, class_names)) is not None}
        for kind, label_of in readings.items()
    }
    complete = [labels for labels in labels_by_kind.values() if len(labels) == len(values)]
    if not complete:
        unknown = next(x for x in values if x not in next(iter(labels_by_kind.values())))
        advice = f"the model's classes are {', '.join(class_names)}"
        if isinstance(unknown, bool):
            advice += "; give these names, or their indices as whole numbers"
        elif meant == "indices":
            advice = f"`labels` indices takes whole numbers from 0 to {len(class_names) - 1}"
        raise UsageError(f"y holds {unknown!r}; {advice}")
    for value, label in complete[0].items():
        if (other_label := complete[-1][value]) != label:
            raise UsageError(
                f"y holds {value!r}, which is the class {class_names[label]} by its name and "
                f"{class_names[other_label]} by its index; say which with labels='names' or "
                "labels='indices' (ImageFolder.targets are indices)"
            )
    return complete[0]


def _by_name(value: Any, class_names: Sequence[str]) -> int | None:
    """Return the label of the class with a name; the number 7 also matches `007`.

    True also matches the class `true`, a common folder name.
    """
    if isinstance(value, bool):
        names = same_letters(str(value), class_names)
        return class_names.index(names[0]) if len(names) == 1 else None
    if (class_name := find_name(value, class_names)) is not None:
        return class_names.index(class_name)
    if isinstance(value, int):
        matches = [k for k, x in enumerate(class_names) if x.isdecimal() and int(x) == value]
        return matches[0] if len(matches) == 1 else None
    return None


def _by_index(value: Any, class_names: Sequence[str]) -> int | None:
    """Return a number that is an index; True is refused, since its class is unclear."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and 0 <= value < len(class_names) else None


READINGS = {"names": _by_name, "indices": _by_index}
