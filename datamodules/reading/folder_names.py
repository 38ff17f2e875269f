"""What names of folders and files usually stand for: splits, images, masks."""

import re
from collections.abc import Collection

SPLIT_WORDS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validate", "validation", "dev"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
}
FILLERS = frozenset(
    ("set", "data", "dataset", "image", "images", "img", "imgs", "seg", "split", "final")
)
THUMBNAILS = frozenset(("thumbnail", "thumbnails", "thumb", "thumbs", "preview", "previews"))
UNLABELLED = frozenset(("unlabeled", "unlabelled", "pred", "predict", "prediction", "unknown"))
IMAGES = frozenset(
    ("image", "images", "img", "imgs", "jpegimages", "originals", "original", "photos", "pictures")
)
MASKS = frozenset(
    (
        *("mask", "masks", "groundtruth", "gt", "annotation", "annotations", "label", "labels"),
        *("segmentation", "segmentations", "seg", "trimap", "trimaps", "superpixels"),
        *("segmentationclass", "segmentationobject"),
    )
)
MASK_FILE = re.compile(
    r"(?P<image>.+?)[ _.-]+"
    r"(?:masks?|seg|segmentation|gt|ground_?truth|labels?|annotation|superpixels)(?:[ _-]*\d+)?",
    re.IGNORECASE,
)


def split_of(name: str) -> str | None:
    """Return the split that a folder's name stands for, if any.

    Example:
        >>> split_of("training_set"), split_of("Testing"), split_of("val2017"), split_of("bus")
        ('train', 'test', 'validation', None)
    """
    words = _words(re.sub(r"(?:19|20)\d\d$", "", name.lower()))
    words = [re.sub(r"(?<=train|.test)(?:set|data)$", "", f".{word}")[1:] for word in words]
    # `train2` may be a class next to `train1`; `test1` is the test images of a contest.
    words = [re.sub(r"(?<=test)\d$", "", word) for word in words]
    rest = [word for word in words if word not in FILLERS]
    return SPLIT_WORDS.get(rest[0]) if len(rest) == 1 else None


def is_unlabelled(name: str) -> bool:
    """Return whether a folder's name says that its images have no class."""
    return any(word in UNLABELLED for word in _words(name))


def is_images(name: str) -> bool:
    """Return whether a folder is named for holding images and nothing else."""
    return "".join(_words(name)) in IMAGES


def is_thumbnails(name: str) -> bool:
    """Return whether a folder is named for small copies of the images next to it."""
    return "".join(_words(name)) in THUMBNAILS


def is_masks(name: str) -> bool:
    """Return whether a folder is named after masks or annotations.

    Example:
        >>> is_masks("ground_truth"), is_masks("lung_masks"), is_masks("with_mask")
        (True, True, False)
    """
    words = _words(name)
    return "".join(words) in MASKS or words[-1:] == ["masks"]


def image_of_mask(stem: str, stems: Collection[str]) -> str | None:
    """Return which image next to it a file is the mask of, by their names without extension.

    Example:
        >>> image_of_mask("benign (1)_mask_1", {"benign (1)"})
        'benign (1)'
    """
    match = MASK_FILE.fullmatch(stem)
    return match["image"] if match and match["image"] in stems else None


def _words(name: str) -> list[str]:
    return [word for word in re.split(r"[\W_]+", name.lower()) if word]
