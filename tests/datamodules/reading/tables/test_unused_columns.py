"""A remark names unused columns next to class folders that look like labels."""

import pytest

from helpers.archive import Archive
from helpers.image_folders import follow, load


def files(a, folder):
    return sorted((a.root / folder).iterdir())


def test_the_only_column_next_to_the_files_is_named_if_it_is_not_used(tmp_path, capsys):
    a, rows = Archive(tmp_path), ["file,auswertung"]
    for number, place in enumerate(("Berlin", "Hamburg")):
        a.images(place, 10, first=10 * number)
        rows += [f"{e.name},{('gut', 'schlecht')[k % 2]}" for k, e in enumerate(files(a, place))]
    a.text("tabelle.csv", "\n".join(rows))
    assert load(tmp_path).class_names == ("Berlin", "Hamburg")
    said = capsys.readouterr().out
    assert "'tabelle.csv' gives a folder several values in auswertung ('gut', 'schlecht')" in said
    assert follow(said, tmp_path).class_names == ("gut", "schlecht")


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("kl", ["0", "1", "2", "3", "4"]),
        ("stufe", ["1.0", "2.0", "3.0"]),
        ("auswertung", ["gut", "mittel", "schlecht"]),
    ],
)
@pytest.mark.parametrize("notes", [False, True])
def test_many_labels_or_grades_in_the_only_column_are_named(tmp_path, name, labels, notes, capsys):
    a, rows = Archive(tmp_path), [f"file,{name}" + ",age" * notes]
    for number, place in enumerate(("Berlin", "Hamburg")):
        a.images(place, 10, first=10 * number)
        given = [labels[k % len(labels)] + f",{k}" * notes for k in range(10)]
        rows += [f"{e.name},{label}" for e, label in zip(files(a, place), given, strict=True)]
    a.text("tabelle.csv", "\n".join(rows))
    assert load(tmp_path).class_names == ("Berlin", "Hamburg")
    said = capsys.readouterr().out
    assert f"'tabelle.csv' gives a folder several values in {name} ('" in said
    # Whole numbers lose the .0 that other programs write.
    class_names = tuple(label.removesuffix(".0") for label in labels)
    assert follow(said, tmp_path).class_names == class_names


@pytest.mark.parametrize("value", ["0.{k}7", "{k}7", "P{k}3"])
def test_measurements_and_numbers_of_patients_are_no_labels(tmp_path, value, capsys):
    a, rows = Archive(tmp_path), ["file,wert"]
    for number, kind in enumerate(("cat", "dog")):
        a.images(kind, 10, first=10 * number)
        rows += [f"{e.name},{value.format(k=k % 5)}" for k, e in enumerate(files(a, kind))]
    a.text("tabelle.csv", "\n".join(rows))
    assert load(tmp_path).class_names == ("cat", "dog")
    assert "tabelle.csv" not in capsys.readouterr().out


def test_a_table_of_labels_that_are_measurements_is_named(tmp_path, capsys):
    a = Archive(tmp_path)
    a.images("images", 20)
    rows = [f"{each.name},{number * 0.37:.2f}" for number, each in enumerate(files(a, "images"))]
    a.text("labels.csv", "\n".join(["image,score", *rows]))
    assert load(tmp_path).class_names == ("images",)
    said = "'labels.csv' is not used, since none of its columns has few enough values to be classes"
    assert said in capsys.readouterr().out
