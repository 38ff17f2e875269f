"""Which features may judge a model: those of no network that helped to train it."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from datamodules.console import say
from ganaug.evaluation.features.imagenet import NETWORKS, FeaturesName, refuse_missing
from ganaug.protocols import LabelledImages, Pretrained
from ganaug.utils.errors import UsageError

# The pretrained network of each kind of features; domain's is trained on the user's images alone.
NETWORK_OF = {name: size for name, (size, _) in NETWORKS.items()} | {"inception": "inception_v3"}
# Those of a fit and of filters, the best for photographs first.
CHOICES = (*NETWORKS, "domain")


def trained_with(model: object) -> tuple[str, ...]:
    """Return the pretrained networks that helped to train a model, as it says itself."""
    return tuple(model.trained_with) if isinstance(model, Pretrained) else ()


def flatter(features: str, networks: Sequence[str]) -> bool:
    """Whether features are those of one of these networks.

    Example:
        >>> flatter("imagenet", ["timm/tf_efficientnet_lite0"]), flatter("lite2", ["lite0"])
        (True, False)
    """
    own = NETWORK_OF.get(features)
    # timm's networks have longer names.
    return own is not None and any(own in name for name in networks)


def judge_of(networks: Sequence[str]) -> FeaturesName:
    """Name features for photographs that judge a model which these networks helped to train.

    Example:
        >>> judge_of([]), judge_of(["lite0"]), judge_of(["lite2"])
        ('imagenet', 'lite2', 'imagenet')
    """
    return cast(FeaturesName, next(name for name in CHOICES if not flatter(name, networks)))


def judge_by(facts: Mapping[str, Any]) -> str:
    """Name features to evaluate a set in where the domain's are weak.

    Args:
        facts: Of an evaluation, whose `trained_with` holds what helped to train the set's model.
    """
    networks = facts.get("trained_with", ())
    return next((name for name in NETWORK_OF if not flatter(name, networks)), "domain")


def refuse_flattering(
    parameter: str, features: str, networks: Sequence[str], choices: Sequence[str] = CHOICES
) -> None:
    """Refuse to judge a model by features that its discriminator was trained to match.

    Metrics in features of the network that it looks through rate it better than it looks
    (Kynkäänniemi et al. 2022, arXiv 2203.06026).

    Args:
        parameter: What chose the features.
        features: Those chosen.
        networks: Pretrained networks that helped to train the model.
        choices: All that the parameter can be.

    Raises:
        UsageError: Says why, and which features to use.
    """
    if flatter(features, networks):
        fair = [name for name in choices if not flatter(name, networks)]
        raise UsageError(
            f"{parameter} is {features}, whose network {NETWORK_OF[features]} helped to train the "
            "model, so that its metrics would flatter the model (arXiv 2203.06026); use "
            f"{', '.join(fair)}"
        )


def installed(features: FeaturesName, note: str) -> FeaturesName:
    """Return features whose packages are there, or else the domain's, and say so.

    Args:
        features: Those to take.
        note: What is otherwise, before the reason.
    """
    try:
        if features != "domain":
            refuse_missing(features)
    except UsageError as error:
        say(f"note: {note}: {error}")
        return "domain"
    return features


def features_of_fits(networks: Sequence[str], data: LabelledImages) -> FeaturesName:
    """Return the features to measure a fit in, where nobody chose any.

    They are the domain's. But a model that a pretrained network helped to train is one of
    photographs, of which domain's know little, so that another such network judges it, unless the
    images are grey, as digits are.

    Args:
        networks: Pretrained networks that help to train the model.
        data: The images.
    """
    if not networks or data.images("train", limit=1)[0].shape[1] == 1:
        return "domain"
    found = installed(judge_of(networks), "the fit is measured in the features 'domain'")
    if found != "domain":
        say(f"features: {found}, since {', '.join(networks)} helps to train the model")
    return found
