"""What messages on unclear tables say: what to change, with an example from the table."""

import pytest

from datamodules.errors import DataError
from helpers.archive import Archive
from helpers.image_folders import load

KINDS = ("cat", "dog")


def table(a, rows, name="labels.csv", head="file,label"):
    a.text(name, "\n".join([head, *rows]))


@pytest.fixture
def a(tmp_path):
    a = Archive(tmp_path)
    a.images("images", 12)
    return a


def test_an_example_shows_how_names_differ_from_those_of_images(a, tmp_path):
    table(a, [f"{n},{KINDS[n % 2]}" for n in range(12)])
    said = r"\(it names '0', and an image is called '000.png'\)"
    for options in ({}, {"labels": "labels.csv"}, {"labels": "labels.csv", "image_column": "file"}):
        with pytest.raises(DataError, match=said):
            _ = load(tmp_path, **options).num_classes


def test_a_table_of_other_files_next_to_class_folders_gets_a_remark(tmp_path, capsys):
    a = Archive(tmp_path)
    for first, kind in ((0, "a"), (50, "b")):
        a.images(kind, 12, first=first)
    table(a, [f"{n:03}.tif,{KINDS[n % 2]}" for n in range(12)])
    assert load(tmp_path).class_names == ("a", "b")
    said = "'labels.csv' is not used, since it names none of the images"
    assert said in capsys.readouterr().out
    table(a, [f"{n},{KINDS[n % 2]}" for n in range(2)], head="id,name")
    _ = load(tmp_path).class_names
    assert said not in capsys.readouterr().out


def test_tables_of_images_and_of_patients_are_to_be_joined(a, tmp_path):
    table(a, [f"{n:03}.png,p{n // 3}" for n in range(12)], "images.csv", "file,patient")
    table(a, [f"p{n},{KINDS[n % 2]}" for n in range(4)], "patients.csv", "patient,diagnosis")
    with pytest.raises(DataError, match=r"join the two by patient .* \[images.csv, patients.csv\]"):
        _ = load(tmp_path).num_classes
    assert load(tmp_path, ignore=["images.csv", "patients.csv"]).num_classes == 1


def test_groups_are_not_offered_as_labels_if_there_are_other_columns(a, tmp_path):
    rows = [f"{n:03}.png,p{n // 3},{KINDS[n % 2]}" for n in range(12)]
    table(a, rows, "data.csv", "file,patient,kind")
    with pytest.raises(DataError, match="may give their labels in its columns kind;"):
        _ = load(tmp_path).num_classes


@pytest.mark.parametrize(
    ("encoding", "column"), [("gbk", "类别"), ("cp1252", "Käfer"), ("utf-16-le", "kind")]
)
def test_a_table_in_another_encoding_is_to_be_saved_as_utf_8(a, tmp_path, encoding, column):
    rows = [f"{n:03}.png,{KINDS[n % 2]}" for n in range(12)]
    text = "\n".join([f"file,{column}", *rows])
    (tmp_path / "labels.csv").write_bytes(text.encode(encoding))
    for options in ({}, {"labels": "labels.csv"}):
        with pytest.raises(DataError, match=r"not in UTF-8 .*; save it as UTF-8"):
            _ = load(tmp_path, **options).num_classes


def test_a_table_of_measurements_is_to_be_ignored(a, tmp_path):
    table(a, [f"{n:03}.png,{n / 7}" for n in range(12)])
    with pytest.raises(DataError, match=r"set ignore to 'labels\.csv'"):
        _ = load(tmp_path).num_classes
    assert load(tmp_path, ignore="labels.csv").num_classes == 1


def test_the_advice_on_an_export_comes_before_that_on_other_tables(a, tmp_path):
    a.text("metadata.json", '{"a": 1}')
    a.text("samples.json", '{"samples": [{"_cls": "Classification"}]}')
    with pytest.raises(DataError, match="is an export of FiftyOne"):
        _ = load(tmp_path).num_classes
