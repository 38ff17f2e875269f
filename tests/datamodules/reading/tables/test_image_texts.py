"""Text files for one image each: with its label, boxes of objects, or other content."""

import pytest

from datamodules.errors import DataError
from helpers.archive import Archive, by_class
from helpers.image_folders import fill, load

KINDS = ("cat", "dog")
# Folders of the images and of their texts.
PLACES = {
    "two folders": ("images", "labels"),
    "next to the images": ("photos", "photos"),
    "splits within": ("images/{}", "labels/{}"),
    "splits around": ("{}/images", "{}/labels"),
    "other names": ("scans", "notes"),
}


def number(index):
    return f"{index % 2}\n"


def noted(root, place="two folders", said=number, counts=(24, 6, 6), name="{:03}.txt"):
    a, first = Archive(root), 0
    images, notes = PLACES[place]
    for split, count in zip(("train", "valid", "test"), counts, strict=True):
        a.images(images.format(split), count, first=first)
        for index in range(first, first + count):
            if (text := said(index)) is not None:
                a.text(f"{notes.format(split)}/{name.format(index)}", text)
        first += count
    return a


def all_of(data):
    return [by_class(data, split) for split in ("train", "validation", "test")]


@pytest.mark.parametrize("place", PLACES)
def test_a_text_of_one_word_for_each_image_gives_its_label(tmp_path, place, capsys):
    noted(tmp_path, place, lambda index: KINDS[index % 2])
    data = load(tmp_path)
    if "splits" in place:
        assert all_of(data) == [{"cat": n, "dog": n} for n in (12, 3, 3)]
    assert data.class_names == KINDS
    for path, label in zip(data.paths("train"), data.images("train")[1].tolist(), strict=True):
        assert int(path[-7:-4]) % 2 == label
    assert "labels of 36 images from texts of their names" in capsys.readouterr().out
    assert load(tmp_path, ignore="*.txt").num_classes == 1


@pytest.mark.parametrize(
    ("file", "names"),
    [
        ("classes.txt", "cat\ndog"),
        ("labels/classes.txt", "cat\ndog"),
        ("data.yaml", "nc: 2\nnames: ['cat', dog]\ntrain: ../train/images"),
        ("data.yaml", "names:\n  0: cat\n  1: dog\n"),
        ("obj.names", "cat\ndog\n"),
    ],
)
def test_numbers_have_their_names_from_a_list_of_names(tmp_path, file, names):
    a = noted(tmp_path)
    assert load(tmp_path).class_names == ("0", "1")
    a.text(file, names)
    assert load(tmp_path).class_names == KINDS


def test_names_in_yaml_count_from_0_and_are_texts(tmp_path):
    a = noted(tmp_path, said=lambda index: str(1 + index % 2))
    a.text("data.yaml", "names: [none, no, 7]")
    assert load(tmp_path).class_names == ("7", "no")
    a.text("data.yaml", "names: [none")
    assert load(tmp_path).class_names == ("1", "2")


def test_texts_with_the_images_full_name_are_theirs(tmp_path):
    noted(tmp_path, name="{:03}.png.txt")
    assert load(tmp_path).class_names == ("0", "1")


def test_texts_of_some_images_are_asked_about(tmp_path):
    noted(tmp_path, said=lambda index: None if index in (3, 4) else number(index))
    with pytest.raises(DataError, match=r"labels of 34 of its 36 images; set labels to '\*\.txt'"):
        _ = load(tmp_path).num_classes
    data = load(tmp_path, labels="*.txt")
    assert data.class_names == ("0", "1")
    assert len(data.unreadable) == 2


def test_labels_of_several_words_are_asked_about(tmp_path):
    noted(tmp_path, said=lambda index: ("golden retriever", "pug")[index % 2])
    with pytest.raises(DataError, match=r"may give their labels; set labels to '\*\.txt', or ign"):
        _ = load(tmp_path).num_classes
    assert load(tmp_path, labels="*.txt").class_names == ("golden retriever", "pug")


@pytest.mark.parametrize(
    "said",
    [
        lambda index: f"a photo of cat number {index}",
        lambda index: f"{index / 7:.3f}",
        lambda index: f"cat\nin line {index}",
    ],
)
def test_captions_and_measurements_are_named(tmp_path, said, capsys):
    noted(tmp_path / "pets", said=said)
    assert load(tmp_path / "pets").num_classes == 1
    said = capsys.readouterr().out
    assert "'labels/000.txt' and other texts say something of 36 images, and are not used" in said


def test_boxes_of_one_class_in_an_image_can_give_its_label(tmp_path):
    boxes = "{0} 0.5 0.4 0.1 0.2\n{0} 0.2 0.2 0.1 0.1\n"
    a = noted(tmp_path / "street", "splits around", lambda index: boxes.format(index % 2))
    a.text("data.yaml", "names: [cat, dog]")
    with pytest.raises(DataError, match=r"cut its objects out .* or set labels to '\*\.txt' to g"):
        _ = load(tmp_path / "street").num_classes
    assert load(tmp_path / "street", labels="*.txt").class_names == ("cat", "dog")
    assert load(tmp_path / "street", classes=["street"]).num_classes == 1


def test_boxes_of_several_classes_in_an_image_are_refused(tmp_path):
    boxes = "0 0.5 0.4 0.1 0.2\n1 0.2 0.2 0.1 0.1\n"
    noted(tmp_path, said=lambda index: boxes if index == 7 else boxes[:17])
    with pytest.raises(DataError, match=r"007\.txt' holds boxes of the classes 0, 1; an image has"):
        _ = load(tmp_path, labels="*.txt").num_classes
    with pytest.raises(DataError, match="cut its objects out first"):
        _ = load(tmp_path).num_classes


def test_labels_as_texts_are_refused_where_there_are_none(tmp_path):
    fill(tmp_path / "images", 6)
    with pytest.raises(DataError, match=r"no image of .* has a text of its name with a label"):
        _ = load(tmp_path, labels="*.txt").num_classes
    (tmp_path / "images/003.txt").write_text("one line\nand another")
    with pytest.raises(DataError, match=r"003\.txt' holds no label; an image has one class"):
        _ = load(tmp_path, labels="*.txt").num_classes


def test_texts_that_differ_from_the_folders_are_asked_about(tmp_path):
    for patient in range(4):
        for path in fill(tmp_path / f"p{patient}", 6, 6 * patient):
            path.with_suffix(".txt").write_text(("benign", "malignant")[int(path.stem) % 2])
    with pytest.raises(DataError, match=r"give their images other labels; set labels to '\*\.txt'"):
        _ = load(tmp_path).num_classes
    assert load(tmp_path, labels="*.txt").class_names == ("benign", "malignant")
    assert load(tmp_path, ignore="*.txt").num_classes == 4


def test_texts_that_say_what_the_folders_say_change_nothing(tmp_path):
    for kind in KINDS:
        for path in fill(tmp_path / kind, 8, 10 * KINDS.index(kind)):
            path.with_suffix(".txt").write_text(f"{kind}s")
    assert load(tmp_path).class_names == KINDS


def test_files_of_webdataset_are_named(tmp_path, capsys):
    for path in fill(tmp_path, 6):
        path.with_suffix(".cls").write_text("1")
    assert load(tmp_path).num_classes == 1
    assert "'000.cls' and others are not read, one for each of 6 im" in capsys.readouterr().out
