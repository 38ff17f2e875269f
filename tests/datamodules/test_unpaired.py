"""Unpaired images of two kinds: from two folders, and digits with a known change."""

import pytest
import torch

from datamodules.errors import DataError
from datamodules.mnist import MNISTDataModule
from datamodules.unpaired_digits import UnpairedDigitsDataModule, thicken_and_invert
from datamodules.unpaired_folders import UnpairedFoldersDataModule
from helpers.image_folders import fill, write


def folders(tmp_path, **options):
    fill(tmp_path / "daisy" / "deeper", 30)
    fill(tmp_path / "sunflower", 20, first=100)
    where = {"source": str(tmp_path / "daisy"), "target": str(tmp_path / "sunflower")}
    return UnpairedFoldersDataModule(
        **{**where, "image_size": 8, "batch_size": 6, "epoch_images": 1, **options}
    )


def test_each_folder_is_a_class_and_fills_half_of_each_batch(tmp_path):
    data = folders(tmp_path)
    assert data.class_names == ("daisy", "sunflower")
    assert data.class_counts == {"daisy": 24, "sunflower": 16}
    batches = [*data.train_dataloader()]
    assert len(batches) == 8
    for images, labels in batches:
        assert images.shape == (6, 3, 8, 8)
        assert labels.tolist() == [0, 0, 0, 1, 1, 1]
    seen = {image.numpy().tobytes() for images, _ in batches for image in images[:3]}
    assert len(seen) == 24


def test_what_is_passed_over_is_said_of_both_folders(tmp_path, capsys):
    for number, kind in enumerate(("daisy", "sunflower")):
        fill(tmp_path / kind, 1, first=900 + number)
        write(tmp_path / kind / f"90{number}_mask.png", 990 + number)
    assert folders(tmp_path).num_classes == 2
    assert "data: passed over masks: 2, such as" in capsys.readouterr().out


def test_the_card_rebuilds_it(tmp_path):
    data = folders(tmp_path)
    again = UnpairedFoldersDataModule(**data.card()["init_args"])
    assert again.fingerprint == data.fingerprint
    assert again.paths("train") == data.paths("train")


def test_two_folders_it_must_be(tmp_path):
    for target in ("daisy", "daisy/deeper", "."):
        with pytest.raises(DataError, match="lie within one another"):
            folders(tmp_path, target=str(tmp_path / target))
    with pytest.raises(DataError, match="have the same name"):
        folders(tmp_path, target=str(tmp_path / "other" / "daisy"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"no images in .*empty'; give a folder that holds some"):
        _ = folders(tmp_path, target=str(tmp_path / "empty")).class_names


def test_digits_are_changed_as_said_and_never_stand_on_both_sides():
    data = UnpairedDigitsDataModule(batch_size=8, epoch_images=1)
    images, labels = data.images("test")
    original, _ = MNISTDataModule().images("test")
    assert torch.equal(images[labels == 0], original[0::2])
    assert torch.equal(images[labels == 1], thicken_and_invert(original[1::2]))
    _, batch_labels = next(iter(data.train_dataloader()))
    assert batch_labels.tolist() == [0, 0, 0, 0, 1, 1, 1, 1]


def test_thickening_by_hand():
    dot = torch.zeros(1, 1, 5, 5, dtype=torch.uint8)
    dot[0, 0, 1, 1] = 200
    changed = thicken_and_invert(dot)[0, 0]
    assert changed[:3, :3].eq(55).all()
    assert changed[3:].eq(255).all()
    assert changed[:, 3:].eq(255).all()
