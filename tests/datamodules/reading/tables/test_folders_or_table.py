"""Class folders that a table contradicts: they may be patients or wells."""

import re

import pytest

from datamodules.errors import DataError
from helpers.archive import Archive, by_class
from helpers.image_folders import follow, load

NAMES = ["Patient_{:03}", "W{:02}", "session_{}", "batch {}"]


def studied(
    a, name="Patient_{:03}", table="labels.csv", arm=lambda n: ("treated", "control")[n % 2]
):
    """Write ten folders of four images, and a table with one label for each folder's images."""
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
    """Write folders of three kinds of animals, and a table that describes them."""
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


def of_patients(a, table, head, row, name="Patient_{:03}", count=10):
    """Write folders of patients, and a table with a row for each patient."""
    rows = [head]
    for number in range(count):
        a.images(name.format(number), 4, name="{}.png", first=1)
        rows.append(row(name.format(number), number))
    a.text(table, "\n".join(rows))


@pytest.mark.parametrize("key", ["patient_id", "ID", "Ordner", "case", "code"])
@pytest.mark.parametrize("column", ["diagnosis", "Befund", "tumor_grade", "Auswertung"])
def test_a_row_for_each_patient_is_asked_about_and_can_be_read(tmp_path, key, column, capsys):
    head = f"{key},age,sex,{column}"
    of_patients(
        Archive(tmp_path),
        "patients.csv",
        head,
        lambda name, n: f"{name},{30 + n // 2},{'mf'[n % 2]},{('ill', 'well')[n % 3 == 0]}",
    )
    with pytest.raises(DataError, match=f"may be classes, but .* same label in {column}") as error:
        _ = load(tmp_path).class_names
    data = follow(str(error.value), tmp_path)
    assert data.class_names == ("ill", "well")
    assert len({*data.groups("train")}) > 5
    assert by_class(data, "train")["ill"] % 4 == 0
    assert f"names the folders of images in its column {key}" in capsys.readouterr().out
    assert load(tmp_path, ignore="patients.csv").num_classes == 10


@pytest.mark.parametrize("form", ["{:03}", "Patient_{:03}", "scan {}"])
@pytest.mark.parametrize("key", ["Nr", "patient_id", "ID"])
def test_folders_are_known_by_their_numbers_alone(tmp_path, form, key):
    def rows(_, n):
        return f"{n},{30 + n},{'ab'[n % 2]}"

    of_patients(Archive(tmp_path), "p.csv", f"{key},age,Befund", rows, form, 12)
    with pytest.raises(DataError, match="same label in Befund") as error:
        _ = load(tmp_path).class_names
    data = follow(str(error.value), tmp_path)
    assert data.class_names == ("a", "b")
    for path, label in zip(data.paths("train"), data.images("train")[1].tolist(), strict=True):
        assert int(re.search("([0-9]+)/[^/]+$", path)[1]) % 2 == label


def test_numbers_of_something_else_name_no_folders(tmp_path, capsys):
    def rows(_, n):
        return f"x{n * 7},{n},{'ab'[n % 2]}"

    of_patients(Archive(tmp_path), "p.csv", "pseudonym,age,Befund", rows, "patient{}", 12)
    assert load(tmp_path).num_classes == 12
    assert "'p.csv' is not used, since it names none of the images" in capsys.readouterr().out


def test_wells_of_a_plate_are_asked_about(tmp_path):
    a, rows = Archive(tmp_path), ["well,compound"]
    for number, well in enumerate(f"{row}{column:02}" for row in "ABC" for column in range(1, 5)):
        a.images(well, 4)
        rows.append(f"{well},{('dmso', 'taxol', 'noc')[number % 3]}")
    a.text("plate.csv", "\n".join(rows))
    with pytest.raises(DataError, match="same label in compound") as error:
        _ = load(tmp_path).class_names
    assert follow(str(error.value), tmp_path).class_names == ("dmso", "noc", "taxol")


def test_folders_that_a_table_names_and_that_are_not_there_are_named(tmp_path, capsys):
    of_patients(
        a := Archive(tmp_path), "p.csv", "case,label", lambda name, n: f"{name},{'ab'[n % 2]}"
    )
    a.text("p.csv", (tmp_path / "p.csv").read_text() + "\nPatient_077,a")
    assert load(tmp_path, labels="p.csv").class_names == ("a", "b")
    assert "names 1 images that are not there: folder Patient_077" in capsys.readouterr().out


def test_numbers_of_patients_are_not_those_of_their_images(tmp_path):
    of_patients(
        Archive(tmp_path), "p.csv", "id,befund", lambda name, n: f"{name},{'ab'[n % 2]}", "{}", 12
    )
    data = load(tmp_path, labels="p.csv", label_column="befund")
    assert data.class_names == ("a", "b")
    assert sum(map(len, map(data.paths, ("train", "validation", "test")))) == 48


@pytest.mark.parametrize("column", ["Befund", "especie", "Tumor Grade", "hauptdiagnose", "Sorte"])
@pytest.mark.parametrize("name", ["Patient_{:03}", "Berlin {}"])
@pytest.mark.parametrize("across", [False, True])
def test_a_label_column_of_another_language_is_not_passed_over(tmp_path, column, name, across):
    a = Archive(tmp_path)
    rows = [f"Bild;Kamera;{column}"]
    for number in range(6):
        a.images(name.format(number), 6, first=6 * number)
        for k, each in enumerate(files(a, name.format(number))):
            label = ("gut", "schlecht")[(k if across else number) % 2]
            rows.append(f"{each.name};K{k % 2};{label}")
    a.text("tabelle.csv", "\n".join(rows))
    with pytest.raises(DataError, match="may be classes, but") as error:
        _ = load(tmp_path).class_names
    assert follow(str(error.value), tmp_path).class_names == ("gut", "schlecht")


@pytest.mark.parametrize(
    ("head", "row"),
    [
        ("file,photographer,light", lambda k, kind: f"P{k % 2},{('day', 'night')[k % 2]}"),
        ("file,camera", lambda k, kind: ("Canon", "Nikon")[k % 2]),
        ("file,sex,age", lambda k, kind: f"{'mf'[k % 2]},{k}"),
        ("file,species,wing", lambda k, kind: f"{kind},{('long', 'short')[kind == 'owl']}"),
        ("file,art,wing", lambda k, kind: f"{kind},{('long', 'short')[kind == 'owl']}"),
        ("file,patient", lambda k, kind: f"P{k % 3}"),
        ("file,quality,wing,tail", lambda k, kind: f"good,{'ab'[k % 2]},{'cd'[k % 2]}"),
    ],
)
def test_notes_on_images_are_no_reason_to_stop(tmp_path, head, row, capsys):
    a, rows = Archive(tmp_path), [head]
    for number, kind in enumerate(("cat", "dog", "owl")):
        a.images(kind, 10, first=10 * number)
        rows += [f"{kind}/{e.name},{row(k, kind)}" for k, e in enumerate(files(a, kind))]
    a.text("notes.csv", "\n".join(rows))
    assert load(tmp_path).class_names == ("cat", "dog", "owl")
    assert "notes.csv" not in capsys.readouterr().out


@pytest.mark.parametrize("column", ["diagnosis", "Befund", "severity"])
def test_people_have_findings_where_classes_have_kinds(tmp_path, column):
    a, rows = Archive(tmp_path), [f"name,{column}"]
    for number, name in enumerate(("Anna", "Bert", "Carl", "Dora")):
        a.images(name, 6, first=10 * number)
        rows.append(f"{name},{('ill', 'well')[number % 2]}")
    a.text("people.csv", "\n".join(rows))
    with pytest.raises(DataError, match=f"same label in {column}") as error:
        _ = load(tmp_path).class_names
    assert follow(str(error.value), tmp_path).class_names == ("ill", "well")


def test_files_of_the_same_names_are_told_by_a_column_of_their_folders(tmp_path, capsys):
    a, rows = Archive(tmp_path), ["patient,file,grade"]
    for number in range(6):
        a.images(f"p{number:02}", 6)
        rows += [
            f"p{number:02},{each.name},{k % 2}" for k, each in enumerate(files(a, f"p{number:02}"))
        ]
    a.text("table.csv", "\n".join(rows))
    with pytest.raises(DataError, match=r"several labels in grade \(0, 1\)") as error:
        _ = load(tmp_path).class_names
    assert follow(str(error.value), tmp_path).class_names == ("0", "1")
    a.text("table.csv", re.sub("p[0-9]+,", "", "\n".join(rows)).replace("patient,", ""))
    assert load(tmp_path).num_classes == 6
    assert "'table.csv' is not used, since it names images by what fits" in capsys.readouterr().out


def test_a_table_that_describes_classes_is_at_most_a_remark(tmp_path, capsys):
    a = Archive(tmp_path)
    for kind in ("cat", "dog", "owl"):
        a.images(kind, 10)
    a.text("about.csv", "name,wings,genus\ncat,no,mammal\ndog,no,mammal\nowl,yes,bird")
    assert load(tmp_path).class_names == ("cat", "dog", "owl")
    assert "'about.csv' gives several folders one value in genus" in capsys.readouterr().out


def test_a_broken_table_next_to_patients_is_named(tmp_path, capsys):
    a = Archive(tmp_path)
    for number in range(4):
        a.images(f"patient{number}", 6)
    a.text("labels.csv", "file,label\nelsewhere.png,ill\n")
    assert load(tmp_path).num_classes == 4
    assert "'labels.csv' is not used, since it names none" in capsys.readouterr().out


def test_unusable_files_of_many_patients_share_a_remark(tmp_path, capsys):
    a = Archive(tmp_path)
    for n in range(4):
        a.images(f"patient{n}", 3)
        a.text(f"patient{n}/patient{n}_labels.json", '{"labels": ["a"], "tile": "x"}')
    _ = load(tmp_path).num_classes
    said = capsys.readouterr().out
    assert said.count("is not used, since") == 1
    assert "patient0_labels.json' (and 3 more like it) is not used, since it names none" in said


def test_a_few_unusable_files_of_many_patients_are_named(tmp_path, capsys):
    a = Archive(tmp_path)
    for n in range(5):
        a.images(f"patient{n}", 3)
        a.text(f"patient{n}/patient{n}_labels.json", f'{{"labels": ["a"], "x{n}": "y"}}')
    _ = load(tmp_path).num_classes
    said = capsys.readouterr().out
    assert said.count("is not used, since") == 3
    assert "2 more tables that seem to give labels can't be used either" in said
