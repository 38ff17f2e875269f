"""Labels of a test or validation folder without class folders, in a table next to it."""

import pytest

from helpers.archive import Archive, by_class
from helpers.image_folders import load

KINDS = ("cat", "dog")
PASSED_OVER = "passed over folders of images without a class"


def built(root, classes=KINDS, name="t{:03}.png", folder="test"):
    """Write class folders for training, and eight images without classes."""
    a = Archive(root)
    for kind in classes:
        a.images(f"train/{kind}", 12)
    a.images(folder, 8, name)
    return a


def table(names=KINDS, file="t{:03}.png", head="file,label", count=8, tail=""):
    rows = [f"{file.format(n)},{names[n % 2]}{tail}" for n in range(count)]
    return "\n".join([head, *rows])


def read(root, capsys):
    """Return the number of test images by class, and what was printed."""
    data = load(root)
    found = by_class(data, "test")
    return found, capsys.readouterr().out


@pytest.mark.parametrize(
    "path", ["test.csv", "test_labels.csv", "test/labels.csv", "labels/test.csv", "answers.csv"]
)
def test_a_table_of_all_test_images_gives_their_classes(tmp_path, capsys, path):
    built(tmp_path).text(path, table())
    found, said = read(tmp_path, capsys)
    assert found == {"cat": 4, "dog": 4}
    assert f"data: labels of 8 test images from {path}" in said
    assert PASSED_OVER not in said
    assert "skipped" not in said


def test_numbers_and_other_cases_are_matched_with_the_class_folders(tmp_path, capsys):
    built(tmp_path / "signs", ("00000", "00001")).text(
        "Test.csv", table(head="Path,ClassId", names="01")
    )
    assert read(tmp_path / "signs", capsys)[0] == {"00000": 4, "00001": 4}
    built(tmp_path / "pets").text("test.csv", table(("Cat", "DOG")))
    assert read(tmp_path / "pets", capsys)[0] == {"cat": 4, "dog": 4}


def test_labels_with_boxes_and_in_lists_are_read(tmp_path, capsys):
    a = built(tmp_path / "tiny", ("n01443537", "n01629819"), folder="val/images")
    rows = table(("n01443537", "n01629819"), tail=",0,0,62,62", head="")
    a.text("val/val_annotations.txt", rows.replace(",", "\t").strip())
    data = load(tmp_path / "tiny")
    assert by_class(data, "validation") == {"n01443537": 4, "n01629819": 4}


def test_train_may_have_images_of_the_same_names(tmp_path, capsys):
    built(tmp_path, name="{:03}.png").text("test.csv", table(file="{:03}.png"))
    assert read(tmp_path, capsys)[0] == {"cat": 4, "dog": 4}
    (tmp_path / "test.csv").rename(tmp_path / "info.csv")
    found, said = read(tmp_path, capsys)
    assert found == {"cat": 1, "dog": 1}
    assert PASSED_OVER in said


def test_predictions_are_no_labels(tmp_path, capsys):
    a = built(tmp_path)
    for name in ("sample_submission.csv", "predictions.csv", "train.csv"):
        a.text(name, table())
    found, said = read(tmp_path, capsys)
    assert found == {"cat": 1, "dog": 1}
    assert "not used" not in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (table(count=5), "since it labels only 5 of 8 images; add the others, or remove"),
        (
            table("01"),
            "since its labels '0', '1' are no training classes ('cat', 'dog'); use those names",
        ),
        (
            table(("cat", "fox")),
            "since its labels 'fox' are no training classes ('cat', 'dog'); use",
        ),
        (
            table("ab", head="file,text"),
            "since no column gives their classes: write a CSV with the",
        ),
    ],
)
def test_a_table_that_can_not_be_used_says_why(tmp_path, capsys, text, said):
    built(tmp_path).text("test_labels.csv", text)
    printed = read(tmp_path, capsys)[1]
    assert PASSED_OVER in printed
    head = "'test_labels.csv' names images of 'test', which has no class folders, and is not used"
    assert f"{head}, {said}" in printed


def test_a_column_of_any_name_gives_classes(tmp_path, capsys):
    built(tmp_path).text("test_labels.csv", table(head="file,text"))
    assert "labels of 8 test images" in read(tmp_path, capsys)[1]


def test_the_named_columns_are_those_of_the_test_table_too(tmp_path, capsys):
    a = Archive(tmp_path)
    a.images("train", 24, "a{:03}.png")
    a.images("test", 8, "t{:03}.png")
    head = "other,shot,label,dx"
    rows = [f"x,a{n:03}.png,{KINDS[n // 12]},{KINDS[n % 2]}" for n in range(24)]
    a.text("labels.csv", "\n".join([head, *rows]))
    rows = [f"x,t{n:03}.png,{KINDS[n // 6]},{KINDS[n % 2]}" for n in range(8)]
    a.text("test.csv", "\n".join([head, *rows]))
    named = {"labels": "labels.csv", "label_column": "dx", "image_column": "shot"}
    assert by_class(load(tmp_path, **named), "test") == {"cat": 4, "dog": 4}
    a.text("test.csv", table())
    assert load(tmp_path, **named).num_classes == 2
    assert "it has no column 'dx', which label_column names" in capsys.readouterr().out


def test_columns_of_predictions_are_no_labels(tmp_path, capsys):
    a = built(tmp_path)
    a.text("test.csv", table(head="file,predicted"))
    assert read(tmp_path, capsys)[0] == {"cat": 1, "dog": 1}
    rows = [f"t{n:03}.png,{KINDS[n % 2]},{KINDS[n // 6]}" for n in range(8)]
    a.text("test.csv", "\n".join(["file,label,predicted_label", *rows]))
    assert read(tmp_path, capsys)[0] == {"cat": 4, "dog": 4}
    a.text("test.csv", "\n".join(["file,label,class", *rows]))
    assert "its columns 'label' and 'class' disagree; delete one" in read(tmp_path, capsys)[1]
    (tmp_path / "test.csv").unlink()
    a.text("baseline_diagnosis.csv", table())
    assert read(tmp_path, capsys)[0] == {"cat": 4, "dog": 4}


def test_numbers_are_named_by_the_list_of_classes(tmp_path, capsys):
    a = Archive(tmp_path)
    a.images("train", 24, "a{:03}.png")
    a.images("test", 8, "t{:03}.png")
    a.text("labels.csv", table("01", file="a{:03}.png", count=24))
    a.text("classes.txt", "cat\ndog")
    a.text("test.csv", table("01"))
    found, said = read(tmp_path, capsys)
    assert found == {"cat": 4, "dog": 4}
    assert said.count("names of 2 classes from classes.txt") == 1
    a.text("test.csv", table("07"))
    said = read(tmp_path, capsys)[1]
    assert said.count("'test.csv'") == 1
    assert "are no training classes ('cat', 'dog'); use those names" in said


def test_one_table_of_all_images_must_agree_with_the_folders(tmp_path, capsys):
    a = Archive(tmp_path)
    rows = []
    for kind in KINDS:
        a.images(f"train/{kind}", 12, f"{kind[0]}{{:03}}.png")
        rows += [f"{kind[0]}{n:03}.png,{kind}" for n in range(12)]
    a.images("test", 8, "t{:03}.png")
    a.text("labels.csv", "\n".join([table(), *rows]))
    found, said = read(tmp_path, capsys)
    assert found == {"cat": 4, "dog": 4}
    assert "skipped" not in said
    a.text("labels.csv", "\n".join([table(), "c000.png,dog"]))
    said = read(tmp_path, capsys)[1]
    assert "since it gives other images other classes than their folders" in said


def test_two_folders_of_test_images_are_both_read(tmp_path, capsys):
    a = built(tmp_path)
    a.images("testing", 4, "u{:03}.png")
    rows = [f"u{n:03}.png,{KINDS[n % 2]}" for n in range(4)]
    a.text("test.csv", "\n".join([table(), *rows]))
    found, said = read(tmp_path, capsys)
    assert found == {"cat": 6, "dog": 6}
    assert PASSED_OVER not in said


def test_tables_that_disagree_are_named(tmp_path, capsys):
    a = built(tmp_path)
    a.text("test.csv", table())
    a.text("test/labels.csv", table())
    assert read(tmp_path, capsys)[0] == {"cat": 4, "dog": 4}
    a.text("test/labels.csv", table(("dog", "cat")))
    assert (
        "another table gives other labels: name one of them in ignore" in read(tmp_path, capsys)[1]
    )
    assert by_class(load(tmp_path, ignore=["labels.csv"]), "test") == {"cat": 4, "dog": 4}


def test_the_test_images_may_have_a_table_apart_from_that_of_train(tmp_path, capsys):
    a = Archive(tmp_path)
    a.images("train", 24, "a{:03}.png")
    a.images("test", 8, "t{:03}.png")
    a.text("labels.csv", table(file="a{:03}.png", count=24))
    a.text("solution.csv", table())
    found, said = read(tmp_path, capsys)
    assert found == {"cat": 4, "dog": 4}
    assert PASSED_OVER not in said
