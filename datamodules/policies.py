"""The built-in augmentations, each a list of albumentations transforms."""

from collections.abc import Callable
from typing import Any

# Builds transforms from image size and channels.
Build = Callable[[int, int], list[Any]]


def light(*_: int) -> list[Any]:
    """Slightly shift, rotate and scale, and change mid-tones; digits and letters stay readable."""
    import albumentations as A  # noqa: N812 - its usual name
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
        # Gamma instead of a brightness shift leaves black and white backgrounds unchanged.
        A.RandomGamma(gamma_limit=(85, 115), p=0.5),
    ]


def mirror(*_: int) -> list[Any]:
    """Flip half of the images left to right."""
    import albumentations as A  # noqa: N812 - its usual name

    return [A.HorizontalFlip(p=0.5)]


def elastic(image_size: int, *_: int) -> list[Any]:
    """Shift more and deform elastically, for handwriting, tissue or cloth."""
    import albumentations as A  # noqa: N812 - its usual name
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
        # Simard et al. 2003 for 28 px digits. Alpha grows with the square of the size,
        # because smoothing with a larger sigma weakens the random field.
        A.ElasticTransform(
            alpha=30 * (image_size / 28) ** 2,
            sigma=4 * image_size / 28,
            border_mode=cv2.BORDER_REFLECT_101,
            p=0.8,
        ),
    ]


def strong(image_size: int, channels: int) -> list[Any]:
    """Flip, crop, change colors, blur and add noise."""
    import albumentations as A  # noqa: N812 - its usual name
    import cv2

    color = (
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
        color,
        A.OneOf([A.GaussianBlur(blur_limit=3), A.GaussNoise(std_range=(0.01, 0.05))], p=0.3),
    ]


def trivial(*_: int) -> list[Any]:
    """TrivialAugment (Müller and Hutter 2021): one transform of random strength, without flips."""
    from datamodules.automatic import AutomaticAugmentation

    return [AutomaticAugmentation("TrivialAugmentWide")]


def rand(*_: int) -> list[Any]:
    """RandAugment (Cubuk et al. 2020): two transforms of fixed strength, without flips."""
    from datamodules.automatic import AutomaticAugmentation

    return [AutomaticAugmentation("RandAugment")]


BUILT_IN: dict[str, Build] = {
    "light": light,
    "mirror": mirror,
    "elastic": elastic,
    "strong": strong,
    "trivial": trivial,
    "rand": rand,
}
# Augmentations that may flip an image left to right.
MIRRORING = ("mirror", "strong")
