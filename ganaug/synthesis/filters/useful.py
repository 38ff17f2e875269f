"""The filter `useful`: a classifier trained on real images agrees with the class, but is unsure."""

from typing import TYPE_CHECKING, Any

from ganaug.evaluation.features.networks import DomainNetwork, read_features
from ganaug.synthesis.filters.agreement import classifier_of
from ganaug.synthesis.filters.base import FilterResult, rounded
from ganaug.synthesis.filters.registry import register_filter
from ganaug.synthesis.sources.base import Batch, weights_digest
from ganaug.utils.errors import UsageError

if TYPE_CHECKING:
    from ganaug.synthesis.context import Context


class UsefulFilter:
    """Passes images whose class a classifier predicts correctly but without certainty.

    Images with a confident prediction teach a classifier little beyond the real images, and images
    assigned to another class may be wrong (He et al. 2023, arXiv 2211.13976; Askari Hemmat et al.
    2023, arXiv 2310.00158).

    Args:
        classifier: Its outputs are the classes in the order of the labels.
        max_confidence: Largest probability of the class for an image to pass.
    """

    def __init__(self, classifier: DomainNetwork, max_confidence: float = 0.9) -> None:
        if not 0 < max_confidence < 1:
            raise UsageError(
                f"`filters` useful={max_confidence}: use a probability above 0 and below 1"
            )
        self.network, self.max_confidence = classifier, max_confidence

    @property
    def facts(self) -> dict[str, Any]:
        """The settings that determine which images pass."""
        return {"useful": self.max_confidence, "weights": weights_digest(self.network)}

    def judge(self, batch: Batch) -> FilterResult:
        """Classify a block."""
        probabilities = read_features(self.network, batch.images)[1].softmax(dim=1)
        likely = probabilities[:, batch.label]
        agrees = probabilities.argmax(dim=1) == batch.label
        return FilterResult(
            {"useful": agrees & (likely <= self.max_confidence)}, {"agreement": rounded(likely)}
        )


@register_filter("useful", default=0.9)
def useful(value: float, context: "Context") -> UsefulFilter:
    """Build the filter.

    Raises:
        UsageError: There is a single class.
    """
    return UsefulFilter(classifier_of(context, "useful"), value)
