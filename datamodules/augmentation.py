"""Augmentations of real images: registered by name, or loaded from an albumentations file."""

import os
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from datamodules.arguments import OF_A_PLUGIN, nearest
from datamodules.errors import DataError, failure
from datamodules.plugins import failed_plugins, load_installed_plugins
from datamodules.policies import BUILT_IN, MIRRORING, Build

FILE_FORMATS = {".json": "json", ".yaml": "yaml", ".yml": "yaml"}
MIRRORING_TRANSFORMS = re.compile(r"\b(HorizontalFlip|D4|SquareSymmetry)\b")


class Registered(NamedTuple):
    """A registered augmentation.

    Attributes:
        build: Takes image size and channels, and returns albumentations transforms.
        mirrors: Whether it may flip an image left to right.
    """

    build: Build
    mirrors: bool


AUGMENTATIONS: dict[str, Registered] = {
    name: Registered(build, name in MIRRORING) for name, build in BUILT_IN.items()
}


def register_augmentation(name: str, *, mirrors: bool = False) -> Callable[[Build], Build]:
    """Register an augmentation for `augmentation=name` of every data module.

    Args:
        name: The name. The same function may be registered again, as when a notebook cell is rerun.
        mirrors: Whether it may flip an image left to right.

    Raises:
        DataError: The name is missing, invalid, or taken by another augmentation.

    Example:
        >>> import albumentations
        >>> @register_augmentation("inverted")
        ... def inverted(image_size, channels):
        ...     return [albumentations.InvertImg(p=0.5)]
        >>> load_augmentation("inverted", image_size=28, channels=1).name
        'inverted'
        >>> _ = AUGMENTATIONS.pop("inverted")
    """
    if not isinstance(name, str):
        raise DataError(
            "the name of an augmentation is missing: give it to the decorator, as in "
            '@register_augmentation("mine")'
        )
    if not name.strip() or set(name) & set("=,/\\"):
        raise DataError(f"the name of an augmentation is {name!r}; give text without = , / \\")

    def register(build: Build) -> Build:
        entry = AUGMENTATIONS.get(name)
        if name == "none" or (entry and _qualname(entry.build) != _qualname(build)):
            other = f" ({_qualname(entry.build)})" if entry else ""
            raise DataError(f"there is an augmentation {name!r} already{other}; take another name")
        AUGMENTATIONS[name] = Registered(build, mirrors)
        return build

    return register


def augmentation_names() -> tuple[str, ...]:
    """Return the names that `load_augmentation` accepts, with those of installed plugins."""
    load_installed_plugins()
    return ("none", *AUGMENTATIONS)


class Augmentation:
    """A random change of one image, reproducible from a seed.

    Args:
        name: Its name in error messages.
        compose: An `albumentations.Compose`.
    """

    def __init__(self, name: str, compose: Any) -> None:
        self.name = name
        self.compose = compose

    def seed(self, seed: int) -> None:
        """Seed all subsequent random draws."""
        # `Compose.set_random_seed` gives every transform the same seed, so two flips with p = 0.5
        # would always occur together. A shared state keeps them independent.
        self.compose.set_random_state(np.random.default_rng(seed), random.Random(seed))

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """Augment one image.

        Args:
            image: `[height, width, channels]` uint8.

        Returns:
            uint8 of the same shape.

        Raises:
            DataError: The augmentation fails, or changes the image's shape or type.
        """
        try:
            changed = self.compose(image=image)["image"]
        except Exception as error:
            raise DataError(
                f"augmentation '{self.name}' fails on a {_kind(image)} image: {error}"
            ) from error
        if _kind(changed) != _kind(image):
            raise DataError(
                f"augmentation '{self.name}' turns a {_kind(image)} image into {_kind(changed)}; "
                "it must keep type and shape: leave out Normalize, ToFloat, ToTensorV2, resizes "
                "and crops"
            )
        return changed

    def to_yaml(self) -> str:
        """Return the augmentation as YAML that `load_augmentation` and `albumentations.load` read.

        Raises:
            DataError: albumentations can't serialize one of the transforms.
        """
        import yaml

        try:
            return yaml.safe_dump(self.compose.to_dict(), sort_keys=False)
        # Unnamed transforms and values that YAML can't represent raise different errors.
        except Exception as error:
            raise DataError(f"augmentation '{self.name}' can't be saved: {error}") from error


def check_augmentation(name: str) -> None:
    """Refuse anything except a registered name or the path of an albumentations file.

    The file itself is not read: evaluating a fitted model works without it.

    Raises:
        DataError: Lists the choices.
    """
    if not isinstance(name, str):
        raise DataError(
            f"augmentation is a {type(name).__name__}; give a name, or save the transforms with "
            "albumentations.save and give the path of the file"
        )
    if name in ("none", *AUGMENTATIONS) or Path(name).suffix.lower() in FILE_FORMATS:
        return
    if name not in augmentation_names():
        choices = (*augmentation_names(), "the path of an albumentations .yaml or .json file")
        message = nearest(name, choices, "augmentation") + OF_A_PLUGIN
        raise DataError(message + failed_plugins())


def mirrors(name: str) -> bool:
    """Return whether an augmentation may flip images left to right; False for a missing file."""
    if name in AUGMENTATIONS:
        return AUGMENTATIONS[name].mirrors
    try:
        text = "" if name == "none" else Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeError):
        return False
    return MIRRORING_TRANSFORMS.search(text) is not None


def load_augmentation(name: str, image_size: int, channels: int) -> Augmentation | None:
    """Build an augmentation by name, or from a file that `albumentations.save` wrote.

    `light` slightly shifts, rotates and scales, and changes mid-tones; it never flips, so digits
    and letters stay readable. `mirror` flips half of the images left to right. `elastic` shifts
    more and adds elastic deformation, for handwriting, tissue or cloth. `strong` flips, crops,
    changes colors, blurs and adds noise. `trivial` (TrivialAugment, Müller and Hutter 2021) applies
    one transform at a random strength, and `rand` (RandAugment, Cubuk et al. 2020) two at a fixed
    strength: both rotate, shear, shift and change colors, and never flip.

    Args:
        name: "none", a registered name or a path ending in .yaml, .yml or .json.
        image_size: Side of the images in pixels.
        channels: 1 or 3.

    Returns:
        The augmentation, tested on one image; None for "none".

    Raises:
        DataError: The name is unknown, the file is missing or damaged, or the augmentation changes
            an image's type or shape.
    """
    check_augmentation(name)
    if name == "none":
        return None
    # On import, albumentations would check PyPI for updates, which takes up to two seconds.
    os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")
    entry = AUGMENTATIONS.get(name)
    steps = _steps(name, entry.build, image_size, channels) if entry else [_load_file(name)]
    import albumentations
    import cv2

    # OpenCV's threads do not survive a fork: a worker forked from a process that used them hangs.
    # Workers have one core each, so they lose no speed.
    cv2.setNumThreads(0)
    augmentation = Augmentation(name, albumentations.Compose(steps))
    augmentation(np.full((image_size, image_size, channels), 128, np.uint8))
    return augmentation


def _steps(name: str, build: Build, image_size: int, channels: int) -> list[Any]:
    """Return an augmentation's transforms, checked, since the function may be a user's own."""
    import albumentations

    try:
        steps = build(image_size, channels)
    except Exception as error:
        raise DataError(
            f"augmentation '{name}' raised {failure(error)}; it is a function of `image_size` and "
            "`channels` that returns a list of albumentations transforms"
        ) from error
    kinds = albumentations.BasicTransform | albumentations.BaseCompose
    if not isinstance(steps, list | tuple) or not all(isinstance(step, kinds) for step in steps):
        raise DataError(
            f"augmentation '{name}' returns {steps!r:.100}; return a list of albumentations "
            "transforms"
        )
    return [*steps]


def _qualname(build: Build) -> str:
    kind = build if hasattr(build, "__qualname__") else type(build)
    return f"{kind.__module__}.{kind.__qualname__}"


def _kind(image: Any) -> str:
    return f"{image.dtype} {' x '.join(str(side) for side in image.shape)}"


def _load_file(path: str) -> Any:
    import albumentations

    import datamodules.automatic  # noqa: F401 - a file may name torchvision's policies

    if not Path(path).is_file():
        raise DataError(
            f"augmentation file '{path}' does not exist; write one with albumentations.save, "
            f"or choose {', '.join(augmentation_names())}"
        )
    try:
        return albumentations.load(path, data_format=FILE_FORMATS[Path(path).suffix.lower()])
    # The parser, the registry and each transform's checks raise different errors.
    except Exception as error:
        reason = " ".join(str(error).split())
        raise DataError(
            f"augmentation file '{path}' is not what albumentations.save writes: {reason}"
        ) from error
