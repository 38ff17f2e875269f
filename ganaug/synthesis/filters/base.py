"""The protocol of filters, which judge blocks of images, each image independently."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from torch import Tensor

from ganaug.synthesis.sources.base import Batch


@dataclass(frozen=True)
class FilterResult:
    """A filter's decision on a block.

    Attributes:
        passed: `[n]` booleans by filter name; one filter may decide on several at once.
        columns: `n` values for the rows, by column of metadata.csv: `agreement`, `realism`,
            `nearest` or `distance` (see `Row`).
    """

    passed: Mapping[str, Tensor]
    columns: Mapping[str, Sequence[Any]] = field(default_factory=dict)


class Filter(Protocol):
    """Judges each image of a block independently; the result doesn't depend on earlier blocks."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """The settings that determine which images pass; JSON values."""
        ...

    def judge(self, batch: Batch) -> FilterResult:
        """Decide which images of a block pass."""
        ...


def rounded(values: Tensor) -> list[float]:
    """Return numbers rounded to six digits, so that all runs write the same values."""
    return [float(f"{value:.6g}") for value in values.tolist()]
