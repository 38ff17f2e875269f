"""Readable folders and names that probably mean something other than classes."""

import pytest

from datamodules.errors import DataError
from helpers.archive import Archive
from helpers.image_folders import load

KINDS = ("cat", "dog")


def classes(root, *more):
    a = Archive(root)
    for name in (*KINDS, *more):
        a.images(name, 8)
    return a


def test_other_images_of_all_classes_next_to_them_are_no_class(tmp_path):
    classes(tmp_path, "augmented/cat", "augmented/dog", "augmented/owl")
    with pytest.raises(DataError, match=r"name 'augmented' in ignore to leave it out, or move"):
        _ = load(tmp_path).num_classes
    assert load(tmp_path, ignore="augmented").class_names == KINDS
    assert load(tmp_path, classes=["augmented", "cat", "dog"]).num_classes == 3


@pytest.mark.parametrize("name", ["cat - Copy", "cat (2)", "Copy of cat", "cat_backup", "cat_aug"])
def test_a_copy_of_a_class_is_named(tmp_path, name, capsys):
    classes(tmp_path, name)
    assert load(tmp_path).num_classes == 3
    said = capsys.readouterr().out
    assert f"'{name}' is a class next to 'cat'; if it is a copy, name it in ignore" in said


def test_folders_of_what_is_left_are_named(tmp_path, capsys):
    classes(tmp_path, "_old", "trash", "to_sort")
    assert load(tmp_path).num_classes == 5
    said = capsys.readouterr().out
    assert "'_old', 'to_sort', 'trash' are read as classes; name them in ignore" in said


@pytest.mark.parametrize(
    "names",
    [
        ("100APPLE", "101APPLE"),
        ("Photos from 2023", "Photos from 2024"),
        ("100_0101",) * 2,
        ("202403__", "202404__"),
        ("DCIM", "Pictures", "Download", "WhatsApp"),
        ("Photos from 2021", "Urlaub", "Photos from 2022"),
    ],
)
def test_albums_of_a_camera_or_phone_are_named(tmp_path, names, capsys):
    a = Archive(tmp_path / "garden")
    for name in (*names, "Camera"):
        a.images(name, 8)
    _ = load(tmp_path / "garden").num_classes
    assert "if all images are of one class, set classes to [garden]" in capsys.readouterr().out
    assert load(tmp_path / "garden", classes=["garden"]).num_classes == 1


def test_parts_of_a_set_are_named(tmp_path, capsys):
    a = Archive(tmp_path / "wood")
    for name in ("Images1", "Images2"):
        a.images(name, 8)
    _ = load(tmp_path / "wood").num_classes
    said = capsys.readouterr().out
    assert "the folders 'Images1', 'Images2' look like parts of a set, and each is a class" in said
    assert load(tmp_path / "wood", classes=["wood"]).num_classes == 1


def test_previews_of_lightroom_are_no_class(tmp_path):
    classes(tmp_path, "Catalog Previews.lrdata/A")
    assert load(tmp_path).class_names == KINDS


@pytest.mark.parametrize(
    "names", [("camera", "phone"), ("screenshots", "pictures"), ("001_bird", "002_frog")]
)
def test_classes_with_names_of_albums_are_not_remarked_on(tmp_path, names, capsys):
    a = Archive(tmp_path)
    for name in names:
        a.images(name, 8)
    _ = load(tmp_path).num_classes
    assert "look like" not in capsys.readouterr().out


def test_usual_classes_are_not_remarked_on(tmp_path, capsys):
    classes(tmp_path, "camera", "copy", "old man", "cat 2")
    assert load(tmp_path).num_classes == 6
    said = capsys.readouterr().out
    assert "ignore" not in said
    assert "phone" not in said


@pytest.mark.parametrize("words", [("benign", "malignant"), ("DAPI", "GFP")])
def test_words_at_the_end_of_names_are_remarked_on(tmp_path, words, capsys):
    a = Archive(tmp_path)
    for word in words:
        a.images("scans", 8, f"A{{:02}}_{word}.png")
    assert load(tmp_path).num_classes == 1
    said = capsys.readouterr().out
    assert f"names end with {words[0].lower()} (8), {words[1].lower()} (8); if these" in said
    assert load(tmp_path, labels="[ _-]([^ _-]+)[.][^.]+$").class_names == words
    assert load(tmp_path, classes=["scans"]).num_classes == 1
    assert "end with" not in capsys.readouterr().out


def test_sides_of_a_subject_are_no_classes(tmp_path, capsys):
    a = Archive(tmp_path)
    for side in ("left", "right"):
        a.images("eyes", 8, f"{{}}_{side}.png")
    assert load(tmp_path).num_classes == 1
    assert "end with" not in capsys.readouterr().out


def test_numbers_and_single_words_at_the_end_of_names_are_one_class(tmp_path):
    a = Archive(tmp_path)
    a.images("scans", 8, "A{:02}_w1.png")
    a.images("scans", 8, "A{:02}_flash.png")
    assert load(tmp_path).num_classes == 1


def test_a_list_for_each_class_is_refused(tmp_path):
    a = Archive(tmp_path)
    a.images("images", 12)
    for place, kind in enumerate(KINDS):
        a.text(f"{kind}.txt", "\n".join(f"{n:03}.png" for n in range(place, 12, 2)))
    with pytest.raises(DataError, match=r"each of 'cat.txt', 'dog.txt' lists some of them"):
        _ = load(tmp_path).num_classes
    assert load(tmp_path, ignore="*.txt").num_classes == 1


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("images/{:03}.json", '{"label": "cat", "score": 0.5}'),
        ("images/{:03}.png.json", '{"title": "a cat"}'),
        ("annotations/{:03}.xml", "<annotation><class>cat</class></annotation>"),
    ],
)
def test_a_file_for_each_image_is_named_once(tmp_path, name, text, capsys):
    a = Archive(tmp_path)
    a.images("images", 12)
    for number in range(12):
        a.text(name.format(number), text)
    assert load(tmp_path).num_classes == 1
    said = capsys.readouterr().out
    assert said.count("not read, one for each of 12 images; if they give the classes, write") == 1
    assert "names none of the images" not in said
