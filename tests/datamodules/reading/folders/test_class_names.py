"""Class names match in every form, and paths may begin with ~ or a variable."""

from unicodedata import normalize

import pytest

from datamodules.errors import DataError
from datamodules.mnist import MNISTDataModule
from datamodules.reading.splits.splits import SPLITS
from datamodules.unpaired_folders import UnpairedFoldersDataModule
from helpers.image_folders import fill, load

NFC, NFD = normalize("NFC", "café"), normalize("NFD", "café")


@pytest.mark.parametrize(("stored", "typed"), [(NFC, NFD), (NFD, NFC), (NFC, NFC)])
def test_names_in_each_unicode_form_are_the_same(tmp_path, stored, typed):
    fill(tmp_path / stored, 20)
    fill(tmp_path / "bar", 20, 100)
    data = load(tmp_path, classes=[typed, "bar"], per_class={typed: 5}, labels_per_class={typed: 2})
    assert data.class_names == (stored, "bar")
    assert data.class_counts == {stored: 2, "bar": 16}


def test_two_folders_of_one_name_are_named(tmp_path):
    fill(tmp_path / NFC, 10)
    fill(tmp_path / NFD, 10, 100)
    with pytest.raises(DataError, match=r"two folders 'café'.*u0301.*xe9.*put their images into"):
        _ = load(tmp_path).num_classes


@pytest.mark.parametrize("other", ["rose", "ROSE", "red rose"])
def test_two_classes_that_look_the_same_are_named(tmp_path, other, capsys):
    name = "Red_rose" if " " in other else "Rose"
    for split in ("train", "test"):
        for number, each in enumerate((name, other, "tulip")):
            fill(tmp_path / split / each, 10, 100 * number + 50 * (split == "test"))
    assert load(tmp_path).num_classes == 3
    both = " and ".join(f"'{each}'" for each in sorted((name, other)))
    said = capsys.readouterr().out
    assert f"{both} differ only in case, spaces, underscores or hyphens" in said
    assert load(tmp_path, classes=[name, "tulip"]).num_classes == 2
    assert "differ only" not in capsys.readouterr().out


def test_labels_of_a_table_that_look_the_same_are_named(tmp_path, capsys):
    files = fill(tmp_path, 20)
    rows = [f"{file.name},{('Rose', 'rose')[k % 2]}" for k, file in enumerate(files)]
    (tmp_path / "labels.csv").write_text("\n".join(["file,label", *rows]))
    assert load(tmp_path).num_classes == 2
    assert "'Rose' and 'rose' differ only in case" in capsys.readouterr().out


def test_a_class_has_another_unicode_form_in_another_split(tmp_path):
    for number, (split, name) in enumerate(zip(("train", "test"), (NFC, NFD), strict=True)):
        fill(tmp_path / split / name, 10, 100 * number)
        fill(tmp_path / split / "bar", 10, 100 * number + 50)
    data = load(tmp_path, validation=0.0)
    assert data.class_names == ("bar", NFC)
    assert data.images("test")[1].tolist() == [0] * 10 + [1] * 10


def test_names_that_look_like_numbers_stay_apart(tmp_path):
    for first, name in enumerate(("10", "00010", "1e1")):
        fill(tmp_path / name, 12, 100 * first)
    assert load(tmp_path, classes=["00010", 10]).class_names == ("00010", "10")


@pytest.mark.parametrize("place", ["~/photos", "$HOME/photos", "${HOME}/photos"])
def test_home_is_expanded(tmp_path, monkeypatch, place):
    monkeypatch.setenv("HOME", str(tmp_path))
    fill(tmp_path / "photos" / "rose", 12)
    fill(tmp_path / "photos" / "tulip", 12, 100)
    data = load(place)
    assert data.class_names == ("rose", "tulip")
    assert data.card()["init_args"]["root"] == str(tmp_path / "photos")
    pair = UnpairedFoldersDataModule(f"{place}/rose", f"{place}/tulip", image_size=8)
    assert pair.num_classes == 2
    with pytest.raises(DataError, match=f"no MNIST in '{tmp_path}/photos'"):
        _ = MNISTDataModule(place).num_classes


def in_splits(root, **names):
    """Write class folders of a split, with twelve images each."""
    for first, (split, folders) in enumerate(names.items()):
        for number, name in enumerate(folders):
            fill(root / split / name, 12, 1000 * first + 100 * number)


@pytest.mark.parametrize("classes", [None, ["erythrozyt", "Lymphozyt"]])
def test_a_class_has_other_capitals_in_another_split(tmp_path, classes, capsys):
    train = ("Lymphozyt", "erythrozyt")
    in_splits(
        tmp_path, train=train, val=("LYMPHOZYT", "erythrozyt"), test=(*train[:1], "Erythrozyt")
    )
    data = load(tmp_path, classes=classes)
    assert {*data.class_names} == {*train}
    assert [len(data.paths(split)) for split in SPLITS] == [24, 24, 24]
    said = capsys.readouterr().out
    assert "the test images of 'Erythrozyt' are read as the class 'erythrozyt'" in said
    assert "the validation images of 'LYMPHOZYT' are read as the class 'Lymphozyt'" in said


@pytest.mark.parametrize(
    ("train", "test"), [(("cat", "dog"), ("Cat", "CAT", "dog")), (("cat", "CAT"), ("Cat", "CAT"))]
)
def test_capitals_that_fit_several_classes_are_refused_without_a_way_to_drop_them(
    tmp_path, train, test
):
    in_splits(tmp_path, train=train, test=test)
    with pytest.raises(DataError, match="rename the folder") as error:
        _ = load(tmp_path).num_classes
    assert "in classes" not in str(error.value)


def test_classes_is_no_advice_where_it_would_leave_no_test_image(tmp_path):
    in_splits(tmp_path, train=("katze", "hund"), test=("cat", "dog"))
    with pytest.raises(DataError, match="rename the folder") as error:
        _ = load(tmp_path).num_classes
    assert "in classes" not in str(error.value)


def test_a_test_that_classes_leaves_empty_is_said(tmp_path, capsys):
    in_splits(tmp_path, train=("katze", "hund"), test=("cat", "dog"))
    assert load(tmp_path, classes=["katze", "hund"]).num_classes == 2
    said = capsys.readouterr().out
    assert "the test images of" in said
    assert "all are of other classes (cat, dog), and 0.1 of the training images" in said


def test_a_class_that_a_table_gives_to_no_training_image_is_not_called_a_folder(tmp_path):
    rows = ["file,split"]
    for number, (name, split) in enumerate((("cat", "train"), ("dog", "train"), ("owl", "val"))):
        rows += [f"{name}/{each.name},{split}" for each in fill(tmp_path / name, 9, 100 * number)]
    (tmp_path / "splits.csv").write_text("\n".join(rows))
    with pytest.raises(DataError, match=r"the validation split of .* unknown class 'owl'") as error:
        _ = load(tmp_path).num_classes
    assert "folder" not in str(error.value).replace(str(tmp_path), "")


def test_a_number_and_its_negative_do_not_look_the_same(tmp_path, capsys):
    for number, name in enumerate(("-1", "0", "1")):
        fill(tmp_path / name, 6, first=10 * number)
    assert load(tmp_path).num_classes == 3
    assert "differ only in case" not in capsys.readouterr().out
