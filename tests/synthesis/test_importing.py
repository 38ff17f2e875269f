"""import_dataset: images that another program made, planned, filtered and written as our own."""

import numpy as np
import pytest
import torch
from PIL import Image

from ganaug.cli import synthesize as command
from ganaug.evaluation.features.choosing import features_for
from ganaug.models.gan import GAN
from ganaug.synthesis.dataset import SyntheticDataset
from ganaug.synthesis.filters.base import FilterResult
from ganaug.synthesis.importing import import_dataset
from ganaug.synthesis.synthesize import synthesize
from ganaug.training.checkpoints import CARD_KEY, load
from ganaug.utils.errors import UsageError
from helpers.image_folders import fill
from helpers.image_folders import load as photos_of
from helpers.plain_checkpoints import SETTINGS


@pytest.fixture
def fit(tmp_path):
    """A model of 8 gray pixels, fitted on photographs of two classes."""
    for number, name in enumerate(("rose", "sunflower")):
        fill(tmp_path / "photos" / name, 20, first=1000 * number)
    data = photos_of(tmp_path / "photos", channels=1)
    content = {"state_dict": GAN(**SETTINGS).state_dict(), "hyper_parameters": SETTINGS}
    content[CARD_KEY] = {"model": "ganaug.models.gan.GAN", **data.card()}
    torch.save(content, tmp_path / "a.ckpt")
    return tmp_path / "a.ckpt"


@pytest.fixture
def made(tmp_path):
    """Images of 30 by 20 pixels in color, 70 of one class and 3 of the other."""
    (tmp_path / "made").mkdir()
    random = np.random.default_rng(7)
    for name, count in {"ROSE": 70, "Sun Flower": 3}.items():
        (tmp_path / "made" / name).mkdir()
        for number in range(count):
            pixels = random.integers(0, 256, (20, 30, 3), np.uint8)
            Image.fromarray(pixels).save(tmp_path / "made" / name / f"{number}.webp", lossless=True)
    return tmp_path / "made"


def test_images_are_those_of_the_folder_and_each_row_names_its_file(fit, made, tmp_path):
    dataset = import_dataset(made, tmp_path / "set", fit)
    like = SyntheticDataset.open(made).like(load(fit).card)
    assert torch.equal(dataset.images, like.images)
    assert torch.equal(dataset.labels, like.labels)
    assert dataset.counts == {"rose": 70, "sunflower": 3}
    assert [row["source"] for row in dataset.metadata] == like.files
    assert dataset.metadata[2] | {"sha256": ""} == {
        **dict.fromkeys(dataset.metadata[2], ""),
        "file_name": "images/rose/folder_000002.png",
        "label": "rose",
        "class_index": "0",
        "origin": "synthetic",
        "method": "folder",
        "sample_index": "2",
        "source": "ROSE/2.webp",
    }
    assert dataset.verify().sound
    assert dataset.made_elsewhere
    assert dataset.data().class_names == ("rose", "sunflower")


def test_the_same_call_goes_on_and_other_images_are_another_set(fit, made, tmp_path):
    first = import_dataset(made, tmp_path / "set", fit).manifest
    assert import_dataset(made, tmp_path / "set", fit).manifest == first
    (made / "ROSE/1.webp").rename(made / "ROSE/99.webp")
    with pytest.raises(UsageError, match=r"holds another run; what differs: sources"):
        import_dataset(made, tmp_path / "set", fit)


def test_filters_and_quotas_are_kept(fit, made, tmp_path, monkeypatch, capsys):
    class Even:
        facts = {"even": True}  # noqa: RUF012 - it is not changed

        def judge(self, batch):
            return FilterResult({"even": torch.tensor([i % 2 == 0 for i in batch.indices])}, {})

    monkeypatch.setattr(
        "ganaug.synthesis.synthesize.build_filters", lambda named, context: [Even()]
    )
    dataset = import_dataset(made, tmp_path / "set", fit, filters=["memorized"])
    assert dataset.counts == {"rose": 35, "sunflower": 2}
    assert dataset.short == {"rose": 35, "sunflower": 1}
    assert "warning: 2 classes are short of images: rose (35 of 70" in capsys.readouterr().out
    assert dataset.metadata[1]["source"] == "ROSE/2.webp"
    few = import_dataset(made, tmp_path / "few", fit, per_class=2, filters=["memorized"])
    assert few.counts == {"rose": 2, "sunflower": 2}
    with pytest.raises(UsageError, match=r"method 'folder' has 3 images: plan at most 3 with"):
        import_dataset(made, tmp_path / "many", fit, per_class=4)
    plan = import_dataset(made, tmp_path / "none", fit, dry_run=True)
    assert plan.images == {"folder": {"rose": 70, "sunflower": 3}}
    assert not (tmp_path / "none").exists()


def test_a_folder_of_real_images_serves_without_a_model(made, tmp_path):
    for number, name in enumerate(("rose", "sunflower", "tulip")):
        fill(tmp_path / "photos" / name, 20, first=1000 * number)
    dataset = import_dataset(made, tmp_path / "set", tmp_path / "photos", image_size=9)
    assert dataset.class_names == ("rose", "sunflower", "tulip")
    assert dataset.images.shape == (73, 3, 9, 9)
    assert dataset.data().num_classes == 3


def test_nothing_real_need_be_known(made, tmp_path):
    dataset = import_dataset(made, tmp_path / "set")
    assert dataset.counts == {"ROSE": 70, "Sun Flower": 3}
    assert dataset.images.shape == (73, 3, 20, 20)
    assert dataset.verify().sound
    with pytest.raises(UsageError, match=r"there is no manifest\.json"):
        dataset.data()
    with pytest.raises(UsageError, match="the real images are not known; give them as `data_r"):
        import_dataset(made, tmp_path / "other", filters=["agreement=0.5"])


@pytest.mark.parametrize("known", [True, False])
def test_what_helped_to_train_the_model_of_imported_images_stays_known(fit, tmp_path, known):
    content = torch.load(fit)
    content[CARD_KEY]["trained_with"] = ["lite0"]
    torch.save(content, tmp_path / "b.ckpt")
    made = synthesize(tmp_path / "b.ckpt", tmp_path / "made", per_class=4, accelerator="cpu")
    real = fit if known else None
    dataset = import_dataset(made.folder, tmp_path / "set", real)
    assert dataset.trained_with == made.trained_with == ("lite0",)
    again = import_dataset(dataset.folder, tmp_path / "again", real)
    with pytest.raises(UsageError, match="imagenet, whose network lite0 helped to train"):
        features_for(again, "imagenet")
    if known:
        with pytest.raises(UsageError, match="filter_features is imagenet, whose network lite0"):
            import_dataset(
                made.folder,
                tmp_path / "filtered",
                real,
                filters=["memorized"],
                filter_features="imagenet",
            )


def test_images_without_a_class_are_refused_before_anything_is_written(made, tmp_path):
    fill(tmp_path / "loose", 3)
    with pytest.raises(UsageError, match=r"images in .*loose have no class; give a folder .*data_"):
        import_dataset(tmp_path / "loose", tmp_path / "set")
    assert not (tmp_path / "set").exists()


def test_a_plan_by_real_images_that_are_not_known_is_refused(made, tmp_path):
    with pytest.raises(UsageError, match=r"holds no images, .* not known; give per_class"):
        import_dataset(made, tmp_path / "set", multiply=2.0)
    assert len(import_dataset(made, tmp_path / "set", per_class=2)) == 4


def test_the_command(fit, made, tmp_path, capsys):
    words = ["--method", "folder", "--sources", str(made), "--ckpt", str(fit)]
    command.main([*words, "--out", str(tmp_path / "set"), "--trainer.accelerator", "cpu"])
    said = capsys.readouterr().out
    assert "'ROSE' is rose, 'Sun Flower' is sunflower" in said
    assert f"tools/evaluate.py --synthetic {tmp_path / 'set'}\n" in said


def test_what_can_not_be_imported(fit, made, tmp_path):
    with pytest.raises(UsageError, match="`sources` is missing"):
        synthesize(fit, tmp_path / "set", method="folder", accelerator="cpu")
    with pytest.raises(UsageError, match="import_dataset sets `method` itself"):
        import_dataset(made, tmp_path / "set", fit, method="model")
    (made / "Lily").mkdir()
    fill(made / "Lily", 1)
    with pytest.raises(UsageError, match=r"has the class 'Lily', which the real images do not"):
        import_dataset(made, tmp_path / "set", fit)
    assert not (tmp_path / "set").exists()
