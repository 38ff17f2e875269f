"""Leaks between given splits: copies of images, including resized and re-encoded ones."""

import cv2
import numpy as np
import pytest
from PIL import Image

from datamodules.reading.splits import lookalikes
from helpers.image_folders import load


def photo(number):
    """Return a unique smooth image, similar to a photo."""
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


@pytest.mark.parametrize("at_once", [5, 8192])
def test_copies_in_another_split_are_named_by_comparing_parts(root, capsys, monkeypatch, at_once):
    monkeypatch.setattr(lookalikes, "TAKEN_AT_ONCE", at_once)
    sizes = set()

    def counted(images, test):
        sizes.add(len(images))
        return matches(images, test)

    matches = lookalikes.matches
    monkeypatch.setattr(lookalikes, "matches", counted)
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
    # 27 training and 7 validation images.
    assert sizes == ({5, 2} if at_once == 5 else {27, 7})


def film(folder, cameras, frames):
    """Write nearly identical frames of several cameras."""
    folder.mkdir(parents=True)
    for camera in range(cameras):
        still = np.asarray(photo(camera), np.int16)
        for n in range(frames):
            noise = np.random.default_rng([camera, n]).integers(-2, 3, still.shape)
            frame = (still + noise).clip(0, 255).astype(np.uint8)
            Image.fromarray(frame).save(folder / f"cam{camera}_{n:04}.png")


def test_frames_of_a_film_in_chosen_splits_are_named_with_a_pattern_that_helps(tmp_path, capsys):
    film(tmp_path / "rust", cameras=6, frames=10)
    of_validation, of_test, _ = warnings(tmp_path, capsys)
    assert "validation images look like train images, as frames of one film" in of_validation
    assert "so results on test look too good: set groups to '" in of_test
    pattern = of_test.split("set groups to '")[1].split("' to keep")[0]
    assert warnings(tmp_path, capsys, groups=pattern) == []


def test_copies_in_chosen_splits_are_named_without_a_pattern(tmp_path, capsys):
    (tmp_path / "a").mkdir()
    for n in range(40):
        photo(n // 2).save(tmp_path / "a" / f"{n:02}.png", compress_level=1 + n % 2)
    said = warnings(tmp_path, capsys)
    assert said
    assert all("set groups to a CSV with the columns file and group" in line for line in said)


def test_a_single_pair_that_looks_alike_is_chance(tmp_path, capsys):
    (tmp_path / "a").mkdir()
    for n in range(40):
        photo(n).save(tmp_path / "a" / f"{n:02}.png")
    photo(0).resize((80, 80)).save(tmp_path / "a" / "40.png")
    assert warnings(tmp_path, capsys) == []


@pytest.mark.parametrize("in_memory", [True, False])
def test_a_large_set_is_compared_in_part_and_says_so(root, capsys, monkeypatch, in_memory):
    assert warnings(root, capsys, in_memory=in_memory) == []
    _ = load(root, in_memory=in_memory).num_classes
    assert "were compared" not in capsys.readouterr().out
    monkeypatch.setattr(lookalikes, "MOST_PAIRS", 48)
    _ = load(root, in_memory=in_memory).num_classes
    assert "only 2 of 6 test images were compared with the train images" in capsys.readouterr().out
    photo(200).save(root / "train/a/copy.webp", quality=90)
    said = warnings(root, capsys, in_memory=in_memory)
    assert len(said) == 1
    assert "(train/a/copy.webp is test/a/00.png)" in said[0]


def test_images_that_are_not_in_memory_are_compared_by_small_copies(tmp_path, capsys, monkeypatch):
    film(tmp_path / "rust", cameras=6, frames=10)
    _, of_test, _ = warnings(tmp_path, capsys, in_memory=False)
    assert "test images look like train images, as frames of one film" in of_test
    monkeypatch.setattr(lookalikes, "MOST_PAIRS", 200)
    said = warnings(tmp_path, capsys)
    assert any("compared test images look like train images" in each for each in said)
