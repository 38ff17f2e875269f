"""Refuses test images that are also trained on, and classes without test images."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from datamodules.reading.folders.class_folders import listed
from ganaug.utils.errors import UsageError

if TYPE_CHECKING:
    from torch import Tensor

LEAKS_NAMED = 3
REMEDIES = {
    "training": "keep one of each two, and fit and synthesize again",
    "synthetic": "leave them out of the set",
    "unlabeled": "leave them out of the unlabeled images",
}


def refuse_gaps(labels: Sequence[int], class_names: Sequence[str]) -> None:
    """Refuse test images if a class has none.

    Raises:
        UsageError: A class has no test images.
    """
    if missing := untested(labels, class_names):
        class_text = f" of class {listed(missing)}" if len(missing) < len(class_names) else ""
        raise UsageError(
            f"there are no test images{class_text}, and a study needs some of each class; add test "
            "images that no model was fitted on, or, if the data has no separate test images, set "
            "a larger data.test, and fit and synthesize again"
        )


def untested(labels: Sequence[int], class_names: Sequence[str]) -> list[str]:
    """Return the names of the classes that have no test image.

    Example:
        >>> untested([0, 2, 2], ["cat", "dog", "cow"])
        ['dog']
    """
    tested_labels = set(labels)
    return [name for label, name in enumerate(class_names) if label not in tested_labels]


def refuse_leaks(
    test: "Tensor",
    test_files: Sequence[str],
    images_by_kind: "Mapping[str, tuple[Tensor, Sequence[str]]]",
) -> None:
    """Refuse test images that are also, pixel by pixel, among the images to train on.

    Args:
        test: `[N, C, S, S]` uint8.
        test_files: Their files.
        images_by_kind: Images and their files by kind: training, synthetic, unlabeled.

    Raises:
        UsageError: There are such images; the message counts them and names the first.
    """
    held_out = dict(zip(map(digest_of_pixels, test), test_files, strict=True))
    for kind, (images, files) in images_by_kind.items():
        digests_and_files = zip(map(digest_of_pixels, images), files, strict=True)
        leaked = [
            (file, held_out[digest]) for digest, file in digests_and_files if digest in held_out
        ]
        if leaked:
            examples = "; ".join(
                f"{file} is {test_file}" for file, test_file in leaked[:LEAKS_NAMED]
            )
            remainder = (
                f"; and {len(leaked) - LEAKS_NAMED} more" if len(leaked) > LEAKS_NAMED else ""
            )
            raise UsageError(
                f"{len(leaked)} {kind} images are also test images, so the study would measure "
                f"memory ({examples}{remainder}): {REMEDIES[kind]}"
            )


def labeled_digests(data: Any) -> set[bytes]:
    """Return the digests of all labeled images of a data module, test images included.

    Images are read block by block, since all of them may not fit into memory.
    """
    from datamodules.reading.splits.splits import SPLITS

    blocks = (block for split in SPLITS for block in data.blocks(split))
    return {digest_of_pixels(image) for block in blocks for image in block}


def digest_of_pixels(image: "Tensor") -> bytes:
    """Return a hash of an image's pixels."""
    return hashlib.sha256(image.numpy().tobytes()).digest()
