"""Cross-validation folds: the first is used, and a remark says how to choose another."""

import pytest

from datamodules.errors import DataError
from helpers.archive import Archive, by_class
from helpers.image_folders import load

KINDS = ("cat", "dog")
NAMES = (
    "Training_{:02}.txt Testing_{:02}.txt",
    "splits/train_split{}.txt splits/test_split{}.txt",
    "labels/train{}.txt labels/test{}.txt",
    "fold{}/train.txt fold{}/test.txt",
    "fold{}_train.csv fold{}_test.csv",
)


def folders(root):
    a = Archive(root)
    for number in range(40):
        a.images(f"photos/{KINDS[number % 2]}", 1, first=number)
    return a


def folds(a, names, count=11, of_images=range(40), label=""):
    """Write folds with different test images; the last numbers have two digits."""
    head = f"file{label and ',label'}\n" if ".csv" in names else ""
    for fold in range(1, count + 1):
        tests = {(3 * fold + i) % 40 for i in range(6)}
        train, test = names.format(fold, fold).split()
        for path, numbers in ((train, {*of_images} - tests), (test, tests & {*of_images})):
            of = label and ",{}"
            lines = [f"{n:03}.png{of.format(KINDS[n % 2])}" for n in sorted(numbers)]
            a.text(path, head + "\n".join(lines))
    return lambda fold: {(3 * fold + i) % 40 for i in range(6)}


def held(data):
    return {int(path[-7:-4]) for path in data.paths("test")}


@pytest.mark.parametrize("names", NAMES)
def test_the_first_of_several_pairs_is_used_and_another_can_be_chosen(tmp_path, names, capsys):
    held_out = folds(folders(tmp_path), names)
    data = load(tmp_path, validation=0)
    assert held(data) == held_out(1)
    assert len(data.paths("train")) == 34
    first, second, tenth = (names.format(n, n).split()[0] for n in (1, 2, 10))
    said = capsys.readouterr().out
    assert f"of 11 numbered splits of the images, '{first}' and " in said
    assert f"set labels to '{second}' for another" in said
    assert held(load(tmp_path, validation=0, labels=tenth)) == held_out(10)
    assert "numbered splits" not in capsys.readouterr().out
    if "fold" in first:
        ignore = [first.split("/")[0], first.replace("train", "test")]
        assert held(load(tmp_path, validation=0, ignore=ignore)) == held_out(2)


def test_pairs_that_give_labels_too(tmp_path, capsys):
    a = Archive(tmp_path)
    a.images("images", 40)
    held_out = folds(a, NAMES[-1], label="label")
    data = load(tmp_path, validation=0)
    assert held(data) == held_out(1)
    assert by_class(data, "test") == {"cat": 3, "dog": 3}
    assert "images, 'fold1_train.csv' and 'fold1_test.csv' are used" in capsys.readouterr().out
    assert held(load(tmp_path, validation=0, labels="fold2_train.csv")) == held_out(2)


def test_where_a_table_gives_the_labels_ignore_chooses(tmp_path, capsys):
    a = Archive(tmp_path)
    a.images("images", 40)
    a.text("labels.csv", "file,label\n" + "\n".join(f"{n:03},{KINDS[n % 2]}" for n in range(40)))
    held_out = folds(a, "train_{}.txt test_{}.txt")
    assert held(load(tmp_path, validation=0)) == held_out(1)
    assert "name these in ignore for the next" in capsys.readouterr().out
    ignore = ["train_1.txt", "test_1.txt"]
    assert held(load(tmp_path, validation=0, ignore=ignore)) == held_out(2)


def test_pairs_that_lack_images_are_named(tmp_path, capsys):
    folds(folders(tmp_path), NAMES[0], count=3, of_images=range(30))
    assert len(load(tmp_path, validation=0).paths("train")) == 36
    assert "'Training_01.txt' gives the split of 30 of 40 images" in capsys.readouterr().out


def test_pairs_of_different_names_are_refused(tmp_path):
    folds(a := folders(tmp_path), "a/train{}.txt a/test{}.txt", count=2)
    folds(a, "b/train{}.txt b/test{}.txt", count=3)
    with pytest.raises(DataError, match="split the images in different ways"):
        _ = load(tmp_path).num_classes


@pytest.mark.parametrize("name", ["fold_{}.txt", "cv{}.csv"])
def test_a_list_for_each_fold_is_named(tmp_path, name, capsys):
    a = folders(tmp_path)
    for fold in range(4):
        own = "\n".join(f"{n:03}.png" for n in range(10 * fold, 10 * fold + 10))
        a.text(name.format(fold), ("file\n" if "csv" in name else "") + own)
    _ = load(tmp_path).num_classes
    assert f"'{name.format(0)}', '{name.format(1)}'" in (said := capsys.readouterr().out)
    assert "may split the images, and can't be read for it" in said


def test_a_column_of_folds_is_named_once(tmp_path, capsys):
    a = Archive(tmp_path)
    a.images("images", 40)
    rows = "\n".join(f"{n:03},{KINDS[n % 2]},{n % 5}" for n in range(40))
    a.text("train_folds.csv", f"image_id,label,fold\n{rows}")
    assert load(tmp_path).class_names == KINDS
    said = capsys.readouterr().out
    assert said.count("the column fold of 'train_folds.csv' holds 0, 1, 2, 3, 4 and splits") == 1
