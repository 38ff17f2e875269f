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
    named = [(files[i], names[j], same) for i, j, same in pairs]
    same, alike = ([(a, b) for a, b, equal in named if equal == kind] for kind in (True, False))
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
    found = _find_test_images(images, files, data)
    return len(found.same) + len(found.alike)


def _find_test_images(images: "Tensor", files: Sequence[str], data: Any) -> Found:
    found = find(images, files, data.images("test")[0], data.names("test"))
    kinds = {"are": found.same, "look like resized or re-encoded copies of": found.alike}
    for words, pairs in kinds.items():
        if pairs:
            shown = "; ".join(f"{file} is {name}" for file, name in pairs[:NAMED])
            more = f"; and {len(pairs) - NAMED:,} more" if len(pairs) > NAMED else ""
            print(
                f"warning: synthetic images {words} real test images ({len(pairs):,}: "
                f"{shown}{more}), so test results would be too good: remove them from the set",
                file=sys.stderr,
            )
    return found


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
    usual = find(*test, *training)
    tested = _find_test_images(images, files, data) if warn else find(images, files, *test)
    return [
        _check("free of training images", find(images, files, *training), usual),
        _check("free of test images", tested, usual),
    ]


def _check(name: str, found: Found, usual: Found) -> Check:
    from ganaug.evaluation.metrics.result import share_interval

    if not found.n:
        return Check(name, None, "there are no images to check")
    alike, low = len(found.alike) / found.n, share_interval(len(found.alike) / found.n, found.n)[0]
    words = f"{len(found.same):,} of {found.n:,} are equal in every pixel, {alike:.1%} look alike"
    more = bool(found.alike)
    if usual.n:
        real = len(usual.alike) / usual.n
        words += f" (real test images and training images: {real:.1%})"
        more = low > share_interval(real, usual.n)[1]
    named = [*found.same, *found.alike][:NAMED] if found.same or more else []
    words += "".join(f"; {file} is {other}" for file, other in named)
    return Check(name, not (found.same or more), words)
