"""Remarks on classes without a test image: the fractions that they suggest give each one."""

import re
import shutil

import pytest

from datamodules.reading.splits.splits import SPLITS
from helpers.archive import Archive
from helpers.image_folders import fill, load


def counts(data, split):
    labels = data.images(split)[1].tolist()
    return {name: labels.count(number) for number, name in enumerate(data.class_names)}


def remarks(root, capsys, **options):
    """Return the remark on classes without a test image, by class."""
    assert load(root, **options).num_classes
    found = re.findall(r"data: no test image of (.*?): (.*)\n", capsys.readouterr().out)
    return {name: said for names, said in found for name in names.split(", ")}


def followed(root, said, **options):
    """Load data with the settings that a remark suggests."""
    for pattern, name in (
        (r"([\d.]+) or more|test to ([\d.]+)", "test"),
        ("(?:validation) to (0)", ""),
    ):
        if match := re.search(pattern, said):
            value = float(next(filter(None, match.groups())))
            options[name or "validation"] = value
    return load(root, **options)


@pytest.mark.parametrize("count", [2, 3, 4])
@pytest.mark.parametrize("validation", [0.0, 0.1, 0.3])
def test_the_fraction_gives_each_class_a_test_image(tmp_path, capsys, count, validation):
    fill(tmp_path / "rose", 30)
    fill(tmp_path / "tulip", count, first=100)
    said = remarks(tmp_path, capsys, validation=validation)
    data = followed(tmp_path, said["tulip"], validation=validation)
    assert all(counts(data, "test").values())
    assert all(counts(data, "train").values())


def test_a_class_of_one_image_needs_another(tmp_path, capsys):
    fill(tmp_path / "rose", 30)
    fill(tmp_path / "tulip", 1, first=100)
    fill(tmp_path / "lily", 2, first=200)
    said = remarks(tmp_path, capsys)
    assert said["tulip"].startswith("that takes two different images of a class")
    assert said["lily"] == "test is 0.1; 0.25 or more gives one"
    assert counts(followed(tmp_path, said["lily"]), "test")["lily"] == 1
    shutil.copy(tmp_path / "tulip/100.png", tmp_path / "tulip/copy.png")
    assert "two different images" in remarks(tmp_path, capsys)["tulip"]


@pytest.mark.parametrize(("sizes", "validation"), [([5] * 4, 0.1), ([20, 4], 0.1), ([1, 9], 0.2)])
def test_the_fraction_gives_each_class_a_group(tmp_path, capsys, sizes, validation):
    a = Archive(tmp_path)
    for kind in ("cat", "dog"):
        for number, size in enumerate(sizes):
            a.images(f"{kind}/{kind}{number}", size)
    options = {"groups": "([^/]+)/[^/]+$", "validation": validation}
    for name, said in remarks(tmp_path, capsys, **options).items():
        data = followed(tmp_path, said, **options)
        assert counts(data, "test")[name]
        assert all(counts(data, "train").values())
    capsys.readouterr()
    a.images("cow/cow0", 20)
    said = remarks(tmp_path, capsys, **options)
    assert "with groups two groups" in said["cow"]


def test_splits_of_the_data_count_for_nothing(tmp_path, capsys):
    for split, count in (("train", 3), ("val", 20)):
        for number, kind in enumerate(("cat", "dog")):
            fill(tmp_path / split / kind, count, first=100 * number + 500 * (split == "val"))
    said = remarks(tmp_path, capsys)
    assert said["cat"] == "test is 0.1; 0.167 or more gives one"
    data = followed(tmp_path, said["cat"])
    assert [counts(data, split) for split in SPLITS] == [
        {"cat": 2, "dog": 2},
        {"cat": 20, "dog": 20},
        {"cat": 1, "dog": 1},
    ]


def own_test(root, classes, tested):
    """Write a set with a test folder that has only some of its classes."""
    a = Archive(root)
    for name in classes:
        a.images(f"train/{name}", 30)
        a.images(f"test/{name}", 6 if name in tested else 0)


def test_classes_without_an_image_in_the_test_folder_are_named(tmp_path, capsys):
    own_test(tmp_path, ("lily", "rose", "tulip"), ("lily", "rose"))
    said = remarks(tmp_path, capsys, test=0.3)
    assert said == {"tulip": said["tulip"]}
    assert "has its own test images" in said["tulip"]
    assert "out with classes" in said["tulip"]
    assert remarks(tmp_path, capsys, classes=["lily", "rose"]) == {}
    Archive(tmp_path).images("test/tulip", 1, first=500)
    assert remarks(tmp_path, capsys) == {}


def test_classes_without_an_image_in_a_column_of_splits_are_named(tmp_path, capsys):
    a, rows = Archive(tmp_path), ["file,split"]
    for kind, splits in (("cat", ("train", "test")), ("dog", ("train", "train"))):
        a.images(kind, 20)
        rows += [f"{kind}/{n:03}.png,{splits[n % 2]}" for n in range(20)]
    a.text("splits.csv", "\n".join(rows))
    assert {*remarks(tmp_path, capsys)} == {"dog"}


def test_of_many_classes_without_a_test_image_some_are_named(tmp_path, capsys):
    own_test(tmp_path, [f"kind {n:02}" for n in range(15)], ["kind 00"])
    assert "kind 10 and 4 more classes" in remarks(tmp_path, capsys)
