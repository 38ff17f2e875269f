"""The files that `advise` writes: augmentation, images, README and report."""

from types import SimpleNamespace
from urllib.parse import unquote

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.datasets import ImageFolder

import ganaug
from datamodules.augmentation import load_augmentation
from datamodules.errors import DataError
from datamodules.mnist import MNISTDataModule
from ganaug.evaluation.advice.images.image_folder import write_image_folder
from ganaug.evaluation.advice.images.training_images import TrainingImages, files_of, stores_of
from ganaug.evaluation.advice.images.training_table import Row, read_rows
from ganaug.evaluation.advice.output.words import snippet
from ganaug.evaluation.advice.search.candidates import Candidate
from ganaug.utils.errors import UsageError
from ganaug.utils.pixels import to_float
from helpers.few_steps import few_steps
from helpers.quick_advice import QUICK, data_of
from helpers.quick_classifiers import LINEAR, linear


def test_the_augmentation_is_a_file_of_albumentations(advised, tmp_path):
    import albumentations

    assert advised.recommended.augmentation == "none"
    kept = albumentations.load(advised.folder / "augmentation.yaml", data_format="yaml")
    image = np.arange(64, dtype=np.uint8).reshape(8, 8, 1)
    assert np.array_equal(kept(image=image)["image"], image)


@pytest.mark.parametrize("name", ["elastic", "trivial", "rand"])
def test_a_saved_augmentation_is_the_named_one(name, tmp_path):
    named = load_augmentation(name, 16, 3)
    (tmp_path / "augmentation.yaml").write_text(named.to_yaml())
    saved = load_augmentation(str(tmp_path / "augmentation.yaml"), 16, 3)
    (inner,) = saved.compose.transforms
    assert inner.to_dict() == named.compose.to_dict()
    image = np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    saved.seed(1)
    assert not np.array_equal(saved(image), image)


def test_files_of_augmentations_are_called_by_their_names_alone(photos, tmp_path):
    files = [tmp_path / folder / "own.yaml" for folder in "ab"]
    for file, name in zip(files, ("mirror", "light"), strict=True):
        file.parent.mkdir()
        file.write_text(load_augmentation(name, 16, 1).to_yaml())
    data = data_of(photos, channels=1, validation=0.0)
    given = {**QUICK, "trials": 33, "augmentation": [str(each) for each in files]}
    with few_steps():
        advice = ganaug.advise(data, out=tmp_path / "advice", **given)
    tried = {each.candidate.augmentation for each in advice.tried}
    assert tried == {"none", "own.yaml", "own (2).yaml"}
    written = [path for path in advice.folder.iterdir() if path.suffix in (".json", ".md", ".html")]
    assert len(written) >= 4
    assert not any(str(tmp_path / "a") in path.read_text() for path in written)


def test_the_images_can_be_had_as_class_folders(advised, photos, tmp_path):
    advised.write_images(tmp_path / "images")
    found = ImageFolder(tmp_path / "images" / "images")
    assert found.classes == ["across", "down"]
    assert len(found) == 24
    rows = read_rows(tmp_path / "images" / "train.csv", advised.class_names)
    own = read_rows(advised.folder / "train.csv", advised.class_names)
    for row, was in zip(rows, own, strict=True):
        written = tmp_path / "images" / row.file
        assert written.read_bytes() == (photos / was.file).read_bytes()
        assert written.parent.name == row.label == was.label
        assert row.weight == was.weight
    (kept,) = [path.name for path in tmp_path.iterdir() if path.name.endswith("images")]
    assert kept == "images"


def test_no_folder_is_written_over(advised, photos, tmp_path):
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"exists, and is not overwritten; give a new one"):
        advised.write_images(tmp_path / "images")
    with pytest.raises(UsageError, match=r"mine\.txt exists, and is not overwritten"):
        advised.write_images(tmp_path / "images" / "mine.txt")
    with pytest.raises(DataError, match="folder"):
        advised.write_images(photos / "train" / "more")
    (tmp_path / "empty").mkdir()
    assert len(list(advised.write_images(tmp_path / "empty").rglob("*.png"))) == 24


def test_images_without_files_are_written_as_png(tmp_path):
    data = MNISTDataModule(classes=[3, 8], per_class=2, image_size=16, validation=0.0)
    rows = [Row(file, "3", 1.0) for file in files_of(data)]
    write_image_folder(tmp_path / "out", rows, stores_of(rows, data, {}), 16, ["3", "8"])
    found = ImageFolder(tmp_path / "out" / "images", loader=Image.open)
    expected = data.images("train")[0]
    for place, (image, _) in enumerate(found):
        assert np.array_equal(np.asarray(image), expected[place, 0].numpy())


def test_files_that_loaders_would_show_otherwise_are_converted(tmp_path):
    exif = Image.Exif()
    exif[274] = 6  # to be turned by 90 degrees
    for name in ("cat", "dog"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for number in range(2):
            picture = Image.new("RGB", (30, 20), (50 * number, 90, 2 * ord(name[0])))
            turned = {"exif": exif} if number else {}
            picture.save(tmp_path / f"photos/{name}/{number}.jpg", **turned)
    data = data_of(tmp_path / "photos", validation=0.0, test=0.0)
    rows = [Row(file, file[:3], 1.0) for file in files_of(data)]
    write_image_folder(tmp_path / "out", rows, stores_of(rows, data, {}), 16, ["cat", "dog"])
    found = ImageFolder(tmp_path / "out" / "images", loader=Image.open)
    assert sorted(image.size for image, _ in found) == [(20, 30)] * 2 + [(30, 20)] * 2
    assert {name[-4:] for name, _ in found.samples} == {".jpg", ".png"}


def test_classes_with_odd_names_stay_in_the_folder(tmp_path):
    data = MNISTDataModule(classes=[3, 8], per_class=1, image_size=16, validation=0.0)
    names = ("..", "dog/wolf")
    rows = [Row(file, name, 1.0) for file, name in zip(files_of(data), names, strict=True)]
    write_image_folder(tmp_path / "out", rows, stores_of(rows, data, {}), 16, names)
    found = [file.relative_to(tmp_path / "out").as_posix() for file in tmp_path.rglob("*.png")]
    assert {file.split("/")[1] for file in found} == {"%2E%2E", "dog%2Fwolf"}
    again = read_rows(tmp_path / "out" / "train.csv", names)
    assert {row.file: row.label for row in again} == {
        file: unquote(file.split("/")[1]) for file in found
    }


def test_the_lines_of_the_readme_train_what_is_recommended(advised, photos, monkeypatch, tmp_path):
    text = (advised.folder / "README.md").read_text()
    code = text.partition("```python\n")[2].partition("```")[0]
    assert len(code.splitlines()) <= 14
    names: dict = {}
    torch.manual_seed(0)
    monkeypatch.chdir(advised.folder.parent)
    exec(code, names)
    images, labels = data_of(photos).images("test")
    with torch.no_grad():
        right = names["network"].eval()(to_float(images)).argmax(dim=1) == labels
    assert right.float().mean() > 0.6
    assert text.startswith(f"# What to train on\n\nTrain the classifier {LINEAR} on")


@pytest.mark.parametrize(
    "recipe",
    [
        Candidate("small", "light", "equal", "mixup"),
        Candidate("small", "none", "equal", "cutmix", synthetic="made", way="pre-training"),
        Candidate("imagenet", decay=3.0),
    ],
)
def test_the_lines_for_every_recipe_run(recipe, monkeypatch):
    images = torch.zeros(8, 1, 16, 16, dtype=torch.uint8)
    data = TrainingImages(images, [Row("a", "x", 1.0), Row("b", "y", 1.0)] * 4, ["x", "y"])
    parts = []
    advice = SimpleNamespace(
        class_names=["x", "y"],
        train_dataset=lambda part="train": parts.append(part) or data,
        network=lambda: linear(1, 2, 16),
    )
    monkeypatch.setattr(ganaug, "load_advice", lambda folder: advice, raising=False)
    names: dict = {}
    exec(snippet(recipe, "advice", 4), names)
    assert names["optimizer"].param_groups[0]["weight_decay"] == pytest.approx(0.01 * recipe.decay)
    assert parts == (["pretrain", "train"] if recipe.way else ["train"])


def test_the_report_is_in_the_folder(advised):
    page = (advised.folder / "report.html").read_text()
    assert f"Train the classifier {LINEAR} on your real images" in page
    assert all(each.candidate.name in page for each in advised.tried)
