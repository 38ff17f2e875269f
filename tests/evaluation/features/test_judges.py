"""Features of a network that helped to train a model do not judge it."""

import json
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from ganaug.callbacks.data_card import DataCard
from ganaug.callbacks.fidelity import Fidelity
from ganaug.evaluation.features import judges
from ganaug.evaluation.features.choosing import features_for
from ganaug.evaluation.features.judges import (
    features_of_fits,
    flatters,
    judge_of,
    refuse_flattering,
)
from ganaug.evaluation.metrics.result import MetricResult
from ganaug.evaluation.result import Evaluation
from ganaug.reporting.warnings import weak_features
from ganaug.synthesis.dataset import SyntheticDataset
from ganaug.synthesis.filters.registry import check_features
from ganaug.training.checkpoints import CARD_KEY, Card, load
from ganaug.training.transfer import keep_networks
from ganaug.utils.errors import UsageError
from helpers.plain_checkpoints import plain_checkpoint


def model(*networks):
    found = nn.Identity()
    if networks:
        found.trained_with = networks
    return found


@pytest.mark.parametrize(
    ("features", "networks", "found"),
    [
        ("imagenet", ["lite0"], True),
        ("imagenet", ["timm/tf_efficientnet_lite0"], True),
        ("imagenet", ["lite1", "lite0"], True),
        ("imagenet", ["lite2"], False),
        ("imagenet", ["resnet18"], False),
        ("lite2", ["lite2"], True),
        ("lite2", ["timm/tf_efficientnet_lite2"], True),
        ("lite2", ["lite0"], False),
        ("inception", ["timm/inception_v3"], True),
        ("inception", ["lite0"], False),
        ("inception", ["timm:inception_v3_large"], False),
        ("domain", ["lite0", "lite2", "inception_v3"], False),
    ],
)
def test_features_of_the_same_network_flatter(features, networks, found):
    assert flatters(features, networks) is found
    assert not flatters(features, ())


@pytest.mark.parametrize(
    ("networks", "judge"),
    [
        ((), "imagenet"),
        (("lite0",), "lite2"),
        (("lite2",), "imagenet"),
        (("resnet18",), "imagenet"),
        (("lite0", "lite2"), "domain"),
    ],
)
def test_the_judge_is_another_network(networks, judge):
    assert judge_of(networks) == judge


def refusal(call, *arguments):
    with pytest.raises(UsageError) as refused:
        call(*arguments)
    return str(refused.value)


def test_the_refusal_gives_the_reason_and_what_to_use():
    said = refusal(
        refuse_flattering, "fidelity.features", "imagenet", ["timm/tf_efficientnet_lite0"]
    )
    assert said == (
        "fidelity.features is imagenet, whose network lite0 helped to train the model, so "
        "its metrics would flatter the model (arXiv 2203.06026); use lite2, domain"
    )
    assert refusal(refuse_flattering, "x", "lite2", ["lite2"]).endswith("use imagenet, domain")


class Images:
    """Data of images with so many channels."""

    def __init__(self, channels=3):
        self.channels = channels

    def images(self, split, limit=None):
        return torch.zeros(limit, self.channels, 8, 8, dtype=torch.uint8), torch.zeros(limit)

    def paths(self, split):
        return [""] * 30


COLOR, GRAY = Images(), Images(1)


@pytest.mark.parametrize(
    ("networks", "data", "features"),
    [
        ((), COLOR, "domain"),
        (("lite0",), COLOR, "lite2"),
        (("lite2",), COLOR, "imagenet"),
        (("resnet18",), COLOR, "imagenet"),
        (("lite0",), GRAY, "domain"),
    ],
)
def test_a_fit_is_measured_by_a_network_that_does_not_help_to_train(
    networks, data, features, capsys
):
    fidelity = Fidelity()
    fidelity.settle(model(*networks), data)
    fidelity.settle(model(*networks), data)
    assert fidelity.features == features
    why = f"features: {features}, since {', '.join(networks)} helps to train the model"
    assert capsys.readouterr().out.splitlines() == [why] * (features != "domain")


def test_without_the_package_of_the_judge_a_fit_is_measured_in_domain_features(monkeypatch, capsys):
    def missing(features):
        raise UsageError(f"the features '{features}' need a package")

    monkeypatch.setattr(judges, "refuse_missing", missing)
    assert features_of_fits(["lite0"], COLOR) == "domain"
    said = (
        "note: the fit is measured in the features 'domain': the features 'lite2' need a package\n"
    )
    assert capsys.readouterr().out == said


def test_a_fit_refuses_features_that_flatter_its_model():
    trainer = SimpleNamespace(datamodule=COLOR)
    said = refusal(Fidelity(features="imagenet").setup, trainer, model("lite0"), "fit")
    assert said.startswith("fidelity.features is imagenet, whose network lite0 helped")
    for features in ("lite2", "domain"):
        Fidelity(features=features).setup(trainer, model("lite0"), "fit")
    Fidelity(features="imagenet").setup(trainer, model(), "fit")
    Fidelity(features="imagenet", every_epochs=0).setup(trainer, model("lite0"), "fit")


def test_metrics_are_checked_against_the_chosen_features():
    fidelity = Fidelity(metrics=["mifid"])
    fidelity.settle(model(), COLOR)
    said = refusal(Fidelity(metrics=["mifid"]).settle, model("lite0"), COLOR)
    assert "the 1,280 features of fidelity.features lite2; leave it out" in said


def checkpoint_of(found):
    """Return what the card's callback adds to a checkpoint."""
    content = plain_checkpoint()
    card = content.pop(CARD_KEY)
    trainer = SimpleNamespace(datamodule=SimpleNamespace(card=lambda: card), callbacks=[])
    DataCard().on_save_checkpoint(trainer, found, content)
    return content


@pytest.mark.parametrize("networks", [(), ("lite0",), ("lite2", "lite0")])
def test_a_checkpoint_and_its_sets_say_what_helped_to_train_the_model(networks):
    card = Card.from_checkpoint(checkpoint_of(model(*networks))[CARD_KEY])
    assert card.trained_with == networks
    written = json.loads(json.dumps(card.for_manifest()))
    assert ("trained_with" in written) == bool(networks)
    assert Card(**written).trained_with == networks


@pytest.mark.parametrize(
    ("hyper_parameters", "card", "found"),
    [
        ({}, {}, ()),
        ({"backbone": "lite0"}, {}, ("lite0",)),
        ({"backbone": "lite0"}, {"trained_with": ["lite0", "lite2"]}, ("lite0", "lite2")),
    ],
)
def test_an_older_checkpoint_is_recognized_by_its_backbone(
    hyper_parameters, card, found, tmp_path, monkeypatch
):
    content = plain_checkpoint()
    content[CARD_KEY] |= card
    # Any model with this setting will do.
    own = content["hyper_parameters"]
    content["hyper_parameters"] = own | hyper_parameters
    file = tmp_path / "old.ckpt"
    torch.save(content, file)
    built = load_class(own)
    monkeypatch.setattr("ganaug.training.checkpoints._model_class", lambda *_: built)
    assert load(file).card.trained_with == found
    # Another model starts from its weights.
    other = model("lite2")
    keep_networks(other, file)
    assert other.trained_with == ("lite2", *(x for x in found if x != "lite2"))
    plain = model()
    keep_networks(plain, file)
    assert not hasattr(plain, "trained_with")


def load_class(settings):
    from ganaug.models.gan import GAN

    return lambda **_: GAN(**settings)


def written_set(folder, **card):
    content = Card.from_checkpoint(plain_checkpoint()[CARD_KEY]).for_manifest() | card
    (folder / "images").mkdir()
    (folder / "manifest.json").write_text(json.dumps({"metadata_sha256": "", "card": content}))
    return SyntheticDataset.open(folder)


@pytest.mark.parametrize(
    ("measured", "networks", "features"),
    [
        ("", ["lite0"], "domain"),
        ("domain", ["lite0"], "domain"),
        ("lite2", ["lite0"], "lite2"),
        ("imagenet", ["lite0"], "lite2"),
        ("lite2", ["lite2"], "imagenet"),
        ("imagenet", [], "imagenet"),
    ],
)
def test_a_set_is_measured_in_features_that_do_not_flatter(measured, networks, features, tmp_path):
    dataset = written_set(tmp_path, features=measured, trained_with=networks)
    assert features_for(dataset, None) == features


def test_evaluate_refuses_features_that_flatter_the_model_of_the_set(tmp_path):
    dataset = written_set(tmp_path, trained_with=["lite0"])
    said = refusal(features_for, dataset, "imagenet")
    assert said.startswith("features is imagenet, whose network lite0 helped to train the model")
    assert said.endswith("use lite2, domain, inception")
    for features in ("lite2", "domain", "inception"):
        assert features_for(dataset, features) == features


def test_a_set_without_a_record_is_measured_with_the_requested_features(tmp_path):
    assert features_for(written_set(tmp_path), "imagenet") == "imagenet"


def test_filters_refuse_features_that_flatter_the_model():
    said = refusal(check_features, "imagenet", ["memorized"], ["lite0"])
    assert said.startswith("filter_features is imagenet, whose network lite0 helped to train")
    assert said.endswith("use lite2, domain")
    check_features("lite2", ["memorized"], ["lite0"])
    check_features("imagenet", ["memorized"], ["lite2"])


@pytest.mark.parametrize(
    ("networks", "judge"),
    [([], "imagenet"), (["lite0"], "lite2"), (["lite0", "lite2"], "inception")],
)
def test_advice_names_features_that_are_not_refused(networks, judge):
    facts = {"trained_with": networks} if networks else {}
    kid = MetricResult("kid", "domain-labels", 0.1, weak_features="it learned little")
    found = Evaluation.from_dict(
        json.loads(json.dumps(Evaluation({"kid": kid}, facts=facts).to_dict()))
    )
    assert f"Evaluate again with the features {judge}." in str(found)
    assert f"Evaluate the set again with the features {judge}." in next(weak_features(found))
