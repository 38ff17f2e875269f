"""Remarks on folders of channels or views, and errors on file names that contain folders."""

import os

import pytest

from datamodules.errors import DataError
from helpers.archive import Archive
from helpers.image_folders import follow, load

SAID = "are classes and hold images of the same names, as channels or views of the same scenes do"


def build(root, names, file="well_{:02}.png", count=20):
    a = Archive(root)
    for name in names:
        a.images(name, count, file.replace("@", name))
    return a


@pytest.mark.parametrize(
    "names",
    [
        ("BF", "DAPI", "GFP"),
        ("left", "right"),
        ("nir", "rgb"),
        ("HR", "LR"),
        ("input", "target"),
        ("100X", "40X"),
        ("cell_ch1", "cell_ch2"),
    ],
)
def test_channels_and_views_are_named_with_groups_that_keep_scenes_together(
    tmp_path, names, capsys
):
    build(tmp_path, names)
    assert load(tmp_path).class_names == names
    said = capsys.readouterr().out
    assert f"'{names[-1]}' {SAID}" in said
    data = follow(said, tmp_path)
    kept = {s: {path[-11:] for path in data.paths(s)} for s in ("train", "test")}
    assert kept["test"]
    assert not kept["train"] & kept["test"]


def test_names_that_hold_the_channel_are_compared_without_it(tmp_path, capsys):
    build(tmp_path, ("DAPI", "GFP"), "A{:02}_@.png")
    assert load(tmp_path).num_classes == 2
    said = capsys.readouterr().out
    assert SAID in said
    assert "set groups to a CSV with the columns file and group" in said


@pytest.mark.parametrize("names", [("cat", "dog"), ("blue", "red"), ("DAPI", "cat")])
def test_equal_names_in_other_folders_are_usual(tmp_path, names, capsys):
    build(tmp_path, names)
    assert load(tmp_path).num_classes == 2
    assert SAID not in capsys.readouterr().out


def test_sides_of_other_things_are_classes(tmp_path, capsys):
    a = Archive(tmp_path)
    for place, name in enumerate(("left", "right")):
        a.images(name, 20, first=100 * place)
    assert load(tmp_path).num_classes == 2
    assert SAID not in capsys.readouterr().out


@pytest.mark.skipif(os.sep == "\\", reason="no name holds a backslash there")
def test_backslashes_in_names_are_folders_of_an_archive(tmp_path):
    a = Archive(tmp_path)
    for number, name in enumerate(("train\\cat\\{:03}.png", "train\\dog\\{:03}.png")):
        a.images(".", 10, name, first=10 * number)
    with pytest.raises(DataError, match="unpack it again with unzip, which creates"):
        _ = load(tmp_path).num_classes
