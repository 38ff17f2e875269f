"""Few labels and many images: which images keep their label, and the content of batches."""

from pathlib import Path

import pytest
import torch
from PIL import Image

from datamodules.errors import DataError
from datamodules.mnist import MNISTDataModule
from helpers.image_folders import fill, load, write


def digits(**options):
    return MNISTDataModule(**{"per_class": 40, "batch_size": 20, "epoch_images": 1, **options})


def test_only_so_many_keep_their_label():
    data = digits(labels_per_class=3)
    images, labels = data.images("train")
    assert len(images) == 30
    assert torch.bincount(labels).tolist() == [3] * 10
    assert data.class_counts == {str(digit): 3 for digit in range(10)}
    assert data.num_unlabelled == 370
    assert "30 labeled and 370 unlabeled training" in data.describe()
    # Held-out images keep their labels, which the metrics need.
    assert data.images("validation")[1].min() == 0


def test_the_choice_follows_the_seed_and_grows():
    few, more, other = (
        digits(labels_per_class=3),
        digits(labels_per_class=5),
        digits(labels_per_class=3, subset_seed=1),
    )
    assert set(few.paths("train")) < set(more.paths("train"))
    assert set(few.paths("train")) != set(other.paths("train"))
    assert few.fingerprint != more.fingerprint


def test_each_batch_is_half_labeled_and_the_rest_seen_once():
    data = digits(labels_per_class=3)
    seen = []
    for images, labels in data.train_dataloader():
        assert images.shape == (20, 1, 28, 28)
        assert (labels[:10] >= 0).all()
        assert (labels[10:] == -1).all()
        seen += [image.numpy().tobytes() for image in images[10:]]
    assert len(seen) == 370
    assert len(set(seen)) == 370


def test_without_labels_asked_for_all_is_as_ever():
    data = digits()
    assert data.num_unlabelled == 0
    assert all((labels >= 0).all() for _, labels in data.train_dataloader())


def test_a_number_by_class():
    data = digits(labels_per_class={"7": 9}, classes=[7, 8])
    assert data.class_counts == {"7": 9, "8": 40}


def test_what_can_not_be():
    with pytest.raises(
        DataError, match="labels_per_class asks for 41 training images of class '0'"
    ):
        _ = digits(labels_per_class=41).class_names
    with pytest.raises(
        DataError, match="labels_per_class is 0 for class '0'; it must be 1 or more"
    ):
        _ = digits(labels_per_class=0).class_names
    with pytest.raises(DataError, match=r"batch_size is 21; half of each batch.*such as 22"):
        digits(labels_per_class=3, batch_size=21).train_dataloader()


@pytest.mark.parametrize("in_memory", [True, False])
def test_a_folder_of_images_without_a_class(flowers, tmp_path, in_memory):
    more = tmp_path / "more"
    fill(more, 8, first=500)
    fill(more / "deeper", 4, first=600)
    data = load(flowers, unlabelled=str(more), in_memory=in_memory, batch_size=4, epoch_images=1)
    assert data.class_names == ("rose", "tulip")
    assert data.num_unlabelled == 12
    assert sum(data.class_counts.values()) == len(data.images("train")[0])
    for _, labels in data.train_dataloader():
        assert (labels >= 0).tolist() == [True, True, False, False]


def test_it_may_lie_among_the_classes(flowers):
    fill(flowers / "unsorted", 6, first=500)
    data = load(flowers, unlabelled=str(flowers / "unsorted"))
    assert data.class_names == ("rose", "tulip")
    assert data.num_unlabelled == 6


@pytest.mark.parametrize("place", ["rose/unsorted", "unsorted/deeper"])
def test_its_images_are_in_no_class_wherever_it_lies(flowers, place):
    counts = load(flowers).class_counts
    fill(flowers / place, 6, first=500)
    data = load(flowers, unlabelled=str(flowers / place))
    assert data.class_counts == counts
    assert data.num_unlabelled == 6


def test_what_ignore_names_is_not_read_there_and_said_of_both_folders(flowers, tmp_path, capsys):
    write(flowers / "rose/crop_1.png", 800)
    fill(tmp_path / "more", 6, first=500)
    write(tmp_path / "more/crop_2.png", 900)
    data = load(flowers, unlabelled=str(tmp_path / "more"), ignore=["crop_*"])
    assert data.num_unlabelled == 6
    said = capsys.readouterr().out
    assert "passed over paths that ignore names: 2" in said
    assert "crop_1.png" in said
    assert "crop_2.png" in said


def test_an_image_that_is_held_out_is_not_trained_on_without_its_label(flowers, tmp_path):
    held_out = load(flowers).paths("test")[0]
    more = tmp_path / "more"
    write(more / "new.png", 900)
    (more / "copy.png").write_bytes(Path(held_out).read_bytes())
    data = load(flowers, unlabelled=str(more))
    assert data.num_unlabelled == 1
    assert data.unreadable[str(more / "copy.png")] == "the same image is in test"


@pytest.mark.parametrize("in_memory", [True, False])
def test_nor_is_one_in_another_encoding(flowers, tmp_path, in_memory):
    held_out = load(flowers).paths("test")[0]
    more = tmp_path / "more"
    write(more / "new.png", 900)
    Image.open(held_out).save(more / "copy.bmp")
    data = load(flowers, unlabelled=str(more), in_memory=in_memory)
    assert data.num_unlabelled == 1
    assert data.unreadable[str(more / "copy.bmp")] == "the same image is in test"


def test_an_empty_folder_is_named(flowers, tmp_path):
    (tmp_path / "none").mkdir()
    with pytest.raises(DataError, match=r"no images in .*none', given as unlabelled"):
        _ = load(flowers, unlabelled=str(tmp_path / "none")).class_names


def test_the_labeled_are_those_that_so_small_a_set_would_hold():
    assert digits(labels_per_class=3).paths("train") == digits(per_class=3).paths("train")
