"""Splits in tables or lists next to the images, and names of classes."""

import json

import pandas as pd
import pytest

from datamodules.errors import DataError
from helpers.archive import Archive, by_class
from helpers.image_folders import load

KINDS = ("cat", "dog")
SPLITS = {"train": range(24), "val": range(24, 30), "test": range(30, 40)}
OWN = ({"cat": 12, "dog": 12}, {"cat": 3, "dog": 3}, {"cat": 5, "dog": 5})


def kind(number):
    return KINDS[number % 2]


def folders(a):
    for number in range(40):
        a.images(kind(number), 1, first=number)


def loose(a):
    a.images("images", 40)


def table(a, path, rows, *columns):
    """Write a table in the format of its extension."""
    frame = pd.DataFrame(rows, columns=[*columns])
    a.text(path, "")
    if path.endswith(".parquet"):
        frame.to_parquet(a.root / path)
    elif path.endswith(".jsonl"):
        frame.to_json(a.root / path, orient="records", lines=True)
    else:
        frame.to_csv(a.root / path, index=False, sep="\t" if path.endswith(".tsv") else ",")


def every():
    return [(split, number) for split, numbers in SPLITS.items() for number in numbers]


def splits_of(data):
    return tuple(by_class(data, split) for split in ("train", "validation", "test"))


SUFFIXES = ("csv", "tsv", "jsonl", "parquet")


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("given", [True, False])
def test_a_table_of_file_and_split_next_to_class_folders(tmp_path, suffix, given, capsys):
    folders(a := Archive(tmp_path))
    rows = [(f"{kind(n)}/{n:03}.png", split) for split, n in every()]
    table(a, f"splits.{suffix}", rows, "file", "split")
    data = load(tmp_path, labels=f"splits.{suffix}" if given else None)
    assert splits_of(data) == OWN
    assert all(f"/{n:03}." in "".join(data.names("test")) for n in SPLITS["test"])
    assert f"data: splits of 40 images from splits.{suffix}" in capsys.readouterr().out


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("shape", [folders, loose])
def test_a_table_of_file_split_and_label(tmp_path, suffix, shape):
    shape(a := Archive(tmp_path))
    rows = [(f"{n:03}", kind(n), split) for split, n in every()]
    table(a, f"all.{suffix}", rows, "id", "label", "split")
    assert splits_of(load(tmp_path)) == OWN


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("shape", [folders, loose])
@pytest.mark.parametrize("names", [("train", "val", "test"), ("Training", "validation", "test")])
def test_tables_named_after_splits_next_to_one_folder(tmp_path, suffix, shape, names):
    shape(a := Archive(tmp_path))
    for name, numbers in zip(names, SPLITS.values(), strict=True):
        rows = [(f"{n:03}.png", kind(n)) for n in numbers]
        table(a, f"{name}.{suffix}", rows, "image", "label")
    assert splits_of(load(tmp_path)) == OWN
    assert splits_of(load(tmp_path, labels=f"{names[0]}.{suffix}")) == OWN


def test_a_contest_whose_test_has_no_labels(tmp_path):
    loose(a := Archive(tmp_path))
    table(a, "train.csv", [(f"{n:03}.png", kind(n)) for n in range(30)], "file_name", "category")
    table(a, "test.csv", [(f"{n:03}.png",) for n in range(30, 40)], "file_name")
    table(a, "sample_submission.csv", [(f"{n:03}.png", "cat") for n in range(30, 40)], "id", "y")
    data = load(tmp_path)
    assert splits_of(data) == ({"cat": 11, "dog": 11}, {"cat": 2, "dog": 2}, {"cat": 2, "dog": 2})
    assert {*data.unreadable.values()} == {"has no label in train.csv"}
    assert sorted(path[-7:-4] for path in data.unreadable) == [f"{n:03}" for n in range(30, 40)]


def test_tables_of_one_hot_columns(tmp_path):
    loose(a := Archive(tmp_path))
    for name, numbers in SPLITS.items():
        rows = [(f"{n:03}", 1.0 - n % 2, 0.0 + n % 2) for n in numbers]
        table(a, f"{name}_truth.csv", rows, "image", *KINDS)
    assert splits_of(load(tmp_path)) == OWN


def test_tables_of_split_folders(tmp_path):
    a = Archive(tmp_path)
    for name, numbers in SPLITS.items():
        a.images(name, len(numbers))
        rows = [(f"{n:03}.png", kind(n)) for n in range(len(numbers))]
        table(a, f"{name}.csv", rows, "file", "label")
    assert splits_of(load(tmp_path)) == OWN


@pytest.mark.parametrize("shape", [folders, loose])
@pytest.mark.parametrize("ending", ["{kind}/{n:03}.png {label}", "x/{kind}/{n:03}.png,{kind}"])
def test_lists_of_paths_and_labels(tmp_path, shape, ending):
    shape(a := Archive(tmp_path))
    line = ending if shape is folders else ending.replace("{kind}/", "images/")
    for name, numbers in SPLITS.items():
        lines = [line.format(kind=kind(n), n=n, label=n % 2) for n in numbers]
        a.text(f"{name}.txt", "\n".join(lines))
    a.text("classes.txt", "cat\ndog\n")
    assert splits_of(load(tmp_path)) == OWN


@pytest.mark.parametrize("shape", [folders, loose])
def test_other_tables_next_to_those_of_splits_change_nothing(tmp_path, shape):
    shape(a := Archive(tmp_path))
    for name, numbers in SPLITS.items():
        rows = [(f"{n:03}.png", kind(n)) for n in numbers]
        table(a, f"labels_{name}.csv", rows, "image", "label")
    a.text("boxes_train.csv", "box,width\n1,2\n")
    a.text("boxes_test.csv", "box,width\n3,4\n")
    a.text("classes.csv", "id,name\n0,cat\n1,dog\n")
    assert splits_of(load(tmp_path)) == OWN
    assert splits_of(load(tmp_path, labels="labels_train.csv")) == OWN


def test_lists_of_paths_alone(tmp_path):
    """Lists as in Food-101: without extensions, in a separate folder."""
    a = Archive(tmp_path)
    for number in range(40):
        a.images(f"images/hot {kind(number)}", 1, first=number)
    for name, numbers in (("train", range(30)), ("test", range(30, 40))):
        lines = [f"hot {kind(n)}/{n:03}" for n in numbers]
        a.text(f"meta/{name}.txt", "\n".join(lines))
    a.text("meta/classes.txt", "hot cat\nhot dog")
    assert splits_of(load(tmp_path, validation=0))[::2] == (
        {"hot cat": 15, "hot dog": 15},
        {"hot cat": 5, "hot dog": 5},
    )


def test_json_of_splits(tmp_path):
    folders(a := Archive(tmp_path))
    rows = {s: [[f"{kind(n)}/{n:03}.png", n % 2, kind(n)] for n in ns] for s, ns in SPLITS.items()}
    a.text("split_of_cats.json", json.dumps(rows))
    assert splits_of(load(tmp_path)) == OWN
    paths = {split: [row[0] for row in own] for split, own in rows.items()}
    a.text("split_of_cats.json", json.dumps(paths))
    assert splits_of(load(tmp_path)) == OWN
    a.text("split_of_cats.json", json.dumps({**paths, "names": {"cat": 0, "dog": 1}}))
    assert splits_of(load(tmp_path)) == OWN


def test_a_column_of_yes_and_no(tmp_path):
    folders(a := Archive(tmp_path))
    rows = [(f"{kind(n)}/{n:03}.png", kind(n), split == "val") for split, n in every()]
    table(a, "train.csv", rows, "path", "label", "is_valid")
    assert load(tmp_path).paths("validation") == load(tmp_path, labels="train.csv").paths(
        "validation"
    )
    assert splits_of(load(tmp_path, test=0))[1] == {"cat": 3, "dog": 3}


def test_a_table_of_some_images_is_not_used_unless_named(tmp_path, capsys):
    folders(a := Archive(tmp_path))
    rows = [(f"{kind(n)}/{n:03}.png", "train" if n % 3 else "test") for n in range(36)]
    table(a, "splits.csv", rows, "file", "split")
    assert [sum(each.values()) for each in splits_of(load(tmp_path))] == [32, 4, 4]
    assert "'splits.csv' gives the split of 36 of 40 images, and is not" in capsys.readouterr().out
    data = load(tmp_path, labels="splits.csv", validation=0)
    assert [sum(each.values()) for each in splits_of(data)] == [24, 0, 12]
    assert len(data.unreadable) == 4


def test_what_can_not_be_told_is_refused_or_said(tmp_path, capsys):
    folders(a := Archive(tmp_path / "two"))
    for number, word in enumerate(("test", "val")):
        rows = [(f"{kind(n)}/{n:03}.png", word if n % 4 == 0 else "train") for n in range(40)]
        table(a, f"split{number}.csv", rows, "file", "split")
    with pytest.raises(DataError, match=r"split0.csv' and .*split1.csv' split the images in diff"):
        _ = load(tmp_path / "two").num_classes
    assert len(load(tmp_path / "two", ignore=["split1.csv"]).paths("test")) == 10

    loose(a := Archive(tmp_path / "twice"))
    for name in ("train", "test"):
        rows = [(f"{n:03}.png", kind(n)) for n in range(40) if name == "train" or n == 7]
        table(a, f"{name}.csv", rows, "file", "label")
    with pytest.raises(DataError, match=r"test.csv' names '.*007.png' for test, and another table"):
        _ = load(tmp_path / "twice").num_classes

    folders(a := Archive(tmp_path / "birds"))
    a.text("train_test_split.txt", "1 0\n2 1\n")
    capsys.readouterr()
    assert load(tmp_path / "birds").num_classes == 2
    assert "'train_test_split.txt' may split the images, and can't be" in capsys.readouterr().out

    folders(a := Archive(tmp_path / "numbers"))
    rows = [(f"{kind(n)}/{n:03}.png", n % 3) for n in range(40)]
    table(a, "partition.csv", rows, "image_id", "partition")
    assert load(tmp_path / "numbers").num_classes == 2
    assert "partition of 'partition.csv' holds 0, 1, 2 and splits not" in capsys.readouterr().out
    with pytest.raises(DataError, match="no column that may hold the labels; set label_column"):
        _ = load(tmp_path / "numbers", labels="partition.csv").num_classes


NAMES = {
    "classes.txt": "cat\ndog\n",
    "class_names.txt": "0 cat\n1 dog\n",
    "label_names.json": '["cat", "dog"]',
    "id2label.json": '{"0": "cat", "1": "dog"}',
    "class_to_idx.json": '{"cat": 0, "dog": 1}',
    "categories.csv": "id,name\n0,cat\n1,dog\n",
    "README.md": "---\ndataset_info:\n  features:\n  - name: label\n    dtype:\n"
    "      class_label:\n        names:\n          '0': cat\n          '1': dog\n---\n# Pets\n",
}


@pytest.mark.parametrize("name", NAMES)
def test_numbers_are_named_by_a_file(tmp_path, name, capsys):
    loose(a := Archive(tmp_path))
    rows = [(f"{n:03}.png", n % 2, split) for split, n in every()]
    table(a, "labels.csv", rows, "file", "label", "split")
    a.text(name, NAMES[name])
    assert splits_of(load(tmp_path)) == OWN
    assert f"data: names of 2 classes from {name}" in capsys.readouterr().out
    assert load(tmp_path, classes=[0, 1]).class_names == ("0", "1")


def test_names_that_do_not_fit(tmp_path, capsys):
    loose(a := Archive(tmp_path))
    table(a, "labels.csv", [(f"{n:03}.png", 1 + n % 2) for n in range(40)], "file", "label")
    a.text("classes.txt", "cat\ndog\n")
    assert load(tmp_path).class_names == KINDS  # from 1
    a.text("classes.txt", "background\ncat\ndog\n")
    with pytest.raises(
        DataError, match=r"lists 3 names: the first may be of 0 or of 1; write each"
    ):
        _ = load(tmp_path).num_classes
    a.text("classes.txt", "0 none\n1 cat\n2 dog\n")
    assert load(tmp_path).class_names == KINDS
    a.text("classes.txt", "0 cat\n1 dog\n")
    assert load(tmp_path).class_names == ("1", "2")
    assert "'classes.txt' does not name all 2 of them" in capsys.readouterr().out
