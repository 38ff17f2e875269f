"""Relative paths of tables start at the root, and remarks name the folder of a table."""

import pytest

from datamodules.errors import DataError
from helpers.image_folders import fill, load


def table(path, kinds, first=0, count=6):
    rows = [f"{first + i:03}.png,{kinds[i % 2]}" for i in range(count)]
    path.write_text("\n".join(["file,label", *rows]))


def test_a_table_of_the_same_name_in_the_current_folder_is_not_taken(tmp_path, monkeypatch):
    fill(tmp_path / "pets", 6)
    table(tmp_path / "pets" / "labels.csv", ("cat", "dog"))
    table(tmp_path / "labels.csv", ("rose", "tulip"))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        DataError, match=r"labels 'labels\.csv' is a file in the current folder and"
    ):
        _ = load("pets", labels="labels.csv").num_classes
    both = {"pets/labels.csv": ("cat", "dog"), str(tmp_path / "labels.csv"): ("rose", "tulip")}
    for labels, names in both.items():
        assert load("pets", labels=labels).class_names == names
    table(tmp_path / "labels.csv", ("cat", "dog"))
    assert load("pets", labels="labels.csv").class_names == ("cat", "dog")


def test_a_table_of_groups_is_looked_for_in_the_same_way(tmp_path, monkeypatch):
    fill(tmp_path / "pets" / "cat", 20)
    fill(tmp_path / "pets" / "dog", 20, 20)
    for place, size in (("pets", 4), (".", 2)):
        rows = [f"{i:03}.png,{i // size}" for i in range(40)]
        (tmp_path / place / "groups.csv").write_text("\n".join(["file,group", *rows]))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=r"groups 'groups\.csv' is a file in the current folder"):
        _ = load("pets", groups="groups.csv").num_classes
    (tmp_path / "groups.csv").unlink()
    assert len({*load("pets", groups="groups.csv").groups("train")}) <= 10


def test_tables_of_other_splits_are_used_and_an_odd_one_is_named_with_its_folder(tmp_path, capsys):
    for first, split in ((0, "train"), (100, "valid"), (200, "test")):
        fill(tmp_path / split, 6, first)
        rows = [f"{first + i:03}.png,{i % 2},{1 - i % 2}" for i in range(6)]
        (tmp_path / split / "_classes.csv").write_text("\n".join(["filename,cat,dog", *rows]))
    (tmp_path / "train" / "about.csv").write_text("a,b\n1,2\n")
    assert load(tmp_path).class_names == ("cat", "dog")
    said = capsys.readouterr().out
    assert "_classes.csv' is not used" not in said
    assert "'train/about.csv' is not used" in said
