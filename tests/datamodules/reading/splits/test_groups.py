"""Groups of images stay in one split, and identical files in two classes are reported."""

import shutil

import pytest

from datamodules.errors import DataError
from datamodules.image_folder import ImageFolderDataModule
from datamodules.reading.splits.groups import split_by_group
from datamodules.reading.splits.splits import SPLITS
from ganaug.synthesis.record import splits_of
from helpers.archive import Archive
from helpers.image_folders import everything, fill, load, write

PATTERN = "patient([0-9]+)_"


@pytest.fixture
def scans(tmp_path):
    a = Archive(tmp_path / "scans")
    for kind, first in (("healthy", 0), ("sick", 20)):
        for patient in range(first, first + 20):
            a.images(kind, 5, f"patient{patient}_{{}}.png")
    return tmp_path / "scans"


def patients(data, split):
    return {path.rpartition("patient")[2].partition("_")[0] for path in data.paths(split)}


def test_all_images_of_a_group_are_in_one_split(scans):
    data = load(scans, groups=PATTERN)
    found = [patients(data, split) for split in SPLITS]
    assert [len(each) for each in found] == [32, 4, 4]
    assert len(set.union(*found)) == 40
    assert [len(data.paths(split)) for split in SPLITS] == [160, 20, 20]
    assert data.images("test")[1].bincount().tolist() == [10, 10]
    leaky = [patients(load(scans), split) for split in SPLITS]
    assert leaky[0] & leaky[2]


def test_unlabeled_images_of_a_held_out_group_are_left_out(scans, tmp_path):
    by_split = {split: min(patients(load(scans, groups=PATTERN), split)) for split in SPLITS}
    paths = {
        split: write(tmp_path / f"more/patient{patient}_more.png", 900 + int(patient))
        for split, patient in by_split.items()
    }
    data = load(scans, groups=PATTERN, unlabelled=str(tmp_path / "more"))
    assert data.unreadable == {
        str(paths[split]): f"the same group is in {split}" for split in SPLITS[1:]
    }
    assert data.num_unlabelled == 1


def test_each_class_keeps_a_group_to_train_on():
    assert split_by_group("a", "x", [0], 0.6, 0.3) == ["train"]
    assert "train" in split_by_group("ab", "xy", [0, 0], 0.1, 0.1, at_least_one=True)
    found = split_by_group("abc", "xyz", [0] * 3, 0.1, 0.1, at_least_one=True)
    assert sorted(found) == sorted(SPLITS)


def test_a_table_gives_the_same_splits_and_the_card_keeps_it(scans):
    rows = [
        f"{path},{path.rpartition('patient')[2].partition('_')[0]}"
        for path in everything(load(scans))
    ]
    (scans.parent / "patients.csv").write_text("\n".join(["file,patient", *rows]))
    by_pattern = load(scans, groups=PATTERN)
    by_table = load(scans, groups=str(scans.parent / "patients.csv"))
    for split in SPLITS:
        assert by_table.paths(split) == by_pattern.paths(split)
    again = ImageFolderDataModule(**by_pattern.card()["init_args"])
    assert again.paths("test") == by_pattern.paths("test")


def test_the_data_names_the_group_of_each_image(scans):
    data = load(scans, groups=PATTERN, per_class=40)
    own = [path.rpartition("patient")[2].partition("_")[0] for path in data.paths("train", 30)]
    assert data.groups("train", 30) == own
    assert load(scans).groups("train") == []


def test_groups_that_share_an_image_are_one(scans):
    shutil.copy(scans / "healthy/patient0_0.png", scans / "healthy/patient1_9.png")
    data = load(scans, groups=PATTERN)
    (split,) = [name for name in SPLITS if "0" in patients(data, name)]
    assert len(set(data.groups(split))) == len(patients(data, split)) - 1
    assert sum({"0", "1"} <= patients(data, split) for split in SPLITS) == 1


def test_a_group_in_a_test_folder_leaves_train(tmp_path):
    a = Archive(tmp_path)
    for split, first in (("train", 0), ("test", 8)):
        for patient in range(first, first + 10):
            a.images(f"{split}/sick", 3, f"patient{patient}_{split}{{}}.png")
    data = load(tmp_path, groups=PATTERN)
    assert patients(data, "test") == {str(number) for number in range(8, 18)}
    assert not patients(data, "train") & patients(data, "test")
    assert set(data.unreadable.values()) == {"the same group is in test"}
    assert len(data.unreadable) == 6


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ("case([0-9]+)", "does not fit 'healthy/patient0_0.png'"),
        ("patient(1[0-9]*)_", "does not fit 'healthy/patient0_0.png'"),
        ("patient[0-9]+", "is no file, and no pattern with a group"),
        ("patient([0-9]+", "is no regular expression"),
        ("nowhere.csv", "is no file"),
    ],
)
def test_groups_that_do_not_fit_are_named(scans, groups, message):
    with pytest.raises(DataError) as caught:
        _ = load(scans, groups=groups).num_classes
    assert str(caught.value).startswith("groups '")
    assert message in str(caught.value)


def in_table(scans, head, row):
    """Write a table next to the data, with a row for each image."""
    rows = [head]
    for k, path in enumerate(sorted(scans.rglob("*.png"))):
        patient = path.stem.removeprefix("patient").partition("_")[0]
        rows.append(row(path.name, patient, k))
    (scans.parent / "table.csv").write_text("\n".join(rows))
    return str(scans.parent / "table.csv")


@pytest.mark.parametrize(
    ("head", "row"),
    [
        ("Datei,Patientin", lambda file, p, k: f"{file},{p}"),
        ("Bild,Alter,Proband-Nr,Befund", lambda file, p, k: f"{file},{k % 9},{p},{'ab'[k % 2]}"),
        ("Bild,Kuh,split,label", lambda file, p, k: f"{file},{p},{('train', 'test')[k % 2]},x"),
        ("image,cow,camera,age", lambda file, p, k: f"{file},{p},{'ab'[k % 2]},{k % 7}"),
        ("image,cow,uid", lambda file, p, k: f"{file},{p},{k}"),
        ("image,id,cow", lambda file, p, k: f"{file},{k},{p}"),
    ],
)
def test_the_column_of_groups_may_have_any_name(scans, head, row):
    data = load(scans, groups=in_table(scans, head, row))
    for split in SPLITS:
        assert data.paths(split) == load(scans, groups=PATTERN).paths(split)


def test_a_column_of_groups_that_can_not_be_told_is_named(scans):
    table = in_table(scans, "image,cow,herd", lambda file, p, k: f"{file},{p},{int(p) % 7}")
    with pytest.raises(DataError, match=r"the columns image, cow, herd, .* set group_column to it"):
        _ = load(scans, groups=table).num_classes
    data = load(scans, groups=table, group_column="COW")
    assert data.paths("test") == load(scans, groups=PATTERN).paths("test")
    assert data.card()["init_args"]["group_column"] == "COW"
    assert splits_of(data.card())["group_column"] == "COW"
    again = ImageFolderDataModule(**data.card()["init_args"])
    assert again.paths("test") == data.paths("test")


def test_an_image_without_a_group_is_named(scans):
    table = in_table(scans, "file,cow", lambda file, p, k: f"{file},{p if k != 7 else ''}")
    with pytest.raises(DataError, match=r"gives no group for '.*patient\d+_\d\.png'; add it, or"):
        _ = load(scans, groups=table).num_classes


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"group_column": "cow"}, "group_column is 'cow', and groups is left out; set groups to"),
        ({"group_column": "cow", "groups": PATTERN}, "is a pattern; leave group_column out"),
        (
            {"group_column": "x", "groups": "table.csv"},
            "group_column 'x' is no column of .* image,",
        ),
    ],
)
def test_a_column_of_groups_that_nothing_has_is_refused(scans, options, message):
    table = in_table(scans, "image,cow,herd", lambda file, p, k: f"{file},{p},{int(p) % 7}")
    if "table" in options.get("groups", ""):
        options = {**options, "groups": table}
    with pytest.raises(DataError, match=message):
        _ = load(scans, **options).num_classes


def test_a_table_of_folders_gives_the_groups(tmp_path):
    a = Archive(tmp_path)
    for slide in range(20):
        a.images(f"{('ill', 'well')[slide % 2]}/slide{slide}", 4)
    rows = [f"slide{slide},P{slide // 4}" for slide in range(20)]
    a.text("slides.csv", "\n".join(["slide_folder,patient", *rows]))
    data = load(tmp_path, classes=["ill", "well"], groups="slides.csv")
    assert {*data.groups("train")} <= {f"P{n}" for n in range(5)}
    assert not {*data.groups("train")} & {*data.groups("test")}


def test_folders_that_tell_files_of_one_name_apart_may_be_the_groups(tmp_path):
    a, rows = Archive(tmp_path), ["Kuh,file"]
    for cow in range(20):
        a.images(f"{('ill', 'well')[cow % 2]}/cow{cow}", 4)
        rows += [f"cow{cow},{number:03}.png" for number in range(4)]
    a.text("cows.csv", "\n".join(rows))
    data = load(tmp_path, classes=["ill", "well"], groups="cows.csv")
    assert {*data.groups("train")} < {f"cow{n}" for n in range(20)}


def test_equal_files_in_two_classes_are_named(tmp_path, capsys):
    (path,) = fill(tmp_path / "cat", 30)[3:4]
    fill(tmp_path / "dog", 30, 100)
    shutil.copy(path, tmp_path / "dog" / "copy.png")
    assert load(tmp_path).num_classes == 2
    said = capsys.readouterr().out
    assert "data: 1 equal files in two classes; remove the wrong one of each" in said
    assert f"{path} (cat) and {tmp_path / 'dog' / 'copy.png'} (dog)" in said
