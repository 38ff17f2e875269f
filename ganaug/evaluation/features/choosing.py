"""Which feature network an evaluation measures with."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from datamodules.console import say
from ganaug.evaluation.features.domain import network_of
from ganaug.evaluation.features.imagenet import (
    NETWORKS,
    FeaturesName,
    ImageNetFeatures,
    refuse_missing,
)
from ganaug.evaluation.features.inception import InceptionFeatures
from ganaug.evaluation.features.networks import FeatureNetwork
from ganaug.evaluation.forecast import forecast, purpose_of
from ganaug.utils.errors import UsageError

if TYPE_CHECKING:
    from ganaug.synthesis.dataset import SyntheticDataset


def features_of_fit(dataset: "SyntheticDataset") -> FeaturesName:
    """Return the features that the fit was measured in; domain's where it was not, or can't be."""
    features = dataset.card.features if dataset.card else ""
    if features not in NETWORKS:
        return "domain"
    try:
        refuse_missing(features)
    except UsageError as error:
        say(f"note: the fit was measured in ImageNet's features, and here domain's are: {error}")
        return "domain"
    say(f"features: {features}, as the fit was measured in")
    return cast(FeaturesName, features)


def feature_network(
    features: FeaturesName | Literal["inception"],
    data: Any,
    device: str,
    inception_weights: str | Path | None = None,
    *,
    images: int | None = None,
    quick: bool = False,
) -> FeatureNetwork:
    """Return the network that the metrics are measured with, after saying how long all will take.

    Args:
        features: Whose features.
        data: The data module of the real images.
        device: Where to compute.
        inception_weights: File of Inception's weights.
        images: Synthetic images; None says nothing.
        quick: Whether the evaluation is a quick one.
    """
    found: FeatureNetwork | None = None
    if features == "inception":
        weights = Path(inception_weights) if inception_weights else None
        found = InceptionFeatures(weights).to(device)
    elif features != "domain":
        found = ImageNetFeatures(features).to(device)
    if images is not None:
        forecast(data, found, images, device, quick=quick)
    return found or network_of(data, purpose_of(data, "evaluate", quick=quick), device)
