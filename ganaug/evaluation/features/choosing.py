"""Chooses the feature network of an evaluation, and checks the arguments that depend on it."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from datamodules.console import say
from ganaug.evaluation.features.domain import network_of
from ganaug.evaluation.features.imagenet import NETWORKS, FeaturesName, ImageNetFeatures
from ganaug.evaluation.features.inception import InceptionFeatures
from ganaug.evaluation.features.judges import (
    CHOICES,
    flatters,
    installed,
    judge_of,
    refuse_flattering,
)
from ganaug.evaluation.features.networks import FeatureNetwork
from ganaug.evaluation.forecast import purpose_of
from ganaug.utils.errors import UsageError
from ganaug.utils.ranges import refuse_outside

if TYPE_CHECKING:
    from ganaug.synthesis.dataset import SyntheticDataset

EvaluationFeatures = FeaturesName | Literal["inception"]


def features_for(
    dataset: "SyntheticDataset", requested: EvaluationFeatures | None
) -> EvaluationFeatures:
    """Return the features to measure a set with: the requested ones, or by default the fit's.

    Raises:
        UsageError: The network of the requested features helped to train the set's model.
    """
    if requested is None:
        return features_of_fit(dataset)
    refuse_flattering("features", requested, dataset.trained_with, (*CHOICES, "inception"))
    return requested


def features_of_fit(dataset: "SyntheticDataset") -> FeaturesName:
    """Return the features that the fit was measured with, or domain without such a record.

    If these flatter the model, other ImageNet features replace them. If packages are missing,
    domain replaces them.
    """
    fit_features = dataset.card.features if dataset.card else ""
    if fit_features not in NETWORKS:
        return "domain"
    flattering = flatters(fit_features, dataset.trained_with)
    preferred = judge_of(dataset.trained_with) if flattering else cast(FeaturesName, fit_features)
    note = "the fit was measured in ImageNet features, and this evaluation uses domain features"
    features = installed(preferred, note)
    if features == fit_features:
        say(f"features: {features}, as the fit was measured in")
    return features


def feature_network(
    data: Any,
    device: str,
    pretrained: FeatureNetwork | None,
    *,
    quick: bool = False,
) -> FeatureNetwork:
    """Return the network to measure with: a pretrained one, or else a domain network.

    Args:
        data: The data module of the real images.
        device: Where to compute.
        pretrained: Output of `pretrained_network`.
        quick: Whether the evaluation is a quick one.
    """
    return pretrained or network_of(data, purpose_of(data, "evaluate", quick=quick), device)


def pretrained_network(
    features: EvaluationFeatures, device: str, inception_weights: str | Path | None = None
) -> FeatureNetwork | None:
    """Return the pretrained network of these features; None for domain features.

    Args:
        features: Name of the features.
        device: Where to compute.
        inception_weights: File with Inception's weights.
    """
    if features == "inception":
        weights = Path(inception_weights) if inception_weights else None
        return InceptionFeatures(weights).to(device)
    return None if features == "domain" else ImageNetFeatures(features).to(device)


def check(features: str | None, inception_weights: str | Path | None, seed: int) -> None:
    """Refuse an invalid seed, and weights that would be ignored.

    Raises:
        UsageError: The seed is invalid, or weights were given for other features.
    """
    refuse_outside("", 0, 2**63 - 1, seed=seed)
    if inception_weights is not None and features != "inception":
        raise UsageError(
            f"inception_weights {inception_weights} is read with `features` inception alone"
        )
