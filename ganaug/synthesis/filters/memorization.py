"""The filters `memorized` and `outliers`: too close to a training image, or too far from all."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ganaug.evaluation.memorization.detector import MemorizationDetector
from ganaug.evaluation.memorization.result import LEVEL
from ganaug.synthesis.filters.base import FilterResult, rounded
from ganaug.synthesis.filters.registry import register_filter
from ganaug.synthesis.sources.base import Batch, weights_digest

if TYPE_CHECKING:
    from ganaug.synthesis.context import Context


class MemorizationFilter:
    """Passes images whose distance to the training images is usual for held-out real images.

    Args:
        memory: Detector with the training images and the held-out ones.
        files: File of each training image.
        memorized: Reject images closer to a training image than the 1st percentile of the
            held-out distances: copies. With few held-out images, it rejects more new images by
            chance; see `expected_copies`.
        outliers: Reject images further from all training images than the 99th percentile; with
            few held-out images, also more by chance.
    """

    def __init__(
        self, memory: MemorizationDetector, files: Sequence[str], *, memorized: bool, outliers: bool
    ) -> None:
        self.memory, self.files, self.network = memory, files, memory.network
        self.enabled = {"memorized": memorized, "outliers": outliers}
        self.furthest = float(memory.remoteness(memory.held_out).quantile(1 - LEVEL))

    @property
    def facts(self) -> dict[str, Any]:
        """The settings that determine which images pass."""
        return {
            **self.enabled,
            "threshold": self.memory.threshold,
            "weights": weights_digest(self.network),
        }

    def judge(self, batch: Batch) -> FilterResult:
        """Compare a block with the training images."""
        lookup = self.memory.look_up(batch.images)
        passed = {}
        if self.enabled["memorized"]:
            passed["memorized"] = ~self.memory.is_copy(lookup.distances)
        if self.enabled["outliers"]:
            passed["outliers"] = self.memory.remoteness(lookup) <= self.furthest
        nearest = [self.files[index] for index in lookup.positions.tolist()]
        return FilterResult(passed, {"nearest": nearest, "distance": rounded(lookup.distances)})


@register_filter("outliers", by_maps=True)
@register_filter("memorized", by_maps=True)
def memorization(_: float | None, context: "Context") -> MemorizationFilter:
    """Build the filter, once for both names, since both need the same distances."""

    def build() -> MemorizationFilter:
        enabled = {name: name in context.filters for name in ("memorized", "outliers")}
        return MemorizationFilter(memory_of(context), context.images.sources, **enabled)

    return context.once("memorization", build)


def memory_of(context: "Context") -> MemorizationDetector:
    """Return the detector that compares with the training images, built once for all filters."""
    return context.once(
        "memory",
        lambda: MemorizationDetector(
            context.map_network,
            train=context.images.images,
            held_out=context.held_out,
            mirrored=context.data.mirrors,
        ),
    )
