"""Splits in a different file than the labels, and joint lists of training and validation."""

import pytest

from helpers.image_folders import fill, load

SPLITS = ("train", "validation", "test")


def lists(root, first, second, count=20):
    """Write two lists of images, one for training and one for the test."""
    for name, numbers in ((first, range(count)), (second, range(count, 30))):
        text = "\n".join(f"{number:03}.png" for number in numbers)
        (root / name).write_text(text, encoding="utf-8")


def column(root, *_):
    """Write a table with a column of splits."""
    rows = [f"{number:03}.png,{'test' if number > 19 else 'train'}" for number in range(30)]
    (root / "split.csv").write_text("\n".join(["file,split", *rows]), encoding="utf-8")


def labels(root):
    rows = [f"{number:03}.png,{('cat', 'dog')[number % 2]}" for number in range(30)]
    (root / "labels.csv").write_text("\n".join(["file,label", *rows]), encoding="utf-8")


@pytest.mark.parametrize("write", [lists, column])
@pytest.mark.parametrize("named", [None, "labels.csv", r"\d(\d)[.]png$"])
def test_splits_are_used_whatever_gives_the_labels(tmp_path, write, named):
    fill(tmp_path / "images", 30)
    if named in (None, "labels.csv"):
        labels(tmp_path)
    write(tmp_path, "train.txt", "test.txt")
    data = load(tmp_path, labels=named, validation=0)
    assert data.num_classes == (10 if named and "png" in named else 2)
    assert [len(data.paths(split)) for split in SPLITS] == [20, 0, 10]
    assert {path[-7:-4] for path in data.paths("test")} == {f"{n:03}" for n in range(20, 30)}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("trainval.txt", "test.txt"),
        ("train_val_list.txt", "test_list.txt"),
        ("Pets_TrainVal.txt", "Pets_Test.txt"),
        ("trainlist01.txt", "testlist01.txt"),
    ],
)
def test_a_list_for_training_and_validation_is_to_train_on(tmp_path, first, second):
    for name, start in (("cat", 0), ("dog", 15)):
        fill(tmp_path / name, 15, start)
    lists(tmp_path, first, second)
    data = load(tmp_path, validation=0)
    assert data.class_names == ("cat", "dog")
    assert [len(data.paths(split)) for split in SPLITS] == [20, 0, 10]


def test_next_to_lists_of_both_one_for_both_is_not_needed(tmp_path):
    fill(tmp_path / "cat", 30)
    lists(tmp_path, "trainval.txt", "test.txt")
    for name, numbers in (("train", range(14)), ("val", range(14, 20))):
        text = "\n".join(f"{number:03}.png" for number in numbers)
        (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
    data = load(tmp_path)
    assert [len(data.paths(split)) for split in SPLITS] == [14, 6, 10]


def test_splits_of_some_images_are_named(tmp_path, capsys):
    fill(tmp_path / "images", 30)
    labels(tmp_path)
    lists(tmp_path, "train.txt", "test.txt")
    (tmp_path / "test.txt").write_text("020.png\n021.png\n", encoding="utf-8")
    assert len(load(tmp_path).paths("test")) < 10
    said = "'train.txt' gives the split of 22 of 30 images, and is not used; add the others"
    assert said in capsys.readouterr().out
