"""Text files next to the images: lists of splits, labels, attributes and captions."""

import pytest

from datamodules.errors import DataError
from helpers.image_folders import fill, load


def lines(path, of, first=0, count=12):
    """Write a text with a line for each of the images."""
    numbers = range(first, first + count)
    path.write_text("\n".join(f"{number:03} {of(number)}" for number in numbers), encoding="utf-8")


def kind(number):
    return ("Boeing 707", "A320")[number % 2]


def test_lists_whose_names_differ_by_their_split_are_read_together(tmp_path):
    fill(tmp_path / "images", 36)
    for first, split in ((0, "train"), (12, "val"), (24, "test")):
        lines(tmp_path / f"images_maker_{split}.txt", kind, first)
    data = load(tmp_path)
    assert data.class_names == ("A320", "Boeing 707")
    assert [len(data.paths(split)) for split in ("train", "validation", "test")] == [12, 12, 12]


def test_lists_of_two_kinds_of_labels_are_refused(tmp_path):
    fill(tmp_path / "images", 24)
    for first, split in ((0, "train"), (12, "test")):
        lines(tmp_path / f"images_maker_{split}.txt", kind, first)
        lines(tmp_path / f"images_wings_{split}.txt", lambda n: f"{n % 3} wings", first)
    with pytest.raises(DataError, match=r"images_wings_train\.txt says other labels; set labels"):
        _ = load(tmp_path).class_names
    data = load(tmp_path, labels="images_wings_train.txt")
    assert data.class_names == ("0 wings", "1 wings", "2 wings")
    assert len(data.paths("test")) == 12


def test_class_folders_are_split_by_lists_of_any_common_name(tmp_path):
    for name, first in (("cat", 0), ("dog", 12)):
        fill(tmp_path / name, 12, first)
    lines(tmp_path / "pets_train.txt", lambda _: "", 0, 18)
    lines(tmp_path / "pets_test.txt", lambda _: "", 18, 6)
    data = load(tmp_path, validation=0)
    assert [len(data.paths(split)) for split in ("train", "test")] == [18, 6]


@pytest.mark.parametrize("name", ["list.txt", "answers.lst"])
def test_a_text_that_may_give_labels_is_asked_about(tmp_path, name):
    fill(tmp_path / "images", 12)
    lines(tmp_path / name, kind)
    with pytest.raises(DataError, match=rf"{name}' may give their labels; set labels to .*{name}"):
        _ = load(tmp_path).class_names
    assert load(tmp_path, labels=name).class_names == ("A320", "Boeing 707")
    assert load(tmp_path, ignore=[name]).class_names == ("images",)


@pytest.mark.parametrize(
    "said", [lambda n: f"{n % 2} -1 {n // 6}", lambda n: f"a photo of plane number {n}"]
)
def test_attributes_and_captions_are_named(tmp_path, capsys, said):
    fill(tmp_path / "images", 12)
    lines(tmp_path / "list_attributes.txt", said)
    assert load(tmp_path).class_names == ("images",)
    found = capsys.readouterr().out
    assert "'list_attributes.txt' says something of 12 images, and is not used" in found
    assert "no image (1 .txt)" not in found


def test_other_texts_are_passed_over(tmp_path, capsys):
    fill(tmp_path / "images", 12)
    lines(tmp_path / "some.txt", kind, count=5)
    (tmp_path / "readme.txt").write_text("Twelve planes.\nTaken in May.\n")
    (tmp_path / "blocked.txt").write_bytes(b"\xff\xfe\x00")
    assert load(tmp_path).class_names == ("images",)
    assert "is not used" not in capsys.readouterr().out
