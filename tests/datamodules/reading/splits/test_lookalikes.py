"""A given split that leaks: copies of its images in another, also resized or re-encoded."""

import cv2
import numpy as np
import pytest
from PIL import Image

from datamodules.reading.splits import lookalikes
from helpers.image_folders import load


def photo(number):
    """A smooth image of its own, as photos are."""
    coarse = np.random.default_rng(number).integers(0, 256, (6, 6, 3), np.uint8)
    return Image.fromarray(cv2.resize(coarse, (96, 96), interpolation=cv2.INTER_CUBIC))


@pytest.fixture
def root(tmp_path):
    for start, (split, count) in enumerate({"train": 24, "val": 6, "test": 6}.items()):
        for n in range(count):
            folder = tmp_path / split / "ab"[n % 2]
            folder.mkdir(parents=True, exist_ok=True)
            photo(100 * start + n).save(folder / f"{n:02}.png")
    return tmp_path


def warnings(root, capsys, **options):
    capsys.readouterr()
    _ = load(root, image_size=64, **options).num_classes
    return [line for line in capsys.readouterr().out.splitlines() if "warning" in line]


def test_splits_of_different_images_are_no_leak(root, capsys):
    assert warnings(root, capsys) == []


def test_copies_in_another_split_are_named(root, capsys):
    test = photo(200)
    test.resize((72, 72), Image.Resampling.BICUBIC).save(root / "train/a/small.png")
    test.save(root / "train/a/smooth.webp", quality=90)
    photo(202).save(root / "val/a/other.jpg", quality=60)
    photo(101).save(root / "train/b/val.jpg", quality=90)
    of_validation, train, validation = warnings(root, capsys)
    assert "1 train images look like validation images" in of_validation
    assert "train/b/val.jpg is val/b/01.png" in of_validation
    assert "2 train images look like test images" in train
    assert "train/a/small.png is test/a/00.png; train/a/smooth.webp is test/a/00.png" in train
    assert "(val/a/other.jpg is test/a/02.png)" in validation


def test_chosen_splits_are_not_looked_through(tmp_path, capsys):
    for n in range(20):
        (tmp_path / "a").mkdir(exist_ok=True)
        photo(n // 2).save(tmp_path / "a" / f"{n:02}.png", compress_level=1 + n % 2)
    assert warnings(tmp_path, capsys) == []


def test_a_large_set_says_what_is_not_looked_for(root, capsys, monkeypatch):
    said = "train and test are too large to look for images that are in both"
    assert warnings(root, capsys, in_memory=False) == []
    _ = load(root, in_memory=False).num_classes
    assert said in capsys.readouterr().out
    monkeypatch.setattr(lookalikes, "MOST_PAIRS", 100)
    _ = load(root).num_classes
    assert said in capsys.readouterr().out
