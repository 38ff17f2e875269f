"""Tables named after splits in other languages, and spreadsheets, are never skipped silently."""

import pytest

from datamodules.errors import DataError
from helpers.archive import Archive, by_class
from helpers.image_folders import load

WORDS = [
    ("entrenamiento", "prueba"),
    ("apprentissage", "test"),
    ("Trainingsdaten", "Testdaten"),
    ("etiquetas_entrenamiento", "etiquetas_prueba"),
    ("Training", "Pr\u00fcfung"),
]


def in_folders(a):
    """Return the files and labels of class folders."""
    return [(file, kind) for kind in ("cat", "dog") for file in images(a, kind, ord(kind[0]))]


def loose(a):
    return [(file, "ab"[n % 2]) for n, file in enumerate(images(a, "images", 0))]


def images(a, folder, first):
    a.images(folder, 20, first=first)
    return sorted(f"{folder}/{path.name}" for path in (a.root / folder).iterdir())


def write(a, names, labels, suffix="csv"):
    """Write two tables: the second has every fifth file, the first the others."""
    table = suffix == "csv"
    for name, held_out in zip(names, (False, True), strict=True):
        own = [each for n, each in enumerate(labels) if (n % 5 == 0) == held_out]
        rows = ["file,label"] * table + [",".join(each[: 1 + table]) for each in own]
        a.text(f"{name}.{suffix}", "\n".join(rows))


@pytest.mark.parametrize("names", WORDS)
@pytest.mark.parametrize("shape", [in_folders, loose])
def test_tables_named_in_another_language_are_refused_with_names_that_work(tmp_path, names, shape):
    labels = shape(a := Archive(tmp_path))
    write(a, names, labels)
    listed = f"{names[0]}.csv, {names[1]}.csv, which by their names split the images; rename them"
    with pytest.raises(DataError, match=listed):
        _ = load(tmp_path).class_names
    for name, split in zip(names, ("train", "test"), strict=True):
        (tmp_path / f"{name}.csv").rename(tmp_path / f"{split}.csv")
    assert sum(by_class(load(tmp_path), "test").values()) == len(labels) / 5


def test_they_can_be_ignored_and_named_classes_need_no_table(tmp_path):
    write(a := Archive(tmp_path), WORDS[0], in_folders(a))
    assert load(tmp_path, ignore="*.csv").class_names == ("cat", "dog")
    assert load(tmp_path, classes=["cat", "dog"]).class_names == ("cat", "dog")


def test_lists_named_in_another_language_are_named(tmp_path, capsys):
    write(a := Archive(tmp_path), WORDS[0], in_folders(a), "txt")
    _ = load(tmp_path).class_names
    assert "'entrenamiento.txt', 'prueba.txt' may split the images" in capsys.readouterr().out


@pytest.mark.parametrize("kind", ["xlsx", "mat", "npy", "pkl", "sqlite", "ndjson"])
def test_a_table_of_labels_that_is_not_read_is_refused_and_another_named(tmp_path, capsys, kind):
    loose(a := Archive(tmp_path))
    a.text(f"labels.{kind}", "PK")
    with pytest.raises(DataError, match=rf"labels\.{kind}' seems .* not read; save it as CSV, or"):
        _ = load(tmp_path).class_names
    assert load(tmp_path, ignore=f"labels.{kind}").num_classes == 1
    (tmp_path / f"labels.{kind}").rename(tmp_path / f"study.{kind}")
    assert load(tmp_path).num_classes == 1
    assert f"'study.{kind}' is not read; if labels" in capsys.readouterr().out


def test_many_files_that_are_not_read_are_named_in_one_line(tmp_path, capsys):
    in_folders(a := Archive(tmp_path))
    for number in range(9):
        a.text(f"cat/{number}.npy", "x")
    a.text("Thumbs.db", "x")
    assert load(tmp_path).class_names == ("cat", "dog")
    said = capsys.readouterr().out
    assert "'cat/2.npy' and 6 more are not read" in said
    assert "Thumbs.db" not in said


ROWS = [f"{number},{kind}" for number, kind in enumerate(6 * ["frog"] + 6 * ["deer"])]


def kaggle(root, table, rows=ROWS):
    """Write images of the same names in train and test, and a table of labels."""
    a = Archive(root)
    a.images("train", len(ROWS), "{}.png")
    a.images("test", 4, "{}.png")
    a.text(table, "\n".join(["id,label", *rows]))
    return a


@pytest.mark.parametrize("table", ["trainLabels.csv", "labels.csv"])
def test_a_table_of_the_training_images_may_fit_names_of_test_images(tmp_path, capsys, table):
    kaggle(tmp_path, table).text("sampleSubmission.csv", "id,label\n0,cat\n1,cat\n2,cat\n3,cat")
    data = load(tmp_path)
    assert data.class_names == ("deer", "frog")
    assert all("/train/" in path for path in data.paths("train"))
    assert "'sampleSubmission.csv' is not used, since its name says" in capsys.readouterr().out


def test_a_table_that_fits_two_splits_is_refused(tmp_path):
    kaggle(tmp_path, "labels.csv", ROWS[:4])
    with pytest.raises(DataError, match=r"which fits .*; name their folders"):
        _ = load(tmp_path, labels="labels.csv").class_names


@pytest.mark.parametrize("name", ["predictions", "my_preds", "Submission"])
def test_predictions_are_labels_only_if_they_are_named(tmp_path, name):
    files = loose(a := Archive(tmp_path))
    rows = [f"{file},{label},0.9" for file, label in files]
    a.text(f"{name}.csv", "\n".join(["file,label,confidence", *rows]))
    with pytest.raises(DataError, match=rf"that it holds predictions; set labels to .*/{name}\.c"):
        _ = load(tmp_path).class_names
    assert load(tmp_path, labels=f"{name}.csv").class_names == ("a", "b")


@pytest.mark.parametrize("other", ["01", "11", "dc"])
def test_a_table_of_numbers_may_repeat_that_of_names(tmp_path, other):
    files = images(a := Archive(tmp_path), "images", 0)
    for name, kinds in (("a.csv", other), ("b.csv", "cd")):
        rows = [f"{file},{kinds[number % 2]}" for number, file in enumerate(files)]
        a.text(name, "\n".join(["file,label", *rows]))
    if other == "01":
        assert load(tmp_path).class_names == ("c", "d")
    else:
        with pytest.raises(DataError, match="says other labels"):
            _ = load(tmp_path).class_names
