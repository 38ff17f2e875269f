"""Every tool reads files of more than 8 bits by the range of values that the fit's card holds."""

from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import torch
import yaml

from datamodules.image_folder import ImageFolderDataModule
from datamodules.reading.images.reader import ImageReader
from ganaug.evaluation.labelling import fitted, read
from ganaug.evaluation.real_data import real_data
from ganaug.reporting.latent_space.projection import _targets
from ganaug.synthesis.dataset import SyntheticDataset
from ganaug.synthesis.real_folders import folder_like
from ganaug.synthesis.record import splits_of
from ganaug.training.checkpoints import Card, Checkpoint
from ganaug.training.setting_files import current

# A fit's range of 0 to 4,000 makes 3,000 and 1,000 of these.
BRIGHT, DARK = round(3000 / 4000 * 255), round(1000 / 4000 * 255)


def scan(path, value, width=8):
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((8, width), value, np.uint16))
    return path


@pytest.fixture
def card(tmp_path):
    """The card of a fit on two scans, whose values go from 0 to 4,000."""
    scan(tmp_path / "fit/dark/a.png", 0)
    scan(tmp_path / "fit/light/b.png", 4000)
    settings = {"image_size": 8, "validation": 0.0, "test": 0.0}
    data = ImageFolderDataModule(str(tmp_path / "fit"), fit="pad", background="black", **settings)
    return Card.from_checkpoint({**data.card(), "model": "ganaug.models.sgan.SGAN"})


@pytest.fixture
def others(tmp_path):
    """Scans of the same classes that do not reach the fit's range."""
    scan(tmp_path / "others/dark/c.png", 1000)
    scan(tmp_path / "others/light/d.png", 3000)
    return tmp_path / "others"


def levels(images):
    return images[:, 0, 4, 4].tolist()


def test_real_images_of_another_folder(card, others):
    settings = {"split_settings": splits_of(card.data), "card": card}
    dataset = SimpleNamespace(image_size=8, channels=1, **settings)
    assert dataset.split_settings["window"] == [0, 4000]
    data = real_data(dataset, str(others))
    assert levels(data.images("train")[0]) == [DARK, BRIGHT]
    assert real_data(dataset, "mnist").image_size == 8
    assert levels(folder_like(card, str(others)).images("train")[0]) == [DARK, BRIGHT]


def test_a_set_of_another_origin_is_read_as_the_real_images(card, others):
    data = ImageFolderDataModule(**{**card.data["init_args"], "root": str(others)})
    dataset = SyntheticDataset.from_folder(others)
    assert (dataset.image_size, dataset.channels) == (8, 1)
    assert levels(dataset.select(reader=data.reader).images) == [DARK, BRIGHT]
    assert levels(dataset.images) == [round(1000 / 257), round(3000 / 257)]


def test_labels(card, others):
    class ByBrightness(torch.nn.Linear):
        def classify(self, images):
            light = (images.mean(dim=(1, 2, 3)) > 0).float()
            return torch.stack([1 - light, light], dim=1)

    model = Checkpoint(ByBrightness(1, 1), card, "", Path("x.ckpt"))
    files = [str(others / "dark/c.png"), str(others / "light/d.png")]
    assert [each.label for each in read(fitted(model, "cpu"), files, 0.0)] == ["dark", "light"]


def test_images_that_explore_searches_for_are_padded_and_mapped(card, others):
    session = SimpleNamespace(card=card, device="cpu", class_name=None)
    wide = scan(others / "wide.png", 3000, width=16)
    image = ((_targets(session, [wide], 1) + 1) * 127.5).round()
    assert image[0, 0, :, 4].tolist() == [0, 0, *[BRIGHT] * 4, 0, 0]


def test_a_run_of_an_older_version_resumes_with_its_own_reading(tmp_path):
    path = tmp_path / "config.yaml"
    arguments = {"root": "scans", "max_pixels": 10, "channels": 3}
    name = "datamodules.image_folder.ImageFolderDataModule"
    path.write_text(yaml.safe_dump({"data": {"class_path": name, "init_args": arguments}}))
    settings = yaml.safe_load(current(path).read_text())
    assert settings["data"]["init_args"] == {**arguments, "window": "file", "page": 1}
    path.write_text(yaml.safe_dump({"data": {"init_args": {**arguments, "bands": None}}}))
    assert current(path) == path


def test_a_reader_can_be_pickled(card):
    expected = ImageReader(8, 1, fit="pad", window=[0, 4000], page=None, background="black")
    assert card.reader == expected
