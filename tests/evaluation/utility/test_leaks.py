"""Labeled images are recognized by their pixels, for any number of images."""

import hashlib
from types import SimpleNamespace

import pytest

from ganaug.evaluation.utility.checks import checked_images
from ganaug.evaluation.utility.leaks import labeled_digests, refuse_gaps
from ganaug.utils.errors import UsageError
from helpers.image_folders import fill, load
from helpers.toy_studies import stripes


def test_labeled_images_are_read_block_by_block(tmp_path, monkeypatch):
    for number, name in enumerate("ab"):
        fill(tmp_path / name, 20, first=100 * number)
    data = load(tmp_path, in_memory=False)
    every = [data.images(split)[0] for split in ("train", "validation", "test")]
    expected = {hashlib.sha256(image.numpy().tobytes()).digest() for e in every for image in e}
    assert len(expected) == 40
    monkeypatch.setattr(type(data), "images", lambda *_: pytest.fail("a whole split at once"))
    assert labeled_digests(data) == expected


@pytest.mark.parametrize("kind", ["training", "synthetic"])
def test_a_study_refuses_test_images_that_are_trained_on(kind):
    images = {name: stripes(4, seed) for seed, name in enumerate(("training", "synthetic", "test"))}
    images[kind].images[2] = images["test"].images[1]
    data = SimpleNamespace(
        images=lambda split: images["training" if split == "train" else split],
        paths=lambda split: [f"{split}/{row}.png" for row in range(4)],
        class_names=("a", "b"),
    )
    dataset = SimpleNamespace(
        **images["synthetic"]._asdict(), files=data.paths("set"), made_elsewhere=False
    )
    folder = {"training": "train", "synthetic": "set"}[kind]
    said = rf"1 {kind} images are also test images, .* \({folder}/2.png is test/1.png\)"
    with pytest.raises(UsageError, match=said):
        checked_images(dataset, data)


def test_classes_without_test_images_are_named_with_what_to_do():
    names = ["cat", "dog", "cow"]
    refuse_gaps([0, 1, 2, 2], names)
    with pytest.raises(
        UsageError, match=r"no test images of class 'dog', 'cow', .*; add .*data\.te"
    ):
        refuse_gaps([0, 0], names)
    with pytest.raises(
        UsageError, match=r"there are no test images, and a study needs some of eac"
    ):
        refuse_gaps([], names)
    with pytest.raises(UsageError, match=r"if the data has no separate test images, set a la"):
        refuse_gaps([0, 0], names)
