"""Split folders: any usual name, below or above the class folders."""

from unicodedata import normalize

import pytest

from datamodules.errors import DataError
from datamodules.reading.folders.folder_names import splits_among
from helpers.archive import Archive, by_class
from helpers.image_folders import load

SIZES = {"train": 20, "validation": 5, "test": 4}


def built(root, names, above=False):
    """Write a folder per split with two classes in it, or within each of two classes."""
    a = Archive(root)
    for (split, count), name in zip(SIZES.items(), names, strict=True):
        for kind in ("rose", "tulip"):
            a.images(f"{kind}/{name}" if above else f"{name}/{kind}", count, f"{split}{{:03}}.png")
    return load(root)


def right(data):
    """Return whether each split has exactly its own images of each class."""
    wanted = [dict.fromkeys(("rose", "tulip"), count) for count in SIZES.values()]
    own = all(split in path for split in SIZES for path in data.paths(split))
    return own and [by_class(data, split) for split in SIZES] == wanted


@pytest.mark.parametrize("above", [False, True])
@pytest.mark.parametrize(
    "names",
    [
        ("TRAIN", "Validation", "TESTING"),
        ("trainset", "valset", "testset"),
        ("TrainImages", "ValImages", "TestImages"),
        ("training", "eval", "test"),
        ("train", "val", "evaluation"),
        ("Train", "evaluation", "hold-out"),
        ("01_train", "02_val", "03_test"),
        ("a. Training Set", "b. Validation Set", "c. Testing Set"),
        ("train80", "val10", "test10"),
        ("flowers_train", "flowers_val", "flowers_test"),
    ],
)
def test_split_folders_of_usual_names(tmp_path, names, above):
    assert right(built(tmp_path, names, above))


def test_given_splits_stay_whatever_else_changes(tmp_path):
    data = built(tmp_path, ("train", "valid", "test"), above=True)
    again = load(tmp_path, validation=0.4, test=0.4, seed=3, subset_seed=3)
    assert all(data.paths(split) == again.paths(split) for split in SIZES)


def test_a_set_without_validation_takes_it_from_train_by_content(tmp_path):
    a = Archive(tmp_path)
    for kind in ("rose", "tulip"):
        a.images(f"{kind}/train", 20)
        a.images(f"{kind}/test", 4)
    first, other_seed = load(tmp_path), load(tmp_path, seed=9)
    assert [len(first.paths(split)) for split in SIZES] == [36, 4, 8]
    assert first.paths("validation") == other_seed.paths("validation")
    assert all("/train/" in path for path in first.paths("validation"))


def test_class_folders_with_more_than_splits_are_refused(tmp_path):
    a = Archive(tmp_path)
    for kind in ("rose", "tulip"):
        a.images(f"{kind}/train", 20)
        a.images(f"{kind}/test", 4)
    a.images("tulip", 3)
    with pytest.raises(DataError, match="'rose', 'tulip', and train and test folders in"):
        _ = load(tmp_path).num_classes


@pytest.mark.parametrize("other", ["samples", "test_tubes"])
def test_a_folder_next_to_splits_of_long_names_is_refused(tmp_path, other):
    Archive(tmp_path).images(other, 3)
    with pytest.raises(DataError, match=f"'flowers_val' next to '{other}', so that it can't be"):
        _ = built(tmp_path, ("flowers_train", "flowers_val", "flowers_test")).num_classes


def test_images_without_a_class_next_to_splits_of_long_names_are_passed_over(tmp_path, capsys):
    Archive(tmp_path).images("flowers_unlabeled", 3)
    assert right(built(tmp_path, ("flowers_train", "flowers_eval", "flowers_test")))
    assert "passed over folders of images without a class: 1" in capsys.readouterr().out


def test_splits_of_several_sets_are_refused_unless_they_are_named_as_classes(tmp_path):
    names = [f"fold{number}_{split}" for number in (1, 2) for split in ("train", "test")]
    for name in names:
        Archive(tmp_path / name).images(".", 9, f"{name}{{:03}}.png")
    with pytest.raises(DataError, match=r"holds 'fold1_test', .*'fold2_train', so that it can't"):
        _ = load(tmp_path).num_classes
    assert load(tmp_path, classes=names).num_classes == 4


def test_names_that_are_no_splits():
    assert splits_among(["steam_train", "test_tube", "train", "tram"]) == {"train": "train"}
    assert splits_among(["steam_train", "test_tube", "bus"]) == {}
    assert splits_among(["steam_train"]) == {}
    assert splits_among(["bus", "car", "train"]) == {"train": "train"}
    assert splits_among(["freight train", "passenger train"]) == {}
    assert splits_among(["train1", "train2"]) == {}
    assert splits_among(["0", "1", "2"]) == {}
    assert "eval" not in splits_among(["train", "val", "eval", "test"])


OTHER_LANGUAGES = [
    ("Training", "Validierung", "Test"),
    ("Training", "Prüfung", "Testing"),
    ("Trainingsdaten", "Validierungsdaten", "Testdaten"),
    ("Trainingsbilder", "Validierung", "Prüfung"),
    ("entrenamiento", "validación", "prueba"),
    ("обучение", "валидация", "тест"),
    ("训练集", "验证集", "测试集"),
    ("学習データ", "検証データ", "テストデータ"),
    ("treningowy", "walidacja", "testowy"),
    ("eğitim", "doğrulama", "test"),
]


@pytest.mark.parametrize("names", OTHER_LANGUAGES)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_splits_in_other_languages_are_to_be_renamed(tmp_path, names, form):
    names = [normalize(form, name) for name in names]
    built(tmp_path, names)
    with pytest.raises(DataError, match=r"rename splits to train, val and test, "):
        _ = load(tmp_path).num_classes
    for name, split in zip(names, ("train", "val", "test"), strict=True):
        (tmp_path / name).rename(tmp_path / split)
    data = load(tmp_path)
    assert data.class_names == ("rose", "tulip")
    assert by_class(data, "test") == {"rose": 4, "tulip": 4}


def test_folders_that_look_like_splits_in_other_languages_can_be_classes(tmp_path):
    built(tmp_path, names := ("Prüfung", "Training", "Validierung"))
    assert load(tmp_path, classes=[*names]).class_names == names


def test_masks_within_the_splits_of_classes_are_no_classes(tmp_path):
    data = built(tmp_path, ("train", "val", "test"), above=True)
    a = Archive(tmp_path)
    for kind in ("rose", "tulip"):
        a.images(f"{kind}/train/Label", 6, "train{:03}_label.png")
    with_masks = load(tmp_path)
    assert right(data)
    assert right(with_masks)
    assert not any("Label" in path for path in with_masks.paths("train"))


def test_split_folders_that_hold_a_folder_of_their_own_name(tmp_path):
    a = Archive(tmp_path)
    a.images("cars_train/cars_train", 20, "{:05}.jpg")
    a.images("cars_test/cars_test", 6, "{:05}.jpg", 100)
    data = load(tmp_path)
    assert data.num_classes == 1
    assert all("/cars_test/" in path for path in data.paths("test"))
    assert len(data.paths("test")) == 6
