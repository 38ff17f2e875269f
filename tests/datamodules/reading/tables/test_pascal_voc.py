"""Pascal VOC: lists of splits are used, and lists of classes are never read as splits."""

import pytest

from datamodules.errors import DataError
from helpers.archive import Archive
from helpers.image_folders import load

SPLITS = {"train": range(24), "val": range(24, 32), "test": range(32, 40)}
OBJECT = "<annotation><object><name>cat</name><bndbox><xmin>1</xmin></bndbox></object></annotation>"


@pytest.fixture(params=["street", "street/VOC2012"])
def voc(request, tmp_path):
    a = Archive(tmp_path / request.param)
    a.images("JPEGImages", 40, "2008_{:06}.jpg")
    a.root = tmp_path / request.param / "ImageSets" / "Main"
    return a


@pytest.fixture
def street(tmp_path):
    return tmp_path / "street"


def write_lists(a, splits=SPLITS):
    for split, numbers in splits.items():
        a.text(f"{split}.txt", "".join(f"2008_{n:06}\n" for n in numbers))


def write_classes(a):
    for place, name in enumerate(("cat", "dog")):
        for split, numbers in SPLITS.items():
            lines = [f"2008_{n:06} {1 if n % 2 == place else -1:2}\n" for n in numbers]
            a.text(f"{name}_{split}.txt", "".join(lines))


def counts(data):
    return [len(data.paths(split)) for split in ("train", "validation", "test")]


def test_lists_of_splits_are_used(voc, street, capsys):
    write_lists(voc, {**SPLITS, "trainval": range(32)})
    assert counts(load(street)) == [24, 8, 8]
    assert "splits of 40 images from train.txt" in capsys.readouterr().out


def test_those_for_training_and_validation_are_used_where_there_is_no_other(voc, street):
    write_lists(voc, {"trainval": range(30), "test": range(30, 40)})
    assert counts(load(street, validation=0)) == [30, 0, 10]


def test_lists_of_some_images_are_named_with_an_argument_that_uses_them(voc, street, capsys):
    write_lists(voc, {**SPLITS, "test": range(32, 36)})
    assert sum(counts(load(street))) == 40
    said = capsys.readouterr().out
    assert "ImageSets/Main/train.txt' gives the split of 36 of 40 images, and is not used" in said
    labels = said.split("set labels to '")[1].split("'")[0]
    assert counts(load(street, labels=labels)) == [24, 8, 4]


def test_lists_of_classes_are_refused_unless_all_images_are_of_one(voc, street):
    write_lists(voc)
    write_classes(voc)
    with pytest.raises(DataError, match=r"lists such as '.*cat_test.txt' say which of them"):
        _ = load(street).num_classes
    data = load(street, classes=["street"])
    assert counts(data) == [24, 8, 8]
    with pytest.raises(DataError, match="say which of them show a class"):
        _ = load(street, ignore=["train.txt", "val.txt", "test.txt"]).num_classes
    assert counts(load(street, ignore="Main")) == [32, 4, 4]


def test_splits_are_used_where_objects_are_marked(voc, street):
    write_lists(voc)
    for n in range(40):
        voc.text(f"../../Annotations/2008_{n:06}.xml", OBJECT)
    with pytest.raises(DataError, match=r"cut its objects out first.* classes to \[street\]"):
        _ = load(street).num_classes
    assert counts(load(street, classes=["street"])) == [24, 8, 8]
