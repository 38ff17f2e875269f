"""Errors on invalid arguments name the argument, its value and what is allowed."""

import pytest

from datamodules.arguments import choose_classes, nearest
from datamodules.errors import DataError
from datamodules.image_folder import ImageFolderDataModule
from datamodules.mnist import MNISTDataModule


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"image_size": 4}, "image_size is 4; it must be 8 or more"),
        ({"image_size": -2}, "image_size is -2; it must be 8 or more"),
        ({"image_size": 28.5}, "image_size is 28.5; it must be a whole number, 8 or more"),
        ({"image_size": "28"}, "image_size is '28'; it must be a whole number, 8 or more"),
        ({"batch_size": True}, "batch_size is True; it must be a whole number, 1 or more"),
        ({"channels": 2}, r"channels is 2; it must be 1 \(gray\) or 3 \(RGB\)"),
        ({"batch_size": 0}, "batch_size is 0; it must be 1 or more"),
        ({"epoch_images": 0}, "epoch_images is 0; it must be 1 or more"),
        ({"validation": -0.1}, "validation is -0.1; it must be a fraction"),
        ({"validation": 1.0}, "validation is 1.0; it must be a fraction"),
        ({"num_workers": -1}, "num_workers is -1; it must be 'auto', 0 or more"),
        ({"num_workers": "many"}, "num_workers is 'many'"),
        ({"seed": -3}, "seed is -3"),
        ({"subset_seed": -3}, "subset_seed is -3"),
        ({"augmentation": "lihgt"}, "unknown augmentation 'lihgt'; did you mean 'light'"),
    ],
)
def test_both_data_modules_refuse_at_construction(arguments, message):
    for build in (MNISTDataModule, ImageFolderDataModule):
        with pytest.raises(DataError, match=message):
            build(**{"root": "anywhere", **arguments})


def test_a_policy_file_that_is_gone_is_missed_by_training_alone():
    data = MNISTDataModule(per_class=10, batch_size=10, augmentation="gone.yaml")
    assert data.num_classes == 10
    assert len(data.images("train")[0]) == 100
    with pytest.raises(DataError, match=r"augmentation file 'gone\.yaml' does not exist"):
        data.train_dataloader()


def test_shares_together_leave_something():
    with pytest.raises(DataError, match=r"validation 0.5 and test 0.5 leave nothing to train on"):
        ImageFolderDataModule(root="x", validation=0.5, test=0.5)


def test_max_pixels():
    with pytest.raises(DataError, match="max_pixels is 0"):
        ImageFolderDataModule(root="x", max_pixels=0)


def test_classes_keep_the_order_asked_for():
    assert choose_classes(("0", "1", "2"), None) == ("0", "1", "2")
    assert choose_classes(("0", "1", "2"), [2, "0"]) == ("2", "0")


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (["rosse"], "unknown class 'rosse'; did you mean 'rose'"),
        (["rose", "rose"], "'rose' more than once"),
        ([], "classes is empty"),
    ],
)
def test_wrong_classes(wanted, message):
    with pytest.raises(DataError, match=message):
        choose_classes(("rose", "tulip"), wanted)


def test_long_lists_of_choices_are_cut():
    assert nearest("x", [f"c{i}" for i in range(50)], "class").endswith("c19, ...")
