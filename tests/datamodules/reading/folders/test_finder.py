"""Folder layouts: classes, splits, hidden files and links."""

import inspect
import os
import shutil
import sys
from pathlib import Path

import pytest
import torch
from PIL import Image

from datamodules.errors import DataError
from datamodules.reading.folders.finder import find_images
from datamodules.reading.splits.splits import SPLITS
from helpers.image_folders import everything, fill, load, write


def test_class_folders(flowers, capsys):
    data = load(flowers)
    assert data.class_names == ("rose", "tulip")
    assert data.num_classes == 2
    assert everything(data) == sorted(str(path) for path in flowers.rglob("*.png"))
    assert data.unreadable == {}
    counts = [len(data.paths(split)) for split in SPLITS]
    expected = "flowers (2 classes, in memory): {} training, {} validation, {} test images"
    assert data.describe() == expected.format(*counts)
    counts = ", ".join(f"{name}: {count}" for name, count in data.class_counts.items())
    said = capsys.readouterr().out.splitlines()
    assert said[-1] == f"data: {data.describe()}; {counts}"
    for split in SPLITS:
        images, labels = data.images(split)
        assert images.shape == (len(labels), 3, 8, 8)
        assert images.dtype == torch.uint8
        names = [data.class_names[label] for label in labels]
        assert all(name in path for name, path in zip(names, data.paths(split), strict=True))


def test_flat_folder_is_one_class(tmp_path):
    fill(tmp_path / "my photos", 20)
    data = load(tmp_path / "my photos", channels=1)
    assert data.class_names == ("my photos",)
    assert len(everything(data)) == 20
    assert data.images("train")[0].shape[1:] == (1, 8, 8)


@pytest.mark.parametrize("validation", ["val", "valid", "Validation"])
def test_given_splits_are_kept(tmp_path, validation):
    for split, first in (("train", 0), ("test", 100), (validation, 200)):
        fill(tmp_path / split / "cat", 10, first)
        fill(tmp_path / split / "dog", 5, first + 50)
    data = load(tmp_path)
    assert data.class_counts == {"cat": 10, "dog": 5}
    for split, folder in (("train", "train"), ("test", "test"), ("validation", validation)):
        assert len(data.paths(split)) == 15
        assert all(f"{os.sep}{folder}{os.sep}" in path for path in data.paths(split))


def test_loose_images_beside_splits_are_named(tmp_path):
    for split, first in (("train", 0), ("test", 100)):
        fill(tmp_path / split / "cat", 20, first)
    fill(tmp_path, 1, 300)
    data = load(tmp_path)
    (reason,) = data.unreadable.values()
    assert reason == "is next to the folders train and test, so it is in neither"


def test_validation_is_cut_from_train_when_only_test_is_given(tmp_path):
    fill(tmp_path / "train" / "cat", 60)
    fill(tmp_path / "test" / "cat", 7, 100)
    data = load(tmp_path, validation=0.3)
    assert len(data.paths("test")) == 7
    assert 5 < len(data.paths("validation")) < 35
    assert len(data.paths("train")) + len(data.paths("validation")) == 60


def test_training_images_that_stand_in_test_are_left_out_and_named(tmp_path, capsys):
    train = fill(tmp_path / "train" / "cat", 10)
    (tmp_path / "test" / "cat").mkdir(parents=True)
    shutil.copy(train[3], tmp_path / "test" / "cat" / "other name.png")
    data = load(tmp_path, validation=0)
    assert str(train[3]) not in data.paths("train")
    assert len(data.paths("train")) == 9
    assert f"{train[3]}: the same image is in test" in capsys.readouterr().out


@pytest.mark.parametrize(("suffix", "settings"), [(".bmp", {}), (".webp", {"lossless": True})])
@pytest.mark.parametrize("image_size", [8, 16])
def test_so_are_those_that_stand_there_in_another_encoding(tmp_path, suffix, settings, image_size):
    train = fill(tmp_path / "train" / "cat", 10)
    validation = fill(tmp_path / "val" / "cat", 5, 100)
    (tmp_path / "test" / "cat").mkdir(parents=True)
    for file in (train[3], validation[2]):
        copy = tmp_path / "test" / "cat" / f"{file.parts[-3]}{suffix}"
        Image.open(file).save(copy, **settings)
    data = load(tmp_path, image_size=image_size)
    assert data.unreadable == dict.fromkeys(
        map(str, [train[3], validation[2]]), "the same image is in test"
    )
    assert [len(data.paths(split)) for split in ("train", "validation", "test")] == [9, 4, 2]


def test_images_that_are_equal_only_at_the_size_of_the_model_are_kept(tmp_path):
    """Otherwise, the choice of images would depend on the size of the model."""
    train = fill(tmp_path / "train" / "cat", 10)
    (tmp_path / "test" / "cat").mkdir(parents=True)
    with Image.open(train[3]) as image:
        small = image.resize((8, 8), Image.Resampling.BICUBIC)
    small.save(train[3])
    small.resize((16, 16), Image.Resampling.NEAREST).save(tmp_path / "test" / "cat" / "large.png")
    assert not load(tmp_path, image_size=8, validation=0).unreadable


def test_a_class_called_train_is_no_split(tmp_path):
    fill(tmp_path / "train", 9)
    fill(tmp_path / "bus", 9, 100)
    assert load(tmp_path).class_names == ("bus", "train")


def test_split_folders_may_be_flat(tmp_path):
    root = tmp_path / "faces"
    fill(root / "train", 9)
    fill(root / "test", 3, 100)
    data = load(root, validation=0)
    assert [len(data.paths(split)) for split in SPLITS] == [9, 0, 3]
    assert data.num_classes == 1


def test_a_test_class_that_train_lacks_is_an_error(tmp_path):
    fill(tmp_path / "train" / "cat", 9)
    fill(tmp_path / "test" / "cats", 3, 100)
    with pytest.raises(DataError, match=r"the test folder .* unknown class 'cats'; did you mean"):
        _ = load(tmp_path).num_classes


def test_hidden_system_and_empty_are_passed_over_and_the_rest_counted(flowers, capsys):
    before = everything(load(flowers))
    write(flowers / ".ipynb_checkpoints" / "rose-checkpoint.png", 900)
    write(flowers / "__MACOSX" / "a.png", 901)
    write(flowers / "rose" / ".hidden.png", 902)
    (flowers / "rose" / "Thumbs.db").write_bytes(b"x")
    (flowers / ".DS_Store").write_bytes(b"x")
    (flowers / "empty").mkdir()
    (flowers / "labels.csv").write_text("a,b")
    (flowers / "rose" / "note.txt").write_text("a")
    (flowers / "tulip" / "README").write_text("a")
    capsys.readouterr()
    data = load(flowers)
    assert everything(data) == before
    assert data.class_names == ("rose", "tulip")
    report = capsys.readouterr().out
    assert "skipped 3 files that are not images (1 .csv, 1 .txt, 1 (no extension))" in report


def test_ignore_may_be_one_name_and_what_matches_nothing_is_said(flowers, capsys):
    fill(flowers / "extra", 3, 800)
    (flowers / "labels.csv").write_text("file,label\n")
    for ignore in ("extra", ["extra"], ["ext*", "labels.csv", ".DS_Store"]):
        data = load(flowers, ignore=ignore)
        assert data.class_names == ("rose", "tulip")
        assert data.hparams["ignore"] == ([ignore] if isinstance(ignore, str) else ignore)
    assert "matches nothing" not in capsys.readouterr().out
    assert load(flowers, ignore=["extras", "rose/000.png", "x.csv"]).num_classes == 3
    said = capsys.readouterr().out
    assert "data: ignore names 'extras', which matches nothing; did you mean 'extra'?" in said
    assert "ignore names 'x.csv', which matches nothing" in said
    assert said.count("matches nothing") == 2


@pytest.mark.parametrize("name", ["[old] cat", "augmented [x3]"])
def test_ignore_takes_names_with_brackets_as_they_are(flowers, name, capsys):
    fill(flowers / name, 3, 800)
    assert load(flowers, ignore=name).class_names == ("rose", "tulip")
    assert "matches nothing" not in capsys.readouterr().out


def test_links_that_loop_end_and_lend_no_class_to_another(flowers):
    before = everything(load(flowers))
    fill(flowers.parent / "another set", 3, 800)
    (flowers / "rose" / "up").symlink_to(flowers, target_is_directory=True)
    (flowers / "rose" / "self").symlink_to(flowers / "rose", target_is_directory=True)
    (flowers / "rose" / "out").symlink_to(flowers.parent, target_is_directory=True)
    (flowers / "rose" / "other").symlink_to(flowers / "tulip", target_is_directory=True)
    assert everything(load(flowers)) == before


def test_a_linked_class_folder_is_read(flowers, tmp_path):
    fill(tmp_path / "elsewhere", 12, 400)
    (flowers / "daisy").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    assert load(flowers).class_names == ("daisy", "rose", "tulip")


def test_deeper_images_belong_to_the_class_and_any_name_will_do(flowers):
    deep = write(flowers / "rose" / "2024" / 'it\'s a "näme" 花.PNG', 777)
    odd = fill(flowers / "café d'été", 12, 600)
    data = load(flowers)
    assert str(deep) in everything(data)
    assert str(odd[0]) in everything(data)
    assert "café d'été" in data.class_names


def test_folders_nested_deeper_than_calls_can_be(flowers):
    deep = flowers / "rose" / Path(*["d"] * 300)
    write(deep / "deep.png", 999)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 150)
    try:
        found = find_images(flowers).files[""]["rose"]
    finally:
        sys.setrecursionlimit(limit)
    assert deep / "deep.png" in found


def test_pipes_devices_and_broken_links_are_named_and_block_nothing(flowers, capsys):
    before = everything(load(flowers))
    os.mkfifo(flowers / "rose" / "pipe.png")
    (flowers / "rose" / "endless.png").symlink_to("/dev/zero")
    (flowers / "rose" / "loop.png").symlink_to("loop.png")
    (flowers / "rose" / "gone.png").symlink_to("nowhere")
    (flowers / "rose" / "two\nlines \x1b[2J.png").write_bytes(b"x")
    data = load(flowers)
    capsys.readouterr()
    assert everything(data) == before
    assert {Path(path).name: why for path, why in data.unreadable.items()} == {
        "pipe.png": "not a regular file",
        "endless.png": "not a regular file",
        "loop.png": "Too many levels of symbolic links",
        "gone.png": "No such file or directory",
        "two\nlines \x1b[2J.png": "not an image, or of an unknown kind",
    }
    report = capsys.readouterr().out
    assert "two\\nlines \\x1b[2J.png: not an image" in report


@pytest.mark.parametrize("labels", ["labels.csv", "splits.csv"])
def test_a_root_that_is_not_there_is_named_where_labels_are_given(flowers, labels, monkeypatch):
    monkeypatch.chdir(flowers.parent)
    column = "label" if labels == "labels.csv" else "split"
    Path(labels).write_text(f"file,{column}\nrose/000.png,train\n")
    with pytest.raises(DataError, match=r"no folder '.*flower'; did you mean 'flowers'"):
        _ = load("flower", labels=labels).num_classes
    with pytest.raises(DataError, match=r"' is a file; give the folder that holds the images"):
        _ = load(labels, labels=labels).num_classes


@pytest.mark.parametrize("name", ["x" * 5000, "", "loop", "a\0b"])
@pytest.mark.parametrize("option", ["root", "unlabelled"])
def test_folders_that_can_not_be(flowers, name, option):
    (flowers / "loop").symlink_to("loop")
    folder = str(flowers / name) if name == "loop" else name
    with pytest.raises(DataError, match=r"can't read|name is empty|no folder"):
        _ = load(**{"root": str(flowers), option: folder}).num_classes
