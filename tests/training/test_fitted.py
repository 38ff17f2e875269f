"""The data that a checkpoint was fitted on, made again."""

from types import SimpleNamespace

import pytest

from datamodules.errors import DataError
from ganaug.training import fitted
from ganaug.training.fitted import data_of, refuse_in_data, unchanged_data_of
from ganaug.utils.errors import UsageError
from helpers.image_folders import fill, load


def test_images_that_have_changed_hold_nothing_out(tmp_path):
    for number, name in enumerate(("rose", "tulip")):
        fill(tmp_path / name, 12, first=100 * number)
    data = load(tmp_path)
    known = data.card()
    card = SimpleNamespace(
        data=known, class_names=data.class_names, fingerprint=known["fingerprint"]
    )
    assert unchanged_data_of(card, None).fingerprint == data.fingerprint
    fill(tmp_path / "rose", 12, first=900)
    assert data_of(card, None).fingerprint != data.fingerprint
    with pytest.raises(UsageError, match="can't be told which of them it was fitted on"):
        unchanged_data_of(card, None)


def test_classes_that_a_file_names_later_keep_the_numbers_of_the_fit(tmp_path):
    for number in range(3):
        fill(tmp_path / str(number), 12, first=100 * number)
    data = load(tmp_path)
    card = SimpleNamespace(data=data.card(), class_names=data.class_names)
    (tmp_path / "classes.txt").write_text("rose\ntulip\nlily\n")
    assert load(tmp_path).class_names == ("lily", "rose", "tulip")
    again = data_of(card, None)
    assert again.class_names == ("0", "1", "2")
    assert again.fingerprint == data.fingerprint
    (tmp_path / "2").rename(tmp_path / "oak")
    with pytest.raises(UsageError, match="the real images now have the classes 0, 1, oak"):
        data_of(card, None)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"archive": "scans.zip"}, "data is a Scans, which has no setting root; leave data_root"),
        ({"source": "a", "target": "b"}, "data came from a and b; put the images back there"),
    ],
)
def test_data_without_a_root_takes_none(settings, said, monkeypatch):
    monkeypatch.setattr(fitted, "_data_class", lambda _: type("Scans", (), {}))
    card = SimpleNamespace(data={"class_path": "mine.Scans", "init_args": settings})
    with pytest.raises(UsageError, match=f"^data_root: the checkpoint's {said}"):
        data_of(card, "elsewhere")


def test_images_are_not_written_among_those_of_the_fit(tmp_path):
    folders = {"class_path": "x.UnpairedFoldersDataModule", "init_args": {}}
    for name in ("source", "target"):
        folders["init_args"] = {name: str(tmp_path / "horses")}
        with pytest.raises(DataError, match=r"copy_to '.*' lies in the images' folder '.*horses'"):
            refuse_in_data(tmp_path / "horses/sorted", folders, "copy_to")
    photos = {"class_path": "x.ImageFolderDataModule", "init_args": {"root": str(tmp_path / "a")}}
    with pytest.raises(DataError, match="lies in the images' folder"):
        refuse_in_data(tmp_path / "a/walk.png", photos, "out")
    refuse_in_data(tmp_path / "a/walk.png", photos, "out", data_root=str(tmp_path / "b"))
    mnist = {"class_path": "x.MNISTDataModule", "init_args": {"root": str(tmp_path / "a")}}
    refuse_in_data(tmp_path / "a/walk.png", mnist, "out")
