"""What a set is made from by `sources` is not what evaluate holds it against."""

import json
from types import SimpleNamespace

import pytest
import torch

from ganaug.evaluation.real_data import real_data
from ganaug.synthesis.context import Context
from ganaug.synthesis.dataset import SyntheticDataset
from ganaug.synthesis.real_folders import folder_like
from ganaug.training.checkpoints import Card, Checkpoint
from helpers.image_folders import fill, write


@pytest.fixture
def flowers(tmp_path):
    fill(tmp_path / "flowers/rose", 30)
    fill(tmp_path / "flowers/tulip", 20, first=100)
    return tmp_path / "flowers"


def card_of(**shares):
    return Card(
        model="ganaug.models.dagan.DAGAN",
        class_names=("daisy", "poppy"),
        class_counts={"daisy": 9, "poppy": 9},
        image_size=10,
        channels=3,
        value_range=(-1.0, 1.0),
        fingerprint="",
        data={"class_path": "", "init_args": {"root": "elsewhere", **shares}},
    )


def measured_against(root, card, out):
    """The real images that evaluate reads for a set with this card's manifest."""
    write(out / "images/rose/000000.png", 500)
    (out / "manifest.json").write_text(json.dumps({"metadata_sha256": "", "card": vars(card)}))
    return real_data(SyntheticDataset.open(out / "images"), str(root))


@pytest.mark.parametrize("shares", [{}, {"validation": 0.2, "test": 0.3}])
def test_test_images_are_no_sources(flowers, tmp_path, shares):
    card = card_of(**shares)
    sources = folder_like(card, str(flowers))
    real = measured_against(flowers, card, tmp_path / "set")
    assert sources.paths("train") == real.paths("train")
    assert not set(sources.paths("train")) & set(real.paths("test"))
    assert len(real.paths("test")) == round(50 * shares.get("test", 0.1))
    assert sources.fingerprint == real.fingerprint


@pytest.mark.parametrize(("augmentation", "mirrors"), [("mirror", True), ("light", False)])
def test_mirror_images_are_copies_where_the_fit_mirrored(flowers, tmp_path, augmentation, mirrors):
    card = card_of(augmentation=augmentation)
    assert folder_like(card, str(flowers)).mirrors is mirrors
    assert measured_against(flowers, card, tmp_path / "set").mirrors is mirrors


def test_filters_set_their_thresholds_by_validation_images(flowers):
    card = card_of(validation=0.4)
    model = Checkpoint(SimpleNamespace(keeps_classes=True), card, "", {})
    real = Context(model, sources=str(flowers))
    expected = folder_like(card, str(flowers)).images("validation")[0]
    assert len(expected) == 20
    assert torch.equal(real.held_out, expected)


def test_a_test_folder_of_their_own_is_held_out(tmp_path):
    root = tmp_path / "photos"
    fill(root / "train/rose", 20)
    fill(root / "test/rose", 5, first=100)
    sources = folder_like(card_of(), str(root))
    assert len(sources.paths("train")) == 18
    assert all("train" in path for path in sources.paths("train"))


def test_a_card_holds_no_path_of_this_machine_and_is_found_again(tmp_path):
    from ganaug.synthesis.manifest import card_for, card_of

    settings = {"root": str(tmp_path / "photos"), "unlabelled": "more", "image_size": 32}
    card = {"data": {"class_path": "x", "init_args": settings}, "image_size": 32}
    written = card_for(card, tmp_path / "sets" / "expanded")
    assert written["card"]["data"]["init_args"] == settings | {"root": "../../photos"}
    assert str(tmp_path) not in str(written)
    assert card_of(written, tmp_path / "sets" / "expanded") == card
    assert card_of({"card": card}, tmp_path) == card  # of an older set


def test_a_way_that_would_show_a_home_is_kept_on_this_machine_alone(tmp_path, monkeypatch):
    from ganaug.synthesis.manifest import card_for, card_of

    monkeypatch.setenv("HOME", str(tmp_path / "home" / "alice"))
    (tmp_path / "sets").mkdir()
    monkeypatch.chdir(tmp_path / "sets")
    photos = tmp_path / "home/alice/photos"
    for given in (str(photos), "../home/alice/photos"):
        card = {"data": {"class_path": "x", "init_args": {"root": given}}, "image_size": 32}
        written = json.loads(json.dumps(card_for(card, tmp_path / "sets" / "expanded")))
        assert written["card"]["data"]["init_args"] == {"root": "photos"}
        assert "alice" not in str(written)
        found = card_of(written, tmp_path / "sets" / "expanded")
        assert found["data"]["init_args"] == {"root": str(photos)}
    monkeypatch.setenv("GANAUG_CACHE", str(tmp_path / "of another machine"))
    assert card_of(written, tmp_path)["data"]["init_args"] == {"root": "photos"}


@pytest.mark.parametrize("given", [True, False])
def test_a_manifest_counts_the_sources_that_a_model_was_given(flowers, tmp_path, given):
    from ganaug.synthesis.provenance import manifest_facts

    model = Checkpoint(SimpleNamespace(keeps_classes=True), card_of(), "", tmp_path / "a.ckpt")
    context = Context(model, sources=str(flowers) if given else None)
    trainer = SimpleNamespace(strategy=SimpleNamespace(root_device=torch.device("cpu")))
    facts = manifest_facts(context, trainer, tmp_path / "set")
    assert facts.get("source_counts") == ({"rose": 24, "tulip": 16} if given else None)


def test_networks_of_filters_are_on_the_device_of_the_set(monkeypatch):
    def network_of(_, purpose, device):
        return purpose, device

    monkeypatch.setattr("ganaug.evaluation.features.domain.network_of", network_of)
    context = Context(SimpleNamespace(model=None, card=card_of()), device="meta")
    context.data = None
    assert context.network == context.map_network == ("gate", "meta")
