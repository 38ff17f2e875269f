"""Choices use validation images, and test images only if those are too few."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from torch.utils.data import TensorDataset

import ganaug
from ganaug.evaluation.evaluator import Evaluator
from ganaug.evaluation.features.networks import DomainNetwork
from ganaug.evaluation.held_out import to_choose_by
from ganaug.evaluation.label_readers import learned_from
from ganaug.evaluation.real_data import opened, real_data
from ganaug.synthesis.dataset import SyntheticDataset
from ganaug.synthesis.real_folders import data_without_model, folder_like
from ganaug.training.checkpoints import Card
from ganaug.training.run import Run
from ganaug.utils.errors import UsageError
from helpers.image_folders import fill, load


@pytest.fixture
def photos(tmp_path):
    def made(validation):
        for split, count in {"train": 10, "val": validation, "test": 12}.items():
            for number, name in enumerate(("rose", "tulip")):
                first = 1000 * len(split) + 100 * number
                fill(tmp_path / split / name, count, first=first)
        return load(tmp_path, image_size=16)

    return made


def test_validation_images_alone(photos, capsys):
    data = photos(10)
    found = to_choose_by(data)
    assert torch.equal(found.images, data.images("validation")[0])
    assert torch.equal(found.labels, data.images("validation")[1])
    assert found.name == "validation"
    assert "too few" not in capsys.readouterr().out


def test_too_few_validation_images_are_supplemented_with_a_note(photos, capsys):
    data = photos(9)
    found = to_choose_by(data)
    assert len(found.images) == len(found.labels) == 18 + 24
    assert found.name == "validation and test"
    assert "18 validation images are too few to choose by" in capsys.readouterr().out


def test_an_evaluator_with_held_out_images_reads_no_test_images(photos):
    data = photos(10)
    network = DomainNetwork(3, 2, 16).eval()
    found = to_choose_by(data)
    labels = torch.arange(6) % 2
    chosen, tested = (
        Evaluator(data, network, "cpu", labels, 0, against)
        for against in ((found.images, found.labels), None)
    )
    assert torch.equal(chosen.held_out, found.images)
    assert len(chosen.reference) == 20
    assert torch.equal(tested.held_out, data.images("test")[0])
    assert len(tested.reference) == 24


@pytest.fixture
def run_of(tmp_path, monkeypatch):
    """Return a function that makes the folder of a run, whose images are the given data."""

    def made(data):
        run, loaded = tmp_path / "run", []
        (run / "checkpoints").mkdir(parents=True)
        (run / "config.yaml").touch()

        def load(place):
            loaded.append(place)
            return SimpleNamespace(card="card")

        monkeypatch.setattr("ganaug.training.checkpoints.load", load)
        monkeypatch.setattr("ganaug.training.fitted.unchanged_data_of", lambda card, root: data)
        return Run(run), loaded

    return made


def test_a_run_stands_for_the_images_it_was_fitted_on(photos, run_of, tmp_path):
    data = photos(10)
    run, loaded = run_of(data)
    dataset = SyntheticDataset.open(tmp_path / "train")
    assert real_data(dataset, run) is real_data(dataset, run.folder) is data
    assert opened(run, "data") is data
    assert loaded == [run.folder] * 3


@pytest.fixture
def flat(tmp_path):
    """Real images in one folder, their classes in a table elsewhere, and synthetic images."""
    fill(tmp_path / "photos", 40)
    files = sorted(file.name for file in (tmp_path / "photos").iterdir())
    rows = [f"{file},{('rose', 'tulip')[n % 2]}" for n, file in enumerate(files)]
    (tmp_path / "kinds.csv").write_text("\n".join(["file,what", *rows]))
    for number, name in enumerate(("rose", "tulip")):
        fill(tmp_path / "made" / name, 6, first=500 + 50 * number)
    return {
        "root": str(tmp_path / "photos"),
        "labels": str(tmp_path / "kinds.csv"),
        "label_column": "what",
    }


def test_a_dictionary_gives_a_folder_the_settings_of_a_fit(flat, tmp_path, capsys):
    dataset = SyntheticDataset.open(tmp_path / "made")
    data = real_data(dataset, flat)
    assert data.class_names == ("rose", "tulip")
    assert sum(data.class_counts.values()) == len(data.images("train")[0])
    assert data.image_size == 16
    assert "compared at 16 px" in capsys.readouterr().out
    assert real_data(dataset, flat, image_size=24).image_size == 24
    assert real_data(dataset, flat | {"image_size": 18}).image_size == 18


def test_a_table_stands_for_its_folder(flat, tmp_path):
    table = (tmp_path / "photos" / "kinds.csv").resolve()
    table.write_text((tmp_path / "kinds.csv").read_text().replace("what", "label"))
    # With two tables next to the images, neither is chosen by default.
    (table.parent / "other.csv").write_text(table.read_text().replace("tulip", "daisy"))
    dataset = SyntheticDataset.open(tmp_path / "made")
    assert real_data(dataset, str(table)).class_names == ("rose", "tulip")
    assert learned_from(table, 16, 3, "cpu").class_names == ("rose", "tulip")
    assert data_without_model(str(table), 16).class_names == ("rose", "tulip")
    card = SimpleNamespace(image_size=16, channels=3, data={"init_args": {}})
    assert folder_like(card, str(table)).class_names == ("rose", "tulip")


def test_a_folder_of_one_class_is_said_to_need_its_table(flat, tmp_path):
    dataset = SyntheticDataset.open(tmp_path / "made")
    alone = real_data(dataset, flat["root"])
    with pytest.raises(UsageError, match=r"If a table has their classes, give it as data"):
        _ = dataset.like(alone).labels
    with pytest.raises(UsageError, match=r"the classes, give it as data.labels, and the folder"):
        learned_from(flat["root"], 16, 3, "cpu")


def test_a_run_of_one_class_is_named_by_its_folder(flat, run_of):
    run, _ = run_of(ganaug.ImageFolder(flat["root"]))
    with pytest.raises(UsageError, match=f"real {re.escape(str(run.folder))} holds a single class"):
        learned_from(run, None, None, "cpu")


def test_labels_are_learned_from_a_folder_with_a_table(flat):
    reader = learned_from(flat, 16, 3, "cpu")
    assert reader.class_names == ("rose", "tulip")
    assert reader.files.image_size == 16


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lables": "x"}, r"there is no setting data.lables; did you mean 'labels'\?; use augm"),
        ({"root": None}, r"data.root is missing; give the folder of the real images"),
        ({"root": "mnist"}, r"data.root is mnist, .* leave out data.labels, data.label_column"),
        ({"image_size": 16}, r"image_size is 32, and the size of the images is known"),
    ],
)
def test_settings_that_a_folder_does_not_take(flat, tmp_path, change, message):
    dataset = SyntheticDataset.open(tmp_path / "made")
    with pytest.raises(UsageError, match=message):
        real_data(dataset, flat | change, image_size=32 if "image_size" in change else None)


def test_the_same_forms_of_real_images_are_read_everywhere(flat, tmp_path):
    data = opened(flat, "data")
    assert data.class_names == ("rose", "tulip")
    assert opened(data, "data") is data
    assert opened(tmp_path / "made", "data", {"image_size": 9}).image_size == 9
    assert opened("mnist", "data").num_classes == 10


@pytest.mark.parametrize("value", [TensorDataset(torch.zeros(2)), 3])
def test_other_forms_are_refused(value, flat, tmp_path):
    message = f"is a {type(value).__name__}; give a folder, mnist, a dictionary of"
    with pytest.raises(UsageError, match=f"data {message}"):
        real_data(SyntheticDataset.open(tmp_path / "made"), value)
    with pytest.raises(UsageError, match=f"data {message}"):
        ganaug.advise(value, out=tmp_path / "advice")
    with pytest.raises(UsageError, match=f"real {message}"):
        ganaug.label(images=tmp_path / "made", out=tmp_path / "labels.csv", real=value)
    with pytest.raises(UsageError, match=r"real is a \w+; give a folder, a run or a checkpoint"):
        ganaug.import_dataset(tmp_path / "made", tmp_path / "out", value)


def test_a_folder_named_like_the_sample_is_told_from_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for number, name in enumerate(("rose", "tulip")):
        fill(tmp_path / "mnist" / name, 6, first=50 * number)
    with pytest.raises(UsageError, match=r"mnist is both a folder here and .* give .* as ./mnist"):
        opened("mnist", "data")
    for folder in ("./mnist", Path("mnist"), {"root": "./mnist"}):
        assert opened(folder, "data").class_names == ("rose", "tulip")
    assert opened(ganaug.MNIST(), "data").num_classes == 10


@pytest.mark.parametrize("moved", [False, True])
def test_a_run_whose_images_have_changed_or_moved_says_to_give_their_folder(
    moved, photos, tmp_path, monkeypatch
):
    data = photos(10)
    card = Card.from_checkpoint({**data.card(), "model": "", "fingerprint": "another"})
    (tmp_path / "run" / "checkpoints").mkdir(parents=True)
    monkeypatch.setattr(
        "ganaug.training.checkpoints.load", lambda place: SimpleNamespace(card=card)
    )
    if moved:
        card.data["init_args"]["root"] = str(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match=r"real: the images of .*run have changed or moved; give"):
        opened(tmp_path / "run", "real")


@pytest.mark.parametrize("root", ["mnist", "run"])
def test_settings_that_would_be_ignored_are_refused(root, run_of, tmp_path):
    run_of("data")
    root = "mnist" if root == "mnist" else str(tmp_path / root)
    assert opened({"root": root}, "data") is not None
    with pytest.raises(UsageError, match=r"data.root is .* leave out data.labels, data.channels"):
        opened({"root": root, "labels": "x.csv", "channels": 3}, "data")


def test_settings_that_the_real_images_have_already_are_refused(flat):
    for real in (opened(flat, "real"), flat | {"image_size": 16}):
        with pytest.raises(UsageError, match=r"image_size is 24, and `real` has its own image_si"):
            learned_from(real, 24, None, "cpu")
