"""A remark names unused tables that group images."""

import re

import pytest

from helpers.archive import Archive
from helpers.image_folders import load


@pytest.fixture
def scans(tmp_path):
    a = Archive(tmp_path)
    for number, kind in enumerate(("healthy", "ill")):
        a.images(kind, 20, first=20 * number)
    return a


def table(a, head, row, count=40):
    a.text("scans.csv", "\n".join([head, *(row(n) for n in range(count))]))


def said(root, capsys, **options):
    capsys.readouterr()
    _ = load(root, **options).num_classes
    return [line for line in capsys.readouterr().out.splitlines() if "may be in different" in line]


@pytest.mark.parametrize("column", ["patient", "Patienten-Nr", "slide_id", "lesion_id", "video"])
def test_groups_next_to_class_folders_are_named(scans, column, capsys):
    table(scans, f"file,{column},age", lambda n: f"{n:03}.png,p{n // 4},{20 + n}")
    (line,) = said(scans.root, capsys)
    assert f"'scans.csv' gives 10 groups of 40 images in {column}, and images of a group" in line
    groups = re.search(r"set groups to '([^']+)' and group_column to '([^']+)'", line)
    options = {"groups": groups[1], "group_column": groups[2]}
    assert said(scans.root, capsys, **options) == []
    data = load(scans.root, **options)
    kept = {s: {int(p[-7:-4]) // 4 for p in data.paths(s)} for s in ("train", "test")}
    assert not kept["train"] & kept["test"]


def test_groups_in_the_table_of_labels_are_named_and_the_coarsest_of_several(tmp_path, capsys):
    a = Archive(tmp_path)
    a.images("images", 40)
    table(
        a, "file,lesion_id,patient_id,dx", lambda n: f"{n:03}.png,l{n // 2},p{n // 4},{'ab'[n % 2]}"
    )
    (line,) = said(tmp_path, capsys)
    assert "10 groups of 40 images in patient_id" in line


@pytest.mark.parametrize(
    ("head", "row"),
    [
        ("file,patient", lambda n: f"{n:03}.png,p{n}"),
        ("file,patient", lambda n: f"{n:03}.png,p1"),
        ("file,patient", lambda n: f"{n:03}.png,{'p1' if n < 30 else ''}"),
        ("file,age", lambda n: f"{n:03}.png,{n // 4}"),
        ("file,patient", lambda n: f"{n + 30:03}.png,p{n // 4}"),
        ("file,patient", lambda n: f"{n or 99:03}.png,p{n // 4}"),
    ],
    ids=["own", "one", "gaps", "age", "others", "all but one"],
)
def test_other_columns_are_no_groups(scans, head, row, capsys):
    table(scans, head, row)
    assert said(scans.root, capsys) == []


@pytest.mark.parametrize("apart", [True, False])
def test_groups_in_splits_of_the_data_are_named_only_if_they_are_apart(tmp_path, apart, capsys):
    a = Archive(tmp_path)
    places = [f"{split}/{kind}" for split in ("train", "val", "test") for kind in "ab"]
    for number, place in enumerate(places):
        a.images(place, 10, first=10 * number)
    table(a, "file,patient", lambda n: f"{n:03}.png,p{n % 20 if apart else n // 2}", 60)
    capsys.readouterr()
    _ = load(tmp_path).num_classes
    lines = [line for line in capsys.readouterr().out.splitlines() if "of a group are in" in line]
    assert len(lines) == apart
    if apart:
        assert "to leave out training images whose group is in another split" in lines[0]
