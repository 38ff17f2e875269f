"""ganaug's own outputs inside or next to the data are never read as data."""

import errno
from pathlib import Path

import pytest

from datamodules.errors import DataError
from datamodules.reading.folders.outputs import is_manifest, is_output, refuse_inside
from ganaug.evaluation.files import picture_file
from ganaug.evaluation.labelling import label
from ganaug.evaluation.result import Evaluation
from helpers.archive import Archive
from helpers.image_folders import everything, fill, load, write

MANIFEST = '{"metadata_sha256": ""}'


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
    # Otherwise, a table of predictions would be read as the labels of the images next to it.
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


def test_a_set_whose_manifest_cannot_be_opened_is_no_data(tmp_path, monkeypatch):
    (tmp_path / "images").mkdir()
    manifest = tmp_path / "manifest.json"
    assert not is_manifest(manifest)
    manifest.mkdir()
    assert not is_manifest(manifest)
    assert not is_manifest(Path(__file__) / "manifest.json")

    def refused(_):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refused)
    assert is_manifest(manifest)
    assert is_output(tmp_path)
