"""A table that gives several class folders one label: the folders may be patients or wells."""

import re

import pytest

from datamodules.errors import DataError
from helpers.archive import Archive, by_class
from helpers.image_folders import load

NAMES = ["Patient_{:03}", "W{:02}", "session_{}", "batch {}"]


def studied(
    a, name="Patient_{:03}", table="labels.csv", arm=lambda n: ("treated", "control")[n % 2]
):
    """Ten folders of four images, and a table that gives the images of each one label."""
    rows = ["file,label,split"]
    for number in range(10):
        folder = name.format(number)
        a.images(folder, 4, first=4 * number)
        split = "train" if number < 6 else "val" if number < 8 else "test"
        rows += [f"{folder}/{each.name},{arm(number)},{split}" for each in files(a, folder)]
    a.text(table, "\n".join(rows))


def files(a, folder):
    return sorted((a.root / folder).iterdir())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("table", ["labels.csv", "metadata.csv", "annotations.csv"])
def test_folders_that_share_labels_are_not_silently_the_classes(tmp_path, name, table):
    studied(Archive(tmp_path), name, table)
    with pytest.raises(DataError, match=r"may be classes, but .* the same label in label") as error:
        _ = load(tmp_path).class_names
    said = str(error.value)
    assert "'control', 'treated'" in said
    labels, groups, ignore = (
        re.search(rf"set {argument} to '([^']+)'", said)[1]
        for argument in ("labels", "groups", "ignore")
    )
    assert ignore == table
    data = load(tmp_path, labels=labels, groups=groups)
    assert data.class_names == ("control", "treated")
    assert by_class(data, "train") == {"control": 12, "treated": 12}
    assert {*data.groups("train")} == {name.format(number) for number in range(6)}


def test_the_advice_to_ignore_the_table_makes_the_folders_classes(tmp_path):
    studied(Archive(tmp_path), "batch {}")
    assert load(tmp_path, ignore="labels.csv").num_classes == 10


def test_all_but_a_few_images_in_the_table_are_enough(tmp_path):
    studied(a := Archive(tmp_path))
    lines = (tmp_path / "labels.csv").read_text().splitlines()
    a.text("labels.csv", "\n".join(lines[:-2]))
    with pytest.raises(DataError, match="may be classes, but"):
        _ = load(tmp_path).class_names


def test_folders_named_in_classes_are_the_classes(tmp_path):
    studied(a := Archive(tmp_path), table="labels.csv")
    lines = (tmp_path / "labels.csv").read_text().splitlines()
    a.text("labels.csv", "\n".join(line.rsplit(",", 1)[0] for line in lines))
    names = [f"Patient_{n:03}" for n in range(10)]
    assert load(tmp_path, classes=names).class_names == tuple(names)


def by_kind(a, head, row):
    """Three kinds of animals, and a table of them."""
    rows = [head]
    for number, kind in enumerate(("cat", "dog", "owl")):
        a.images(kind, 10, first=10 * number)
        rows += [f"{kind}/{each.name},{row(kind)}" for each in files(a, kind)]
    a.text("labels.csv", "\n".join(rows))


@pytest.mark.parametrize(
    ("head", "row"),
    [
        ("file,label", lambda kind: kind),
        ("file,label", lambda kind: {"cat": "0", "dog": "1", "owl": "2"}[kind]),
        ("file,category,label", lambda kind: f"{'bird' if kind == 'owl' else 'mammal'},{kind}"),
        ("file,label", lambda kind: "animal"),
    ],
)
def test_a_table_that_says_what_the_folders_say_is_no_reason_to_stop(tmp_path, head, row, capsys):
    by_kind(Archive(tmp_path), head, row)
    assert load(tmp_path).class_names == ("cat", "dog", "owl")
    assert "labels.csv" not in capsys.readouterr().out
