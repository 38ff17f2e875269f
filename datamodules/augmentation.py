"""Square images of one size, and albumentations augmentations for real images."""

import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from datamodules.arguments import nearest
from datamodules.errors import DataError

AUGMENTATIONS = ("none", "light", "mirror", "elastic", "strong")
# Those that give an image or its mirror image.
MIRRORING = ("mirror", "strong")
FILE_FORMATS = {".json": "json", ".yaml": "yaml", ".yml": "yaml"}


def fit_square(image: np.ndarray, size: int) -> np.ndarray:
    """Cut the central square out of an image and bring it to `size`, antialiased.

    Args:
        image: `[height, width, channels]` uint8, one or three channels.
        size: Side of the result in pixels.

    Returns:
        `[size, size, channels]` uint8; the image itself when it already has that size.
    """
    height, width, channels = image.shape
    if height == width == size:
        return image
    side = min(height, width)
    left, top = (width - side) / 2, (height - side) / 2
    # Cutting within the resize: a 1 x 10,000 strip brought to size first would need gigabytes.
    resized = Image.fromarray(image[..., 0] if channels == 1 else image).resize(
        (size, size), Image.Resampling.BICUBIC, box=(left, top, left + side, top + side)
    )
    return np.array(resized).reshape(size, size, channels)


class Augmentation:
    """A random change of one image, reproducible from a seed.

    Args:
        name: How errors call it.
        compose: An `albumentations.Compose`.
    """

    def __init__(self, name: str, compose: Any) -> None:
        self.name = name
        self.compose = compose

    def seed(self, seed: int) -> None:
        """Make the draws that follow a function of `seed`."""
        # `Compose.set_random_seed` gives every transform the same seed: two flips of p = 0.5 then
        # come always together. One shared state keeps them independent.
        self.compose.set_random_state(np.random.default_rng(seed), random.Random(seed))

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """Change one image.

        Args:
            image: `[height, width, channels]` uint8.

        Returns:
            uint8 of the same shape.

        Raises:
            DataError: The augmentation fails, or gives another shape or type.
        """
        try:
            changed = self.compose(image=image)["image"]
        except Exception as error:
            raise DataError(
                f"augmentation '{self.name}' fails on a {_kind(image)} image: {error}"
            ) from error
        if _kind(changed) != _kind(image):
            raise DataError(
                f"augmentation '{self.name}' turns a {_kind(image)} image into {_kind(changed)}; it must "
                "keep type and shape: leave out Normalize, ToFloat, ToTensorV2, resizes and crops"
            )
        return changed


def check_augmentation(name: str) -> None:
    """Refuse what is neither a named augmentation nor may be an albumentations file.

    Whether there is such a file is asked when it is read: what measures a fitted model has no use
    for it, and it may be gone by then.

    Raises:
        DataError: Names the choices.
    """
    if name in AUGMENTATIONS:
        return
    if Path(name).suffix.lower() not in FILE_FORMATS:
        choices = (*AUGMENTATIONS, "the path of an albumentations .yaml or .json file")
        raise DataError(nearest(name, choices, "augmentation"))


def load_augmentation(name: str, image_size: int, channels: int) -> Augmentation | None:
    """Build an augmentation by name, or from a file that `albumentations.save` wrote.

    `light` moves, turns and scales a little and changes mid-tones; it never flips, so that digits
    and letters stay themselves. `mirror` flips left and right, by even odds, and no more.
    `elastic` moves more, and bends: handwriting, tissue, cloth. `strong` also flips, crops, changes
    colour, blurs and adds noise.

    Args:
        name: "none", "light", "mirror", "elastic", "strong" or a path ending in .yaml, .yml or
            .json.
        image_size: Side of the images in pixels.
        channels: 1 or 3.

    Returns:
        The augmentation, already tried on one image; None for "none".

    Raises:
        DataError: The name is unknown, the file is missing or broken, or the augmentation changes an
            image's type or shape.
    """
    check_augmentation(name)
    if name == "none":
        return None
    # At its import albumentations would ask the package index for updates, for up to two seconds.
    os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")
    steps = NAMED[name](image_size, channels) if name in NAMED else [_load_file(name)]
    import albumentations
    import cv2

    # OpenCV's threads do not survive a fork: a worker of a process that had used them waits for
    # ever. Workers have a core each, so nothing is lost.
    cv2.setNumThreads(0)

    augmentation = Augmentation(name, albumentations.Compose(steps))
    augmentation(np.full((image_size, image_size, channels), 128, np.uint8))
    return augmentation


def _kind(image: Any) -> str:
    return f"{image.dtype} {' x '.join(str(side) for side in image.shape)}"


def _light(image_size: int, channels: int) -> list[Any]:  # noqa: ARG001 - as every augmentation
    import albumentations as A  # noqa: N812 - the name in all its documentation
    import cv2

    return [
        A.Affine(
            scale=(0.95, 1.05),
            translate_percent=(-0.05, 0.05),
            rotate=(-7, 7),
            shear=(-3, 3),
            border_mode=cv2.BORDER_REFLECT_101,
            p=0.9,
        ),
        # A gamma, not a shift: black and white backgrounds stay what they are.
        A.RandomGamma(gamma_limit=(85, 115), p=0.5),
    ]


def _mirror(image_size: int, channels: int) -> list[Any]:  # noqa: ARG001 - as every augmentation
    import albumentations as A  # noqa: N812 - the name in all its documentation

    return [A.HorizontalFlip(p=0.5)]


def _elastic(image_size: int, channels: int) -> list[Any]:  # noqa: ARG001 - as every augmentation
    import albumentations as A  # noqa: N812 - the name in all its documentation
    import cv2

    return [
        A.Affine(
            scale=(0.85, 1.15),
            translate_percent=(-0.08, 0.08),
            rotate=(-15, 15),
            shear=(-12, 12),
            border_mode=cv2.BORDER_REFLECT_101,
            p=0.9,
        ),
        # Simard et al. 2003, on digits of 28 px, and the same bends at other sizes: the wider a
        # random field is smoothed, the less is left of it.
        A.ElasticTransform(
            alpha=30 * (image_size / 28) ** 2,
            sigma=4 * image_size / 28,
            border_mode=cv2.BORDER_REFLECT_101,
            p=0.8,
        ),
    ]


def _strong(image_size: int, channels: int) -> list[Any]:
    import albumentations as A  # noqa: N812 - the name in all its documentation
    import cv2

    colour = (
        A.ColorJitter(brightness=0.2, contrast=0.2, saturation=0.2, hue=0.03, p=0.8)
        if channels == 3
        else A.RandomBrightnessContrast(brightness_limit=0.2, contrast_limit=0.2, p=0.8)
    )
    return [
        A.HorizontalFlip(p=0.5),
        A.Affine(
            scale=(0.9, 1.1),
            translate_percent=(-0.08, 0.08),
            rotate=(-15, 15),
            shear=(-6, 6),
            border_mode=cv2.BORDER_REFLECT_101,
            p=0.9,
        ),
        A.RandomResizedCrop((image_size, image_size), scale=(0.7, 1.0), ratio=(0.9, 1.11), p=0.8),
        colour,
        A.OneOf([A.GaussianBlur(blur_limit=3), A.GaussNoise(std_range=(0.01, 0.05))], p=0.3),
    ]


NAMED: dict[str, Callable[[int, int], list[Any]]] = {
    "light": _light,
    "mirror": _mirror,
    "elastic": _elastic,
    "strong": _strong,
}


def _load_file(path: str) -> Any:
    import albumentations

    if not Path(path).is_file():
        raise DataError(
            f"augmentation file '{path}' does not exist; write one with albumentations.save, "
            f"or choose {', '.join(AUGMENTATIONS)}"
        )
    try:
        return albumentations.load(path, data_format=FILE_FORMATS[Path(path).suffix.lower()])
    # The parser, the registry and each transform's own checks raise errors of their own.
    except Exception as error:
        reason = " ".join(str(error).split())
        raise DataError(
            f"augmentation file '{path}' is not what albumentations.save writes: {reason}"
        ) from error
