"""Chooses features to judge a model with, excluding networks that helped to train it."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from datamodules.console import say
from ganaug.evaluation.features.imagenet import NETWORKS, FeaturesName, refuse_missing
from ganaug.protocols import LabelledImages, Pretrained
from ganaug.utils.errors import UsageError
from ganaug.utils.pretrained import same_network

# The pretrained network of each features' name; domain features have none.
NETWORK_OF = {name: size for name, (size, _) in NETWORKS.items()} | {"inception": "inception_v3"}
# Features for fits and filters, the best for photographs first.
CHOICES = (*NETWORKS, "domain")


def trained_with(model: object) -> tuple[str, ...]:
    """Return the pretrained networks that helped to train a model, according to the model."""
    return tuple(model.trained_with) if isinstance(model, Pretrained) else ()


def flatters(features: str, networks: Sequence[str]) -> bool:
    """Whether features come from one of these networks.

    Example:
        >>> flatters("imagenet", ["timm/tf_efficientnet_lite0"]), flatters("lite2", ["lite0"])
        (True, False)
    """
    network = NETWORK_OF.get(features)
    return network is not None and any(same_network(network, name) for name in networks)


def judge_of(networks: Sequence[str]) -> FeaturesName:
    """Return photograph features that can judge a model trained with these networks.

    Example:
        >>> judge_of([]), judge_of(["lite0"]), judge_of(["lite2"])
        ('imagenet', 'lite2', 'imagenet')
    """
    return cast(FeaturesName, next(name for name in CHOICES if not flatters(name, networks)))


def judge_by(facts: Mapping[str, Any]) -> str:
    """Return the features to evaluate a set with if domain features are weak.

    Args:
        facts: Facts of an evaluation; `trained_with` lists the networks that helped to train the
            model.
    """
    networks = facts.get("trained_with", ())
    return next((name for name in NETWORK_OF if not flatters(name, networks)), "domain")


def refuse_flattering(
    parameter: str, features: str, networks: Sequence[str], choices: Sequence[str] = CHOICES
) -> None:
    """Refuse features of a network that helped to train the model.

    Metrics in these features would overrate the model (Kynkäänniemi et al. 2022, arXiv 2203.06026).

    Args:
        parameter: The parameter that chose the features.
        features: The chosen features.
        networks: Pretrained networks that helped to train the model.
        choices: All values of the parameter.

    Raises:
        UsageError: The features would flatter the model.
    """
    if flatters(features, networks):
        fair = [name for name in choices if not flatters(name, networks)]
        raise UsageError(
            f"{parameter} is {features}, whose network {NETWORK_OF[features]} helped to train the "
            "model, so its metrics would flatter the model (arXiv 2203.06026); use "
            f"{', '.join(fair)}"
        )


def installed(features: FeaturesName, note: str) -> FeaturesName:
    """Return these features if their packages are installed, or print a note and return domain.

    Args:
        features: The features to use.
        note: What changes without the packages; the reason is appended.
    """
    try:
        if features != "domain":
            refuse_missing(features)
    except UsageError as error:
        say(f"note: {note}: {error}")
        return "domain"
    return features


def features_of_fits(networks: Sequence[str], data: LabelledImages) -> FeaturesName:
    """Return the default features to measure a fit with.

    The default is domain, except for a model of color images that a pretrained network helps to
    train. Such images are probably photographs, for which domain features are weak, so another
    pretrained network judges the model.

    Args:
        networks: Pretrained networks that help to train the model.
        data: The images.
    """
    if not networks or data.images("train", limit=1)[0].shape[1] == 1:
        return "domain"
    features = installed(judge_of(networks), "the fit is measured in the features 'domain'")
    if features != "domain":
        say(f"features: {features}, since {', '.join(networks)} helps to train the model")
    return features
