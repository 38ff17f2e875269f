"""Tables as programs write them: delimiters, encodings, first lines and names of files."""

import json

import pytest

from datamodules.errors import DataError
from datamodules.reading.tables.tables import read_table
from helpers.image_folders import fill, load, write

LABELS = {"000.png": "rose, red", "001.png": "rose, red", "002.png": "Tür", "003.png": "Tür"}


def table(rows, delimiter=","):
    quoted = (f'"{file}"{delimiter}"{label}"' for file, label in rows)
    return "\n".join([f"file{delimiter}label", *quoted, ""])


def labels_of(data):
    """Return each file's class, over all splits."""
    return {
        path.rpartition("/")[2]: data.class_names[label]
        for split in ("train", "validation", "test")
        for path, label in zip(data.paths(split), data.images(split)[1].tolist(), strict=True)
    }


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("head", ["", "\n", "sep={}\n"])
def test_delimiters_encodings_and_first_lines(tmp_path, delimiter, encoding, head):
    fill(tmp_path, 4)
    text = head.format(delimiter) + table(LABELS.items(), delimiter)
    (tmp_path / "labels.csv").write_bytes(text.replace("\n", "\r\n").encode(encoding))
    assert labels_of(load(tmp_path)) == LABELS


def test_a_delimiter_in_quotes_and_odd_line_ends_are_text(tmp_path):
    fill(tmp_path, 4)
    odd = {"000.png": "a\u2028b", "001.png": "a\u2028b", "002.png": "c\x85d", "003.png": "c\x85d"}
    rows = "".join(f"{file};{label};1\n" for file, label in odd.items())
    (tmp_path / "labels.csv").write_text(f'file;label;"a, b, c, d"\n{rows}')
    assert labels_of(load(tmp_path)) == odd


@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_a_delimiter_without_quotes_is_refused_with_its_line(tmp_path, delimiter):
    fill(tmp_path, 4)
    rows = [
        "file,label",
        "000.png,Mild,",
        "001.png,Mild",
        "002.png,Severe, scarred",
        "003.png,Severe",
    ]
    text = "\n".join(["sep=,", *rows]).replace(",", delimiter)
    (tmp_path / "labels.csv").write_text(text)
    with pytest.raises(DataError, match=rf"cells in line 5 than its 2 .* hold '{delimiter}' in q"):
        labels_of(load(tmp_path))
    (tmp_path / "labels.csv").write_text(text.replace(f"Severe{delimiter} scarred", "Severe"))
    assert set(labels_of(load(tmp_path)).values()) == {"Mild", "Severe"}


@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("title", ["Study 12{0}\n\nas of May{0}\n", "# by anna\n", '"a, b"\n'])
def test_titles_and_rows_without_text_are_skipped(tmp_path, capsys, delimiter, title):
    fill(tmp_path, 4)
    text = title.format(delimiter) + table(LABELS.items(), delimiter) + f"{delimiter}\n"
    (tmp_path / "labels.csv").write_text(text)
    assert labels_of(load(tmp_path)) == LABELS
    assert "not there" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        (",label\na.png,cat\n", [{"": "a.png", "label": "cat"}]),
        ("file\na\nb\n", [{"file": "a"}, {"file": "b"}]),
        ("file,\na.png,\nb.png,cat\n", [{"file": "a.png", "": ""}, {"file": "b.png", "": "cat"}]),
        ('"file\nname",label\na,cat\n', [{"file\nname": "a", "label": "cat"}]),
    ],
)
def test_names_of_columns_are_no_title(tmp_path, text, rows):
    (tmp_path / "a.csv").write_text(text)
    assert read_table(tmp_path / "a.csv") == rows


@pytest.mark.parametrize("missing", ["nan", "NaN", "N/A", "#N/A", "NULL", "<NA>"])
def test_missing_labels_as_programs_write_them_are_no_class(tmp_path, missing):
    fill(tmp_path, 5)
    rows = [*LABELS.items(), ("004.png", missing)]
    (tmp_path / "labels.csv").write_text(table(rows))
    assert labels_of(load(tmp_path)) == LABELS


@pytest.mark.parametrize("names", [None, "0 cat\n1 dog"])
def test_whole_numbers_with_and_without_decimals_are_one_class(tmp_path, names):
    fill(tmp_path, 4)
    if names:
        (tmp_path / "classes.txt").write_text(names)
    (tmp_path / "labels.csv").write_text(table(zip(LABELS, ["0", "1.0", "0.0", "1"], strict=True)))
    assert load(tmp_path).class_names == (("cat", "dog") if names else ("0", "1"))


def test_true_and_false_may_be_one_hot(tmp_path):
    fill(tmp_path, 4)
    rows = [f"{n:03}.png,{n % 2 == 0},{n % 2 == 1}" for n in range(4)]
    (tmp_path / "labels.csv").write_text("\n".join(["file,cat,dog", *rows]))
    assert set(labels_of(load(tmp_path)).values()) == {"cat", "dog"}


def test_two_labels_that_no_utf_8_says_are_not_one(tmp_path):
    fill(tmp_path, 4)
    rows = zip(LABELS, ["Tür", "Tür", "Tör", "Tör"], strict=True)
    (tmp_path / "labels.csv").write_bytes(table(rows).encode("latin-1"))
    with pytest.raises(DataError, match=r"labels\.csv' is not in UTF-8 .* save it as UTF-8, in"):
        labels_of(load(tmp_path))


def test_names_of_files_that_no_utf_8_says_are_named_as_such(tmp_path, capsys):
    files = [write(tmp_path / f"Blüte {number}.png", number) for number in range(6)]
    path, kinds = tmp_path / "labels.csv", ["rose", "rose", "rose", "tulip", "tulip", "tulip"]
    rows = [(file.name, kind) for file, kind in zip(files, kinds, strict=True)]
    path.write_bytes(table(rows).encode("cp1252"))
    for options in ({}, {"labels": str(path)}):
        with pytest.raises(DataError, match=r"labels\.csv' .*is not in UTF-8 .*save it as UTF-8"):
            _ = load(tmp_path, **options).num_classes
    path.write_text(table(rows), encoding="utf-8")
    assert labels_of(load(tmp_path)) == dict(rows)
    for number, kind in ((6, "rose"), (7, "tulip")):
        rows.append((write(tmp_path / f"{number}.png", number).name, kind))
    path.write_bytes(table(rows).encode("cp1252"))
    assert len(labels_of(load(tmp_path, labels=str(path)))) == 2
    said = capsys.readouterr().out
    assert "images that are not there: " in said
    assert "it is not in UTF-8" in said


@pytest.mark.parametrize(
    ("ending", "said"),
    [
        (
            "png",
            "has no line with the names of its columns, and its rows name 4 images",
        ),
        ("jpg", "names none of the images; its first line must name the columns"),
    ],
    ids=["without names of columns", "of other files"],
)
@pytest.mark.parametrize("name", ["labels", "trainLabels", "ground_truth", "metadata", "notes"])
def test_a_table_that_names_no_image_is_refused_if_it_is_of_labels(
    tmp_path, capsys, ending, said, name
):
    fill(tmp_path, 4)
    rows = "".join(f"{file},{label}\n" for file, label in LABELS.items())
    (tmp_path / f"{name}.csv").write_text(rows.replace("png", ending))
    if name != "notes":
        with pytest.raises(DataError, match=rf"/{name}\.csv' {said}.* set ignore to '{name}.csv'"):
            _ = load(tmp_path).num_classes
    data = load(tmp_path, ignore=None if name == "notes" else [f"{name}.csv"])
    assert len(data.class_names) == 1
    if name == "notes":
        assert f"'notes.csv' is not used, since it {said}" in capsys.readouterr().out
    (tmp_path / "all.csv").write_text(table(LABELS.items()))
    assert labels_of(load(tmp_path)) == LABELS
    assert f"'{name}.csv' is not used, since it {said}" in capsys.readouterr().out


BROKEN = {
    "labels.json": '{"000.png": "rose", "001.png": "tulip",}',
    "metadata.jsonl": '{"file_name": "000.png", "label": "rose"}\n{"file_name": "001.p',
    "dataset.json": '{"000.png": {"size": "3"}, "001.png": {"size": "4"}}',
    "train.json": '{"rose": ["000.png", "001.png"], "tulip": ["002.png", "003.png"]}',
    "labels.parquet": "PAR1",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_table_of_labels_that_can_not_be_read_is_refused(tmp_path, name):
    fill(tmp_path, 4)
    (tmp_path / name).write_text(BROKEN[name])
    with pytest.raises(DataError, match=rf"/{name}' is no table .* set ignore to '{name}'"):
        _ = load(tmp_path).num_classes
    assert load(tmp_path, ignore=[name]).num_classes == 1


def test_another_table_that_can_not_be_read_or_names_no_image_is_named(tmp_path, capsys):
    fill(tmp_path, 4)
    (tmp_path / "notes.json").write_text("[1, 2,]")
    (tmp_path / "about.json").write_text('{"name": "flowers", "version": 2}')
    assert load(tmp_path).num_classes == 1
    said = capsys.readouterr().out
    assert "data: 'notes.json' is not used, since it can't be read: " in said
    assert "data: 'about.json' is not used, since it names none of the images; each" in said


def test_a_table_of_splits_that_can_not_be_read_is_named(tmp_path, capsys):
    for kind in ("rose", "tulip"):
        fill(tmp_path / kind, 10, first=100 * len(kind))
    (tmp_path / "splits.json").write_text('{"train": ["rose/400.png"],}')
    assert load(tmp_path).num_classes == 2
    assert "'splits.json' may split the images, and is not used: " in capsys.readouterr().out


def test_line_ends_of_unicode_in_json_lines_and_lists_are_text(tmp_path):
    fill(tmp_path / "a", 4)
    odd = {"000.png": "a\u2028b", "001.png": "a\u2028b", "002.png": "c\x85d", "003.png": "c\x85d"}
    rows = [{"file_name": file, "label": label} for file, label in odd.items()]
    text = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    (tmp_path / "a/metadata.jsonl").write_text(text)
    assert labels_of(load(tmp_path / "a")) == odd
    fill(tmp_path / "b", 4)
    lines = [f"{file} {label}" for file, label in odd.items()]
    (tmp_path / "b/train.txt").write_text("\n".join(lines))
    assert labels_of(load(tmp_path / "b")) == odd


@pytest.mark.parametrize("name", ["labels (1).csv", "labels (final)"])
def test_a_table_below_root_may_have_brackets_in_its_name(tmp_path, name):
    fill(tmp_path, 4)
    rows = [{"file": file, "label": label} for file, label in LABELS.items()]
    content = table(LABELS.items()) if name.endswith(".csv") else json.dumps(rows)
    (tmp_path / name).write_text(content)
    assert labels_of(load(tmp_path, labels=name)) == LABELS
    with pytest.raises(DataError, match=r"labels 'labels \(2\).csv' is no file; give a CSV"):
        _ = load(tmp_path, labels="labels (2).csv").num_classes


@pytest.mark.parametrize(
    ("argument", "refused"), [("labels", "is no file"), ("groups", "no pattern with a group")]
)
def test_patterns_may_be_longer_than_names_of_files(tmp_path, argument, refused):
    fill(tmp_path, 20)
    long = "|".join(f"x{number:03}" for number in range(100))
    assert load(tmp_path, **{argument: f"^0(0|1|{long})"}).num_classes
    with pytest.raises(DataError, match=refused):
        _ = load(tmp_path, **{argument: long}).num_classes


def test_names_of_files_in_another_unicode_form_and_case(tmp_path):
    files = ["cafe\u0301 0.png", "cafe\u0301 1.png", "A.png", "a.png"]
    for number, file in enumerate(files):
        write(tmp_path / file, number)
    if len([*tmp_path.iterdir()]) < len(files):
        pytest.skip("this file system has one case")
    named = ["caf\xe9 0.png", "CAF\xc9 1.PNG", "A.png", "a.png"]
    (tmp_path / "labels.csv").write_text(table(zip(named, "xyxy", strict=True)))
    assert labels_of(load(tmp_path)) == dict(zip(files, "xyxy", strict=True))


@pytest.mark.parametrize("above", ["", "/home/me/set/"])
def test_a_row_of_another_folder_is_not_that_of_a_file_of_its_name(tmp_path, capsys, above):
    fill(tmp_path / "rose", 4)
    rows = [(f"{above}{c}/00{i}.png", c) for c in ("tulip", "rose") for i in range(4)]
    (tmp_path / "labels.csv").write_text(table(rows))
    data = load(tmp_path, labels="labels.csv")
    assert set(labels_of(data).values()) == {"rose"}
    assert f"names 4 images that are not there: {above}tulip/000.png" in capsys.readouterr().out
