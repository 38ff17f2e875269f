"""Copies of labeled images are read with their classes."""

import pytest
from PIL import Image

from ganaug.evaluation.label_copies import copy_labeled
from ganaug.synthesis.dataset import SyntheticDataset
from helpers.image_folders import everything, load, write

# Folders of such names are splits, masks, wrappers or none at all to a reader of folders.
NAMES = [
    ("test", "cat"),
    ("train", "test"),
    ("train", "val", "test"),
    ("masks", "images"),
    ("masks", "cat"),
    ("unlabelled", "train"),
    ("thumbnails", "cat"),
    ("images",),
    ("red_train", "red_test"),
    ("light/pale", "dark"),
    ("con", ".hidden"),
    ("__MACOSX", "a"),
    ("cat", "dog"),
]


def unsorted(folder, count=24, place=""):
    return [write(folder / place / f"{i:02}.png", i) for i in range(count)]


@pytest.mark.parametrize("names", NAMES, ids="-".join)
def test_any_classes_are_read_back(tmp_path, names):
    files = unsorted(tmp_path / "unsorted")
    labels = {file: names[i % len(names)] for i, file in enumerate(files)}
    copy_labeled(labels, tmp_path / "unsorted", new(tmp_path))
    of_pixels = {Image.open(file).tobytes(): name for file, name in labels.items()}
    data = load(tmp_path / "sorted", validation=0.0, test=0.0)
    assert data.class_names == tuple(sorted(names))
    found = zip(data.paths("train"), data.images("train")[1].tolist(), strict=True)
    read = {Image.open(path).tobytes(): data.class_names[label] for path, label in found}
    assert read == of_pixels
    counts = {name: len(files) // len(names) for name in sorted(names)}
    dataset = SyntheticDataset.open(tmp_path / "sorted", class_names=sorted(names))
    assert dataset.counts == counts


@pytest.mark.parametrize("place", ["masks", "train/x", "images/../images", "thumbnails"])
def test_folders_of_the_images_hide_none(tmp_path, place):
    files = unsorted(tmp_path / "unsorted", place=place) + unsorted(tmp_path / "unsorted", 4)
    (tmp_path / "unsorted/03_mask.png").write_bytes(files[-1].read_bytes())
    files.append(tmp_path / "unsorted/03_mask.png")
    copy_labeled(
        {file: ("a", "b")[i % 2] for i, file in enumerate(files)},
        tmp_path / "unsorted",
        new(tmp_path),
    )
    data = load(tmp_path / "sorted", validation=0.0, test=0.0)
    assert data.class_names == ("a", "b")
    # The last is a copy, and copies stay in one split.
    assert len(everything(data)) == len(files)


def test_plain_classes_are_folders_alone(tmp_path):
    files = unsorted(tmp_path / "unsorted", 4, "x")
    labels = dict(zip(files, "abab", strict=True))
    copy_labeled(labels, tmp_path / "unsorted", new(tmp_path))
    found = sorted(p.relative_to(tmp_path / "sorted") for p in (tmp_path / "sorted").rglob("*.*"))
    assert [path.as_posix() for path in found] == [
        *("a/x/00.png", "a/x/02.png"),
        *("b/x/01.png", "b/x/03.png"),
    ]


def new(tmp_path):
    (tmp_path / "sorted").mkdir()
    return tmp_path / "sorted"
