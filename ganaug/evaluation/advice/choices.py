"""The classifiers and augmentations that a search chooses from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from datamodules.augmentation import augmentation_names, check_augmentation, load_augmentation
from datamodules.errors import DataError
from ganaug.evaluation.advice.search.candidates import Candidate
from ganaug.evaluation.advice.spaces import default_policy
from ganaug.evaluation.utility.choosing import (
    AUTO,
    IMAGENET,
    SMALL,
    ChosenClassifier,
    chosen_classifiers,
)
from ganaug.protocols import Augmentation
from ganaug.utils.pretrained import is_installed
from ganaug.utils.several import several, several_names

ALL, NONE = "all", "none"
# Ordered by how many kinds of images they suit, since short searches only try the first ones.
FIRST_TRIED = ("light", "elastic", "strong", "mirror", "trivial", "rand")


@dataclass(frozen=True)
class Choices:
    """The classifiers and augmentations that a search chooses from.

    Attributes:
        asked: Classifiers that are always tried, by name.
        others: Classifiers that are only tried if they are cheap, by name.
        policies: Names or files of augmentations, by their names in the advice, in the order in
            which to try them; `none` is always included.
        named: Number of augmentations, from the first, that even a short search tries.
    """

    asked: Mapping[str, ChosenClassifier]
    others: Mapping[str, ChosenClassifier]
    policies: Mapping[str, str]
    named: int

    @classmethod
    def of(
        cls, classifier: str | Sequence[str], augmentation: str | Sequence[str], data: Any
    ) -> "Choices":
        """Return the choices from the arguments of `advise`.

        Args:
            classifier: See `advise`.
            augmentation: See `advise`.
            data: The data module of the real images.

        Raises:
            UsageError: A classifier or an augmentation is unknown.
        """
        policies = _policies(augmentation)
        images = data.images("train")[0]
        asked = _by_name(classifier, images)
        others = _alternatives(classifier, asked, data, images)
        return cls(asked, others, policies, len({*several(augmentation)} - {ALL, NONE}))

    @property
    def classifiers(self) -> dict[str, ChosenClassifier]:
        """All classifiers by name, starting with those that are always tried."""
        return {**self.asked, **self.others}

    @property
    def augmentations(self) -> list[str]:
        """The augmentations by their names in the advice."""
        return [name for name in self.policies if name != NONE]

    @property
    def default(self) -> Candidate:
        """The default policy with the first classifier."""
        return default_policy(next(iter(self.asked)), self.augmentations)

    def load(self, name: str, size: int, channels: int) -> Augmentation | None:
        """Return an augmentation by its name in the advice, or None for `none`."""
        return load_augmentation(self.policies[name], size, channels)


def _policies(names: str | Sequence[str]) -> dict[str, str]:
    """Return names or files of augmentations by their names in the advice, in order of trial.

    The advice shows only the name of a file, since its folder may be private.
    """
    all_names = list(dict.fromkeys([*FIRST_TRIED, *augmentation_names()]))
    requested = several_names(names, "augmentation", "give a name or a file, or a list of these")
    # Named ones are tried first, since a short search has no time for all.
    explicit_names = [name for name in requested if name != ALL]
    ordered_names = [*explicit_names, *(all_names if ALL in requested else [])]
    policies = {NONE: NONE}
    for name in dict.fromkeys(ordered_names):
        check_augmentation(name)
        display_name = name if name in augmentation_names() else _free_name(Path(name), policies)
        policies.setdefault(display_name, name)
    return policies


def _free_name(path: Path, taken: Mapping[str, str]) -> str:
    """Return the name of a file, with a number if the name is taken."""
    name, number = path.name, 2
    while name in taken:
        name, number = f"{path.stem} ({number}){path.suffix}", number + 1
    return name


def _by_name(names: str | Sequence[str], images: Tensor) -> dict[str, ChosenClassifier]:
    return {classifier.name: classifier for classifier in chosen_classifiers(names, images)}


def _alternatives(
    names: str | Sequence[str],
    requested: Mapping[str, ChosenClassifier],
    data: Any,
    images: Tensor,
) -> dict[str, ChosenClassifier]:
    """Return the other classifier that `auto` may try, if the images can be read at its size."""
    if AUTO not in several(names):
        return {}
    other = SMALL if IMAGENET in requested else IMAGENET
    if other in requested or (other == IMAGENET and not is_installed("lite0")):
        return {}
    classifiers = _by_name(other, images)
    try:
        data.resized(classifiers[other].size).images("train", limit=1)
    except DataError:  # a large set may not fit into memory at this size
        return {}
    return classifiers
