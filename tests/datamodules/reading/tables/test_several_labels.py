"""Several labels of one image do not form a class."""

import json

import pytest

from datamodules.errors import DataError
from helpers.archive import Archive
from helpers.image_folders import load


@pytest.fixture
def photos(tmp_path):
    a = Archive(tmp_path)
    a.images("images", 40)
    return a


def write_labels(a, labels):
    rows = [f'{n:03}.png,"{labels[n % len(labels)]}"' for n in range(40)]
    a.text("labels.csv", "\n".join(["file,label", *rows]))


@pytest.mark.parametrize("between", ["|", ";", "; ", ",", ", ", " ", " & ", "+"])
def test_joined_labels_are_refused_unless_the_classes_are_named(photos, between):
    write_labels(photos, ["cat", "dog", f"cat{between}dog"])
    with pytest.raises(DataError, match=r"gives an image the label 'cat.*and an image has one"):
        _ = load(photos.root).num_classes
    assert load(photos.root, classes=["cat", "dog"]).class_names == ("cat", "dog")


def test_lists_of_labels_in_json_are_refused_and_lists_of_one_are_read(photos):
    kinds = [["cat"], ["dog"], ["cat", "dog"]]
    rows = [{"file": f"{n:03}.png", "labels": kinds[n % 3]} for n in range(40)]
    pairs = {row["file"]: row["labels"] for row in rows}
    for content in (rows, pairs):
        photos.text("labels.json", json.dumps(content))
        with pytest.raises(DataError, match=r"gives an image the label 'cat\|dog'"):
            _ = load(photos.root).num_classes
    photos.text("labels.json", json.dumps([{**row, "labels": row["labels"][:1]} for row in rows]))
    assert load(photos.root).class_names == ("cat", "dog")


def test_a_class_that_looks_like_several_is_read_if_it_is_named(photos):
    names = ("T-shirt", "T-shirt/top", "top")
    write_labels(photos, names)
    with pytest.raises(DataError, match="include 'T-shirt/top' if it is a class"):
        _ = load(photos.root).num_classes
    assert load(photos.root, classes=list(names)).class_names == names


@pytest.mark.parametrize(
    "names",
    [
        ("lion", "oak, red", "red fox", "sea lion", "wine (red/white)"),
        ("3", "3+4", "4"),
        ("A", "A+", ""),
        ("+", "-", ""),
        ("a", "no, 1e3; x"),
    ],
)
def test_names_of_several_words_and_signs_are_classes(photos, names):
    write_labels(photos, names)
    assert load(photos.root).class_names == tuple(filter(None, names))
