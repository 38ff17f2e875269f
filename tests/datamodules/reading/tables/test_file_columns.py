"""A table's column of image files is found, whatever its name."""

import pytest

from datamodules.errors import DataError
from datamodules.reading.splits.splits import SPLITS
from helpers.archive import Archive
from helpers.image_folders import fill, load

KINDS = ("cat", "dog")
COUNTS = {"cat": 20, "dog": 20}


def labeled(folder, head, name="{:03}.png", table="labels.csv", delimiter=","):
    """Write forty images, and a table with this header and each image's name and class."""
    Archive(folder).images("", 40, name)
    rows = [f"{name.format(n)}{delimiter}{KINDS[n % 2]}" for n in range(40)]
    (folder / table).write_text("\n".join([head, *rows]))
    return folder


def counts_of(data):
    labels = [label for split in SPLITS for label in data.images(split)[1].tolist()]
    return {name: labels.count(number) for number, name in enumerate(data.class_names)}


@pytest.mark.parametrize("given", [None, "labels.csv"])
@pytest.mark.parametrize(
    ("head", "delimiter"), [("Dateiname;label", ";"), ("Scan,dx", ","), ("Nr.\tclass", "\t")]
)
def test_a_column_of_files_of_any_name(tmp_path, capsys, head, delimiter, given):
    data = load(labeled(tmp_path, head, delimiter=delimiter), labels=given)
    assert counts_of(data) == COUNTS
    said = f"labels.csv' names the images in its column {head.partition(delimiter)[0]}\n"
    assert said in capsys.readouterr().out


def test_the_hint_for_two_unusual_columns_works(tmp_path):
    labeled(tmp_path, "fichier,classe")
    with pytest.raises(DataError, match=r"in its columns classe; set labels to '.*labels\.csv'"):
        _ = load(tmp_path).num_classes
    assert counts_of(load(tmp_path, labels="labels.csv", label_column="classe")) == COUNTS


@pytest.mark.parametrize("given", [None, "labels.csv"])
@pytest.mark.parametrize("age", ["Alter", "id"])
def test_numbers_that_are_names_of_some_images_are_no_column_of_files(tmp_path, age, given):
    folder = labeled(tmp_path, "Bild,label", "{}.png")
    rows = [f"{39 - n},{n}.png,{KINDS[n % 2]}" for n in range(40)]
    (folder / "labels.csv").write_text("\n".join([f"{age},Bild,label", *rows]))
    data = load(folder, labels=given)
    cats = data.class_names.index("cat")
    for split in SPLITS:
        for path, label in zip(data.names(split), data.images(split)[1].tolist(), strict=True):
            assert (label == cats) == (int(path.removesuffix(".png")) % 2 == 0)


@pytest.mark.parametrize(
    "rows",
    [
        [f"{20 + n % 15},{KINDS[n % 2]}" for n in range(40)],  # ages
        [f"{n},scan{n}.png,{KINDS[n % 2]}" for n in range(40)],  # numbers of rows
    ],
)
def test_a_table_that_only_numbers_fit_is_refused(tmp_path, rows):
    folder = labeled(tmp_path, "x", "{}.png")
    columns = ("Alter", "Datei", "label") if rows[0].count(",") == 2 else ("Alter", "label")
    (folder / "labels.csv").write_text("\n".join([",".join(columns), *rows]))
    with pytest.raises(DataError, match=r"labels\.csv' names none of the images"):
        _ = load(folder).num_classes
    with pytest.raises(DataError, match=r"names no image of .* set image_column to it"):
        _ = load(folder, labels="labels.csv").num_classes


def test_two_columns_of_different_images_are_refused_and_the_hint_works(tmp_path):
    folder = labeled(tmp_path, "x")
    rows = [f"{n:03}.png,{39 - n:03}.png,{KINDS[n % 2]}" for n in range(40)]
    table = folder / "labels.csv"
    table.write_text("\n".join(["links,rechts,label", *rows]))
    for given in (None, "labels.csv"):
        with pytest.raises(DataError, match=r"the columns links, rechts of .* rename the one"):
            _ = load(folder, labels=given).num_classes
    table.write_text(table.read_text().replace("rechts", "file"))
    assert load(folder).class_names == KINDS
    rows = [f"{n:03}.png,x/{n:03}.png,{KINDS[n % 2]}" for n in range(40)]
    table.write_text("\n".join(["Name des Bildes,Pfad,label", *rows]))
    assert counts_of(load(folder)) == COUNTS


@pytest.mark.parametrize("table", ["labels.csv", "train.csv"])
def test_a_column_of_many_classes_of_an_unusual_name_is_refused(tmp_path, table):
    fill(tmp_path, 400)
    rows = [f"{n:03}.png,breed {n % 150}" for n in range(400)]
    (tmp_path / table).write_text("\n".join(["Bild,Rasse", *rows]))
    with pytest.raises(DataError, match="may give their labels in its columns Rasse; set labels"):
        _ = load(tmp_path).num_classes
    assert load(tmp_path, labels=table, label_column="Rasse").num_classes == 150


def folders(root):
    for number, kind in enumerate(KINDS):
        fill(root / kind, 20, 20 * number)
    return [f"{KINDS[n // 20]}/{n:03}.png" for n in range(40)]


@pytest.mark.parametrize("given", [None, "teile.csv"])
def test_splits_by_a_column_of_files_of_any_name(tmp_path, given):
    rows = [
        f"{file},{'test' if n % 4 == 0 else 'train'}" for n, file in enumerate(folders(tmp_path))
    ]
    (tmp_path / "teile.csv").write_text("\n".join(["Datei,split", *rows]))
    data = load(tmp_path, labels=given)
    assert len(data.paths("test")) == 10
    (tmp_path / "teile.csv").write_text("\n".join(["Datei,split", *rows]).replace(".png", ".gif"))
    if given:
        with pytest.raises(DataError, match=r"teile\.csv' names no image of .* Datei, split"):
            _ = load(tmp_path, labels=given).num_classes


def test_splits_in_a_column_of_an_unusual_name_are_named(tmp_path, capsys):
    rows = [
        f"{file},{'test' if n % 4 == 0 else 'train'}" for n, file in enumerate(folders(tmp_path))
    ]
    table = tmp_path / "teile.csv"
    table.write_text("\n".join(["Datei,Aufteilung", *rows]))
    assert load(tmp_path).num_classes == 2
    said = "the column Aufteilung of 'teile.csv' holds test, train and splits nothing; rename it to"
    assert said in capsys.readouterr().out
    table.write_text(table.read_text().replace("Aufteilung", "split"))
    assert len(load(tmp_path).paths("test")) == 10


def test_groups_by_a_column_of_files_of_any_name(tmp_path):
    rows = [f"{file},{n % 8}" for n, file in enumerate(folders(tmp_path))]
    table = tmp_path / "wer.csv"
    table.write_text("\n".join(["Datei,Person", *rows]))
    assert {*load(tmp_path, groups="wer.csv").groups("train")} == {*"01234567"}
    table.write_text(table.read_text().replace(".png", ".gif"))
    with pytest.raises(DataError, match=r"groups 'wer\.csv' names no image of .* Datei, Person"):
        _ = load(tmp_path, groups="wer.csv").num_classes


def test_columns_of_different_images_are_reported_once(tmp_path, capsys):
    fill(tmp_path, 24)
    rows = [f"{n:03}.png,{n + 12:03}.png" for n in range(12)]
    (tmp_path / "stains.csv").write_text("\n".join(["dapi,actin", *rows]))
    assert load(tmp_path).num_classes == 1
    assert capsys.readouterr().out.count("name different images") == 1
