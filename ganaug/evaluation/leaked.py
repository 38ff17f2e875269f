"""Finds synthetic images that are exact, resized or re-encoded copies of real images."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ganaug.synthesis.verification import Check

if TYPE_CHECKING:
    from torch import Tensor

NAMED = 3


@dataclass(frozen=True)
class Found:
    """Synthetic images that copy real images of a split.

    Attributes:
        same: Pairs of files that are equal in every pixel.
        alike: Pairs of files of which one looks like a resized or re-encoded copy of the other.
        n: Number of synthetic images compared.
    """

    same: Sequence[tuple[str, str]]
    alike: Sequence[tuple[str, str]]
    n: int


def find(images: "Tensor", files: Sequence[str], real: "Tensor", names: Sequence[str]) -> Found:
    """Find images that copy a real image.

    Args:
        images: `[N, C, S, S]` uint8, of the same size and channels as the real images.
        files: Their files.
        real: `[M, C, S, S]` uint8.
        names: Names of the real images.
    """
    from datamodules.reading.splits.lookalikes import matches

    pairs = list(matches(images, real)) if len(images) and len(real) else []
    named_pairs = [(files[i], names[j], is_equal) for i, j, is_equal in pairs]
    same, alike = (
        [(a, b) for a, b, is_equal in named_pairs if is_equal == kind] for kind in (True, False)
    )
    return Found(same, alike, len(images))


def warn_of_test_images(images: "Tensor", files: Sequence[str], data: Any) -> int:
    """Warn about synthetic images that copy real test images, and name them.

    Args:
        images: `[N, C, S, S]` uint8, of the same size and channels as the real images.
        files: Their files.
        data: The data module.

    Returns:
        The number of copies.
    """
    copies = _find_test_images(images, files, data)
    return len(copies.same) + len(copies.alike)


def _find_test_images(images: "Tensor", files: Sequence[str], data: Any) -> Found:
    copies = find(images, files, data.images("test")[0], data.names("test"))
    kinds = {"are": copies.same, "look like resized or re-encoded copies of": copies.alike}
    for relation, pairs in kinds.items():
        if pairs:
            examples = "; ".join(f"{file} is {name}" for file, name in pairs[:NAMED])
            remainder = f"; and {len(pairs) - NAMED:,} more" if len(pairs) > NAMED else ""
            print(
                f"warning: synthetic images {relation} real test images ({len(pairs):,}: "
                f"{examples}{remainder}), so test results would be too good: remove them from the "
                "set",
                file=sys.stderr,
            )
    return copies


def checks_of(
    images: "Tensor", files: Sequence[str], data: Any, limit: int, *, warn: bool = False
) -> list[Check]:
    """Check that no synthetic image is a copy of a training or test image.

    Different images can look alike, digits above all. So real test images are also compared with
    the training images, and the check for lookalikes fails only if synthetic images have more.

    Args:
        images: `[N, C, S, S]` uint8, of the same size and channels as the real images.
        files: Their files.
        data: The data module.
        limit: At most this many real images of each kind.
        warn: Whether to check against all test images, and warn as `warn_of_test_images` does.
    """
    training, test = (
        (data.images(split, limit=limit)[0], data.names(split, limit=limit))
        for split in ("all_train", "test")
    )
    baseline = find(*test, *training)
    test_copies = _find_test_images(images, files, data) if warn else find(images, files, *test)
    return [
        _check("free of training images", find(images, files, *training), baseline),
        _check("free of test images", test_copies, baseline),
    ]


def _check(name: str, copies: Found, baseline: Found) -> Check:
    from ganaug.evaluation.metrics.result import share_interval

    if not copies.n:
        return Check(name, None, "there are no images to check")
    alike, low = (
        len(copies.alike) / copies.n,
        share_interval(len(copies.alike) / copies.n, copies.n)[0],
    )
    text = f"{len(copies.same):,} of {copies.n:,} are equal in every pixel, {alike:.1%} look alike"
    exceeds_baseline = bool(copies.alike)
    if baseline.n:
        baseline_share = len(baseline.alike) / baseline.n
        text += f" (real test images and training images: {baseline_share:.1%})"
        exceeds_baseline = low > share_interval(baseline_share, baseline.n)[1]
    examples = [*copies.same, *copies.alike][:NAMED] if copies.same or exceeds_baseline else []
    text += "".join(f"; {file} is {real_file}" for file, real_file in examples)
    return Check(name, not (copies.same or exceeds_baseline), text)
