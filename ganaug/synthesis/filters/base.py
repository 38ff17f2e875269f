"""What a filter is: it judges blocks of images, each image by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from torch import Tensor

from ganaug.synthesis.sources.base import Batch


@dataclass(frozen=True)
class FilterResult:
    """What a filter says of a block.

    Attributes:
        passed: `[n]` booleans, by what was asked: a filter may look at several things at once.
        columns: Values for the rows, by column of metadata.csv (see `Row`).
    """

    passed: Mapping[str, Tensor]
    columns: Mapping[str, Sequence[Any]] = field(default_factory=dict)


class Filter(Protocol):
    """Judges blocks, each image by itself: what it says does not depend on what came before."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """All that decides what passes; JSON values."""
        ...

    def judge(self, batch: Batch) -> FilterResult:
        """Say which images of a block pass."""
        ...


def rounded(values: Tensor) -> list[float]:
    """Return numbers as they stand in a file: six digits, the same in every run."""
    return [float(f"{value:.6g}") for value in values.tolist()]
