"""What names of folders and files usually stand for: splits, images, masks."""

import re
from collections.abc import Collection

# Where a set has several of these, the first is its test and another is for validation.
TESTS = {
    **dict.fromkeys(("test", "testing", "tst"), 1),
    **dict.fromkeys(("holdout", "heldout"), 2),
    **dict.fromkeys(("eval", "evaluation"), 3),
}
SPLIT_WORDS = {
    **dict.fromkeys(("train", "training", "trn"), "train"),
    **dict.fromkeys(("val", "valid", "validate", "validation", "dev", "vld"), "validation"),
    **dict.fromkeys(TESTS, "test"),
}
FILLERS = frozenset(
    ("set", "data", "dataset", "image", "images", "img", "imgs", "seg", "split", "final")
)
JOINED = re.compile(r"(?:set|data|dataset|images?)$")
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
        >>> split_of("training_set"), split_of("TestImages"), split_of("val2017"), split_of("bus")
        ('train', 'test', 'validation', None)
    """
    return SPLIT_WORDS.get(_split_word(name))


def splits_among(names: Collection[str]) -> dict[str, str]:
    """Return the split of each name that stands for one, as the names next to it show.

    Example:
        >>> splits_among(["train", "eval", "test", "bus"])
        {'train': 'train', 'eval': 'validation', 'test': 'test'}
        >>> splits_among(["roses_80_train", "roses_20_test"])
        {'roses_80_train': 'train', 'roses_20_test': 'test'}
    """
    words = {name: _split_word(name) for name in names}
    if not all(word in SPLIT_WORDS for word in words.values()):
        # Without numbers and the words that all names have.
        parts = {name: re.findall(r"[^\W\d_]+", _apart(name)) for name in names}
        shared = set.intersection(*map(set, parts.values())) if len(parts) > 1 else set()
        bare = {n: _split_word(" ".join(p for p in parts[n] if p not in shared)) for n in names}
        splits = [SPLIT_WORDS.get(word) for word in bare.values()]
        if all(splits) and len({*splits}) == len(splits) and "train" in splits:
            words = bare
    found = {name: SPLIT_WORDS[word] for name, word in words.items() if word in SPLIT_WORDS}
    ranks = {name: TESTS[words[name]] for name, split in found.items() if split == "test"}
    other = "" if "validation" in found.values() else "validation"
    found |= {name: other for name, rank in ranks.items() if rank > min(ranks.values())}
    return {name: split for name, split in found.items() if split}


def _split_word(name: str) -> str:
    """Return the one word of a name that may stand for a split, "" if there are more."""
    words = _words(re.sub(r"(?:19|20)\d\d$", "", _apart(name)))
    # `train2` may be a class next to `train1`; `test1` is the test images of a contest.
    words = [re.sub(r"(?<=test)\d$", "", word) for word in words]
    words = [cut if (cut := JOINED.sub("", word)) in SPLIT_WORDS else word for word in words]
    if words[-2:] == ["hold", "out"]:
        words[-2:] = ["holdout"]
    rest = [word for word in words if word not in FILLERS]
    return rest[0] if len(rest) == 1 else ""


def _apart(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


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
