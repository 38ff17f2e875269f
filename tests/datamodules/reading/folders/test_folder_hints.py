"""Remarks on folders that may not be classes: the settings that they suggest work."""

import re

import pytest

from datamodules.errors import DataError
from datamodules.reading.folders.class_folders import are_ids
from datamodules.reading.splits.splits import SPLITS
from ganaug.cli.data_words import data_of
from helpers.archive import Archive
from helpers.image_folders import load

# Folders of a patient's images; each begins with the class.
PLACES = {
    "innermost": ("{kind}/{patient}",),
    "with visits": ("{kind}/{patient}/visit1", "{kind}/{patient}/visit2"),
    "some with visits": ("{kind}/{patient}", "{kind}/{patient}/visit1/left"),
    "opened": ("all/{kind}/{patient}/visit1",),
    "in splits": ("train/{kind}/{patient}/visit1", "test/{kind}/{patient}/visit1"),
    "next to loose images": ("{kind}", "{kind}/{patient}/visit1"),
}


def photos(root, places):
    a = Archive(root)
    for number in range(12):
        # In train, or else in test.
        for place in [places[number > 7]] if places[0].startswith("train") else places:
            kind = "cat" if number % 2 else "dog"
            a.images(place.format(kind=kind, patient=f"p{number}"), 3, f"{number}_{{}}.png")
    return root


def said_by(data, capsys):
    """Return the data's remarks."""
    assert data.num_classes
    return capsys.readouterr().out


def hint(argument, said):
    return re.search(rf"set {argument} to '([^']+)'", said)[1]


@pytest.mark.parametrize("name", PLACES)
def test_the_hint_on_folders_in_class_folders_gives_their_groups(tmp_path, capsys, name):
    root = photos(tmp_path / "photos", PLACES[name])
    said = said_by(load(root), capsys)
    assert "are not told apart; if they are the classes, set labels to " in said
    both = "if they are patients or parts, set groups to it" in said
    data = load(root, groups=hint("labels" if both else "groups", said))
    assert data.class_names == ("cat", "dog")
    for split in SPLITS:
        for path, group in zip(data.paths(split), data.groups(split), strict=True):
            patient = re.search(r"/(p\d+)/", path)
            assert group == (patient[1] if patient else path.rpartition("/")[2])
    if both and name != "in splits":
        data = load(root, labels=hint("labels", said))
        assert {*data.class_names} == {f"p{number}" for number in range(12)}
    elif not both:
        assert "set labels to a CSV with the columns file and label" in said


@pytest.mark.parametrize("count", [3, 12])
def test_a_folder_of_most_images_may_hold_the_classes(tmp_path, count, capsys):
    a = Archive(tmp_path)
    for name in ("dataset/cat", "dataset/dog"):
        a.images(name, 8)
    a.images("samples", count)
    said = said_by(load(tmp_path), capsys)
    advice = f"not told apart; if these are the classes, give root '{tmp_path / 'dataset'}'"
    assert (advice in said) == (count == 3)


def test_days_in_each_class_are_not_taken_for_the_classes(tmp_path, capsys):
    a = Archive(tmp_path)
    for day in range(1, 4):
        for name in ("good", "bad"):
            a.images(f"{name}/2024-03-{day:02}", 4)
    data = load(tmp_path)
    assert data.class_names == ("bad", "good")
    said = said_by(data, capsys)
    data = load(tmp_path, groups=hint("labels", said))
    assert {*data.groups("train")} <= {"2024-03-01", "2024-03-02", "2024-03-03"}


def test_the_hint_on_folders_of_the_same_names_gives_classes(tmp_path):
    a = Archive(tmp_path / "photos")
    for site in ("berlin", "paris"):
        for kind in ("cat", "dog"):
            for day in ("monday", "friday"):
                a.images(f"{site}/{kind}/{day}", 5)
    with pytest.raises(DataError, match="either may be the classes") as error:
        _ = load(tmp_path / "photos").num_classes
    data = load(tmp_path / "photos", labels=hint("labels", str(error.value)))
    assert data.class_names == ("cat", "dog")
    assert load(tmp_path / "photos", classes=["berlin", "paris"]).num_classes == 2


def test_eyes_of_patients_can_be_classes_in_groups(tmp_path):
    a = Archive(tmp_path / "photos")
    for number in range(8):
        for eye in ("left", "right"):
            a.images(f"patient{number}/{eye}", 3)
    with pytest.raises(DataError, match="either may be the classes") as error:
        _ = load(tmp_path / "photos").num_classes
    labels, groups = hint("labels", str(error.value)), hint("groups", str(error.value))
    assert "or [photos] if all are of one class" in str(error.value)
    assert load(tmp_path / "photos", classes=["photos"], groups=groups).num_classes == 1
    data = load(tmp_path / "photos", labels=labels, groups=groups)
    assert data.class_names == ("left", "right")
    assert {*data.groups("train")} < {f"patient{number}" for number in range(8)}


CLINICS = {
    "patients": ("patient{:02}",),
    "with visits": ("subject_{}/first {}", "subject_{}/second {}"),
    "below a folder": ("P-{:03}/left",),
    "records": ("{:07}",),
    "dates": ("2024-03-{:02}",),
}


@pytest.mark.parametrize("name", CLINICS)
def test_folders_of_patients_are_named_and_the_hint_makes_one_class(tmp_path, capsys, name):
    a = Archive(tmp_path / "clinic")
    for number in range(1, 13):
        for place in CLINICS[name]:
            a.images(place.format(number, number), 4)
    said = said_by(load(tmp_path / "clinic"), capsys)
    assert "look like patients, dates or numbers, and each is a class; if all are of" in said
    assert "set classes to [clinic], and set groups to '" in said
    groups = hint("groups", said.partition("[clinic]")[2])
    data = load(tmp_path / "clinic", classes=["clinic"], groups=groups)
    assert data.class_names == ("clinic",)
    folder = CLINICS[name][0].partition("/")[0]
    assert {*data.groups("train")} < {folder.format(number) for number in range(1, 13)}
    assert "look like patients" not in said_by(data, capsys)


def test_patients_in_splits_can_be_one_class(tmp_path):
    a = Archive(tmp_path / "clinic")
    for number in range(12):
        a.images(f"{'train' if number < 9 else 'test'}/case {number}", 4)
    with pytest.raises(DataError, match=r"if all images are of one class, set classes to \[clinic"):
        _ = load(tmp_path / "clinic").num_classes
    data = load(tmp_path / "clinic", classes=["clinic"])
    assert [len(data.paths(split)) for split in ("train", "test")] == [32, 12]


@pytest.mark.parametrize(
    "names",
    [
        [f"TCGA_CS_{n}_19960909" for n in range(4941, 4950)],
        [f"LIDC-IDRI-{n:04}" for n in range(5)],
        [f"S2A_MSIL2A_20170613T101031_{n}_45" for n in range(5)],
        [f"{row}{column:02}" for row in "ABCDEFGH" for column in range(1, 13)],
        ["2024-01 Januar", "2024-02 Februar", "2024-03 März"],
    ],
)
def test_subjects_wells_and_months(tmp_path, names):
    assert are_ids([tmp_path / name for name in names], 100 * len(names))


@pytest.mark.parametrize(
    "names",
    [
        [f"grade{n}" for n in range(5)],
        ["cat_20240301", "dog_20240301", "owl_20240301"],
        ["TCGA-LUAD", "TCGA-LUSC", "TCGA-BRCA"],
        ["A1", "A2", "B1", "B2", "C1", "C2"],
        [f"A{n}" for n in range(1, 13)],
        ["1901-1910", "1911-1920", "1921-1930"],
        [*"0123456789"],
        ["cat", "patient1"],
        [f"n020840{n}" for n in range(10, 30)],
        ["rose", "tulip", "case"],
        [f"{n}. rose" for n in range(20)],
    ],
)
def test_other_names_are_no_patients(tmp_path, names):
    assert not are_ids([tmp_path / name for name in names], 3 * len(names))


def test_many_numbers_are_classes_if_they_have_enough_images(tmp_path):
    names = [f"{n:03}" for n in range(100)]
    assert are_ids([tmp_path / name for name in names], 1000)
    assert not are_ids([tmp_path / name for name in names], 5000)


def test_folders_of_one_image_each_can_be_one_class(tmp_path):
    a = Archive(tmp_path / "clinic")
    for number in range(20):
        a.images(f"person {number}", 1)
    with pytest.raises(DataError, match=r"set it to \[clinic\] if all are of one class"):
        _ = load(tmp_path / "clinic").num_classes
    assert load(tmp_path / "clinic", classes=["clinic"]).class_counts == {"clinic": 16}


def test_a_class_folder_of_the_sets_name_is_a_class_of_its_own(tmp_path):
    a = Archive(tmp_path / "cat")
    a.images("cat", 5)
    a.images("dog", 5)
    assert sum(load(tmp_path / "cat", classes=["cat"]).class_counts.values()) <= 5


@pytest.mark.parametrize(
    "name", ["a, b", "x #1", "a: b", "[old] pics", "{x}", "*star", "!bang", "- a"]
)
def test_the_only_class_is_quoted_as_the_command_line_needs_it(tmp_path, name):
    a = Archive(tmp_path / name)
    for number in range(10):
        a.images(f"person {number}", 1)
    with pytest.raises(DataError, match="set it to ") as error:
        _ = load(tmp_path / name).num_classes
    value = re.search(r"set it to (.*) if all are of one", str(error.value))[1]
    settings = {"data.root": str(tmp_path / name), "data.image_size": "8", "data.classes": value}
    assert data_of(settings).class_names == (name,)


def test_the_pattern_for_words_in_names_fits_any_ending(tmp_path):
    a = Archive(tmp_path)
    for name in ("cat.{}.png", "dog ({}).PNG"):
        a.images("", 5, name)
    with pytest.raises(DataError, match="whose names begin with cat") as error:
        _ = load(tmp_path).num_classes
    pattern = re.search(r"such as '([^']+)'", str(error.value))[1]
    assert load(tmp_path, labels=pattern).class_names == ("cat", "dog")
