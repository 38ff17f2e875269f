"""A table's column of splits is used like split folders, or refused by name."""

import pytest

from datamodules.errors import DataError
from datamodules.reading.tables.split_column import split_column
from helpers.archive import Archive
from helpers.image_folders import load

WORDS = {"train": 24, "val": 6, "test": 10}


def written(root, column="split", words=WORDS, head="file,label", folder="images"):
    """Write loose images, and a table next to them."""
    a, rows = Archive(root), []
    for word, count in words.items():
        for _ in range(count):
            number = len(rows)
            a.images(folder, 1, first=number)
            rows.append(f"{folder}/{number:03}.png,{('cat', 'dog')[number % 2]},{word}")
    a.text("labels.csv", "\n".join([f"{head},{column}", *rows]))
    return str(root)


def counts(data):
    return [len(data.paths(split)) for split in ("train", "validation", "test")]


@pytest.mark.parametrize("given", [None, "labels.csv"])
@pytest.mark.parametrize(
    ("column", "train", "validation", "test"),
    [
        ("split", "train", "val", "test"),
        ("Set", "TRAIN", "Valid", "TEST"),
        ("subset", "training", "validation", "testing"),
        ("fold", "train", "dev", "test"),
        ("data set", "train", "valid", "test"),
    ],
)
def test_a_column_of_splits_splits(tmp_path, given, column, train, validation, test):
    root = written(tmp_path, column, {train: 24, validation: 6, test: 10})
    data = load(root, labels=given)
    assert data.class_names == ("cat", "dog")
    assert counts(data) == [24, 6, 10]
    assert sorted(data.names("test")) == [f"images/{k:03}.png" for k in range(30, 40)]


def test_a_split_that_the_table_lacks_is_chosen(tmp_path):
    data = load(written(tmp_path, words={"train": 30, "test": 10}), validation=0.1)
    assert counts(data) == [26, 4, 10]  # a tenth of 15 in each of two classes, rounded


def test_folds_by_number_and_other_columns_split_nothing(tmp_path):
    root = written(tmp_path / "a", "fold", {"0": 20, "1": 20})
    assert counts(load(root)) == [32, 4, 4]
    root = written(tmp_path / "b", "remark", {"train": 20, "test": 20})
    assert counts(load(root)) == [32, 4, 4]


def test_what_is_no_split_is_refused_with_its_column(tmp_path):
    root = written(tmp_path / "a", "set", {"train": 20, "test": 10, "extra": 10})
    with pytest.raises(DataError, match="has a column set of splits with the values extra, test"):
        _ = load(root).num_classes
    root = written(tmp_path / "b", words={"test": 20})
    with pytest.raises(DataError, match=r"labels.csv' there is no image to train on \(only test\)"):
        _ = load(root).num_classes
    rows = [{"set": "train", "split": "test"}, {"set": "test", "split": "train"}]
    with pytest.raises(DataError, match=r"the columns set and split, which split .* several ways"):
        split_column(rows, "x")


def test_rows_without_a_split_are_left_out(tmp_path):
    data = load(written(tmp_path, words={"train": 30, "": 5, "test": 10}))
    assert set(data.unreadable.values()) == {f"has no split in '{tmp_path / 'labels.csv'}'"}
    assert len(data.unreadable) == 5


def test_folders_and_table_must_agree(tmp_path):
    for folder, word in (("train", "val"), ("test", "test")):
        written(tmp_path / "agree", words={word: 20}, folder=folder)
    a = Archive(tmp_path / "disagree")
    for folder in ("train", "test"):
        a.images(folder, 20)
    rows = [f"{f}/{k:03}.png,{'ab'[k % 2]},train" for f in ("train", "test") for k in range(20)]
    a.text("labels.csv", "\n".join(["file,label,split", *rows]))
    with pytest.raises(DataError, match=r"test/000.png' lies in the test folder, and '.*' says tr"):
        _ = load(tmp_path / "disagree").num_classes


def test_splits_next_to_class_folders_are_used(tmp_path, capsys):
    a = Archive(tmp_path)
    for kind in ("cat", "dog"):
        a.images(kind, 20)
    rows = [
        f"{kind}/{k:03}.png,{kind},{'test' if k < 8 else 'train'}"
        for kind in ("cat", "dog")
        for k in range(20)
    ]
    a.text("birds.csv", "\n".join(["filepaths,labels,data set", *rows]))
    assert counts(load(tmp_path, validation=0)) == [24, 0, 16]
    assert "data: splits of 40 images from birds.csv" in capsys.readouterr().out
    assert counts(load(tmp_path, labels="birds.csv", validation=0)) == [24, 0, 16]


def test_rows_without_a_file_are_named(tmp_path, capsys):
    root = written(tmp_path)
    for number in (3, 30):
        (tmp_path / f"images/{number:03}.png").unlink()
    assert counts(load(root)) == [23, 6, 9]
    said = "labels.csv' names 2 images that are not there: images/003.png, images/030.png\n"
    assert said in capsys.readouterr().out


OTHER_WORDS = [
    ("training", "validierung", "prüfung"),
    ("Trainingsdaten", "Validierungsdaten", "Testdaten"),
    ("entrenamiento", "validación", "prueba"),
    ("entraînement", "validation", "test"),
    ("treinamento", "validação", "teste"),
]


@pytest.mark.parametrize("words", OTHER_WORDS, ids=str)
def test_splits_in_another_language_are_not_passed_over(tmp_path, words, capsys):
    counted = dict(zip(words, WORDS.values(), strict=True))
    root = written(tmp_path / "odd", "Aufteilung", counted)
    assert load(root).class_names == ("cat", "dog")
    said = capsys.readouterr().out
    assert "the column Aufteilung of " in said
    assert "rename it to split, and write train, val and test in it, to split the images" in said
    with pytest.raises(DataError, match=r"a column split of splits .* write train, val or test"):
        _ = load(written(tmp_path / "usual", "split", counted)).num_classes


def test_words_that_may_be_classes_are_no_splits(tmp_path, capsys):
    written(tmp_path, "wagon", {"train": 20, "bus": 20})
    assert load(tmp_path).num_classes == 2
    assert "splits nothing" not in capsys.readouterr().out
