"""Which feature network an evaluation measures with."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from datamodules.console import say
from ganaug.evaluation.features.domain import network_named
from ganaug.evaluation.features.imagenet import FeaturesName, refuse_missing
from ganaug.evaluation.features.inception import InceptionFeatures
from ganaug.evaluation.features.networks import FeatureNetwork
from ganaug.utils.errors import UsageError

if TYPE_CHECKING:
    from ganaug.synthesis.dataset import SyntheticDataset


def features_of_fit(dataset: "SyntheticDataset") -> FeaturesName:
    """Return the features that the fit was measured in; domain's where it was not, or can't be."""
    if dataset.card is None or dataset.card.features != "imagenet":
        return "domain"
    try:
        refuse_missing()
    except UsageError as error:
        say(f"note: the fit was measured in ImageNet's features, and here domain's are: {error}")
        return "domain"
    say("features: imagenet, as the fit was measured in")
    return "imagenet"


def feature_network(
    features: Literal["domain", "imagenet", "inception"],
    data: Any,
    device: str,
    inception_weights: str | Path | None = None,
) -> FeatureNetwork:
    """Return the network that the metrics are measured with."""
    if features == "inception":
        weights = Path(inception_weights) if inception_weights else None
        return InceptionFeatures(weights).to(device)
    return network_named(features, data, "evaluate", device)
