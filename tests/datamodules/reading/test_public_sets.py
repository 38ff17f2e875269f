"""Data sets as they unzip: read right, or refused with the folders and the argument to set."""

from pathlib import Path

import pytest

from datamodules.errors import DataError
from datamodules.reading.outputs import refuse_inside
from ganaug.evaluation.files import picture_file
from ganaug.evaluation.labelling import label
from ganaug.evaluation.result import Evaluation
from helpers.image_folders import everything, fill, load, write
from helpers.public_sets import READ, REFUSED, Archive, by_class

MANIFEST = '{"metadata_sha256": ""}'


@pytest.mark.parametrize("build", READ, ids=lambda build: build.__name__)
def test_read_right(build, tmp_path):
    build(Archive(tmp_path / "archive"))
    train, test = READ[build]
    data = load(tmp_path / "archive")
    assert by_class(data, "train") == train
    if test:
        assert by_class(data, "test") == test
    assert not [path for path in everything(data) if "mask" in path.rsplit("/", 1)[-1]]
    assert not [path for path in everything(data) if "/masks/" in path or "unlabel" in path]


@pytest.mark.parametrize("build", REFUSED, ids=lambda build: build.__name__)
def test_refused_with_folders_and_argument(build, tmp_path):
    build(Archive(tmp_path / "archive"))
    with pytest.raises(DataError) as caught:
        _ = load(tmp_path / "archive").num_classes
    assert [part for part in REFUSED[build] if part not in str(caught.value)] == []


def test_the_named_argument_resolves_it(tmp_path):
    for build, options in ((REFUSED_BY[name], options) for name, options in WAYS_OUT.items()):
        root = tmp_path / build.__name__
        build(Archive(root))
        assert load(root, **options).num_classes == len(options.get("classes", "ab")), build


REFUSED_BY = {build.__name__: build for build in REFUSED}
WAYS_OUT = {
    "office_31": {"labels": "([^/]+)/[^/]+$"},
    "folds": {"classes": ["fold0", "fold1", "fold2"]},
    "mvtec_bottle": {"classes": ["good"]},
    "mvtec": {"classes": ["bottle", "cable"]},
    "extra_beside_splits": {"ignore": ["more pictures"]},
    "test_and_validation_alone": {"classes": ["test", "validation"]},
    "ham10000": {"labels": "HAM10000_metadata.csv"},
    "isic_2020": {"label_column": "target", "labels": "train.csv"},
    "nih_chest": {"classes": ["Mass", "No Finding"]},
    "oxford_pets": {"labels": "(great_pyrenees|beagle|Abyssinian)_", "classes": ["beagle"]},
    "severity_table": {"ignore": ["info.csv"], "classes": ["images"]},
    "half_labelled": {"labels": "photos/labels.csv"},
    "dogs_vs_cats": {"classes": ["dogs_vs_cats"]},
    "test_next_to_classes": {"ignore": ["test"]},
    "annotations_next_to_classes": {"ignore": ["annot*"]},
}


def test_what_is_passed_over_is_said(tmp_path, capsys):
    by_name = {build.__name__: build for build in READ}
    by_name["busi"](Archive(tmp_path / "a"))
    assert load(tmp_path / "a").num_classes == 3
    assert "data: passed over masks: 62, such as" in capsys.readouterr().out
    by_name["patients_in_classes"](Archive(tmp_path / "p"))
    assert load(tmp_path / "p").num_classes == 2
    said = "the folders in 'benign', 'malignant', such as 'A', 'B' and 1 more, are not told apart"
    assert said in capsys.readouterr().out
    by_name["chest_xray"](Archive(tmp_path / "b"))
    assert load(tmp_path / "b").num_classes == 2
    assert "data: passed over second copies: 1, such as" in capsys.readouterr().out
    by_name["flat_test"](Archive(tmp_path / "c"))
    assert load(tmp_path / "c").num_classes == 2
    assert "data: passed over folders of images without a class: 1" in capsys.readouterr().out


def test_a_second_copy_that_differs_is_refused(tmp_path):
    a = Archive(tmp_path)
    for root in (".", "copy"):
        a.images(f"{root}/train/cat", 9)
        a.images(f"{root}/test/cat", 9 if root == "." else 8)
    with pytest.raises(DataError, match=r"'copy'"):
        _ = load(tmp_path).num_classes


def test_runs_and_sets_inside_the_data_are_never_read(tmp_path, monkeypatch):
    photos = tmp_path / "photos"
    fill(photos / "rose", 20)
    fill(photos / "tulip", 20, 100)
    before = everything(load(photos))
    a = Archive(photos)
    run = "runs/dcgan/version_0"
    a.text(f"{run}/config.yaml", "model: x")
    a.text(f"{run}/checkpoints/last.ckpt", "x")
    a.images(f"{run}/samples", 5)
    a.images("rose/expanded/images/rose", 5)
    a.text("rose/expanded/manifest.json", MANIFEST)
    a.images("unfinished/images/rose", 5)
    a.text("unfinished/.unfinished/run.json", "{}")
    monkeypatch.chdir(photos)
    assert len(before) == 40
    assert len(everything(load("."))) == 40
    assert load(".").class_names == ("rose", "tulip")


def test_runs_next_to_loose_images_leave_them_the_set(tmp_path):
    fill(tmp_path / "photos", 20)
    a = Archive(tmp_path / "photos")
    a.text("runs/dcgan/version_0/config.yaml", "model: x")
    a.text("runs/dcgan/version_0/checkpoints/last.ckpt", "x")
    a.images("runs/dcgan/version_0", 5, "sheet{}.png")
    assert len(everything(load(tmp_path / "photos"))) == 20


def test_outputs_inside_the_data_that_would_be_read_are_refused(tmp_path):
    fill(tmp_path / "photos" / "rose", 3)
    for place in ("photos/sorted", "photos", "photos/rose/walk.png"):
        with pytest.raises(DataError, match=r"copy_to '.*' lies in the images' folder"):
            refuse_inside(tmp_path / place, tmp_path / "photos", "copy_to")
    refuse_inside(tmp_path / "photos2", tmp_path / "photos", "copy_to")
    with pytest.raises(DataError, match="lies in the images' folder"):
        label(
            images=tmp_path / "photos",
            out=tmp_path / "labels.csv",
            real=tmp_path / "photos",
            copy_to=tmp_path / "photos" / "sorted",
        )
    # A table of predictions would be read as the labels of the images next to it.
    with pytest.raises(DataError, match=r"out '.*labels.csv' lies in the images' folder"):
        label(images=tmp_path / "photos", out=tmp_path / "photos/labels.csv", real=tmp_path / "x")


@pytest.mark.parametrize("name", ["metrics", "metrics-quick", "mine"])
def test_pictures_of_an_evaluation_are_passed_over(tmp_path, name):
    fill(tmp_path / "photos", 20)
    picture = tmp_path / "photos" / picture_file(Path(f"{name}.json"))
    write(picture, 999)
    assert len(everything(load(tmp_path / "photos"))) == 21  # a photo of that name is the user's
    Evaluation({}).to_json(tmp_path / "photos" / f"{name}.json")
    assert len(everything(load(tmp_path / "photos"))) == 20


@pytest.mark.parametrize("place", ["", "rose/"])
def test_what_each_tool_writes_into_the_data_is_passed_over(tmp_path, place):
    for number, name in enumerate(("rose", "tulip")):
        fill(tmp_path / "photos" / name, 20, first=100 * number)
    a = Archive(tmp_path / "photos" / place)
    a.number = 900
    a.text("expanded/manifest.json", MANIFEST)  # synthesize
    a.images("expanded/images/rose", 5)
    a.text("begun/.unfinished/run.json", "{}")
    a.images("begun/images/rose", 5)
    a.text("shards/manifest.json", MANIFEST)
    a.text("shards/metadata.csv", "file,label\nimages/rose/0.png,rose")
    a.text("shards/shard-000000.tar", "x")
    a.text("utility/utility.json", "{}")
    a.text("utility/metadata.json", "{}")
    a.text("report.json", '{"writer": "ganaug tools/report.py"}')
    a.text("report.html", "x")
    a.text("vae/version_0/config.yaml", "seed_everything: 0")  # trainer.default_root_dir
    a.images("vae/version_0/samples", 5, "sheet{}.png")
    data = load(tmp_path / "photos")
    assert data.class_names == ("rose", "tulip")
    assert len(everything(data)) == 40


def test_a_run_that_stopped_before_its_first_checkpoint_is_one(tmp_path):
    fill(tmp_path / "photos", 20)
    a = Archive(tmp_path / "photos")
    a.text("runs/dcgan/version_0/config.yaml", "seed_everything: 0\nmodel: x")
    a.images("runs/dcgan/version_0", 5, "sheet{}.png")
    assert len(everything(load(tmp_path / "photos"))) == 20
