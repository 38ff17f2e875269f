"""The filter `agreement`: a classifier trained on real images predicts the requested class."""

import sys
from typing import TYPE_CHECKING, Any

from ganaug.evaluation.features.networks import DomainNetwork, learned_too_little, read_features
from ganaug.synthesis.filters.base import FilterResult, rounded
from ganaug.synthesis.filters.registry import register_filter
from ganaug.synthesis.sources.base import Batch, weights_digest
from ganaug.utils.errors import UsageError

if TYPE_CHECKING:
    from ganaug.synthesis.context import Context


class AgreementFilter:
    """Passes images that a classifier trained on the real images assigns to their class.

    Args:
        classifier: Its outputs are the classes in the order of the labels.
        min_confidence: Smallest probability of the class for an image to pass.
    """

    def __init__(self, classifier: DomainNetwork, min_confidence: float = 0.5) -> None:
        if not 0 < min_confidence <= 1:
            raise UsageError(
                f"`filters` agreement={min_confidence}: use a probability above 0, up to 1"
            )
        self.network, self.min_confidence = classifier, min_confidence

    @property
    def facts(self) -> dict[str, Any]:
        """The settings that determine which images pass."""
        return {"agreement": self.min_confidence, "weights": weights_digest(self.network)}

    def judge(self, batch: Batch) -> FilterResult:
        """Classify a block."""
        logits = read_features(self.network, batch.images)[1]
        likely = logits.softmax(dim=1)[:, batch.label]
        return FilterResult(
            {"agreement": likely >= self.min_confidence}, {"agreement": rounded(likely)}
        )


@register_filter("agreement", default=0.5)
def agreement(value: float, context: "Context") -> AgreementFilter:
    """Build the filter.

    Raises:
        UsageError: There is a single class.
    """
    return AgreementFilter(classifier_of(context, "agreement"), value)


def classifier_of(context: "Context", name: str) -> DomainNetwork:
    """Return the classifier of a filter; warn if it learned too little.

    Args:
        context: What the filter is built from.
        name: Name of the filter.

    Raises:
        UsageError: There is a single class.
    """
    if len(context.class_names) < 2:
        raise UsageError(f"`filters` {name}: there is a single class, and nothing to agree on")
    if reason := learned_too_little(context.network.report):
        print(
            f"warning: the classifier of the filter {name} {reason}. Its rejections, of single "
            "images or a whole class, then mean nothing; leave the filter out",
            file=sys.stderr,
        )
    return context.network
