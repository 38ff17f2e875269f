"""Real images in a set are found, and images that look alike by chance fail no check."""

import re

import pytest
import torch

from datamodules.mnist import MNISTDataModule
from ganaug.evaluation.leaked import checks_of
from ganaug.evaluation.table import check_lines


@pytest.fixture(scope="module")
def data():
    return MNISTDataModule(per_class=60)


def checked(images, data):
    files = [f"{i}.png" for i in range(len(images))]
    return {each.name: each for each in checks_of(images, files, data, 500)}


def test_new_digits_pass_although_some_look_like_others(data):
    found = checked(data.images("validation", limit=300)[0], data)
    assert [each.passed for each in found.values()] == [True, True]


@pytest.mark.parametrize(("split", "name"), [("train", "training"), ("test", "test")])
def test_a_real_image_among_them_is_named(data, split, name):
    images = data.images("validation", limit=50)[0].clone()
    images[7] = data.images("all_train" if split == "train" else "test", limit=500)[0][11]
    found = checked(images, data)
    failed = {key for key, each in found.items() if each.passed is False}
    assert failed == {f"free of {name} images"}
    words = found[f"free of {name} images"].words
    assert words.startswith("1 of 50 are equal in every pixel")
    assert "; 7.png is " in words


def test_slightly_changed_training_images_are_found(data):
    train, _ = data.images("all_train", limit=500)
    dimmed = (train[:100].float() * 0.97).to(torch.uint8)
    found = checked(dimmed, data)["free of training images"]
    assert found.passed is False
    # The hash finds nineteen in twenty.
    equal, alike = re.match(r"(\d+) of 100 .*?, (\d+\.\d)% look alike", found.words).groups()
    assert equal == "0"
    assert float(alike) >= 95


def test_the_checks_come_before_the_metrics():
    lines = check_lines([{"name": "marked", "passed": False, "words": "2 unmarked"}])
    assert lines == "is the set\nmarked                      no         2 unmarked"
