"""Choices are made by validation images; test images stand in only where those are too few."""

import pytest
import torch

from ganaug.evaluation.evaluator import Evaluator
from ganaug.evaluation.features.networks import DomainNetwork
from ganaug.evaluation.real_data import to_choose_by
from helpers.image_folders import fill, load


@pytest.fixture
def photos(tmp_path):
    def made(validation):
        for split, count in {"train": 10, "val": validation, "test": 12}.items():
            for number, name in enumerate(("rose", "tulip")):
                first = 1000 * len(split) + 100 * number
                fill(tmp_path / split / name, count, first=first)
        return load(tmp_path, image_size=16)

    return made


def test_validation_images_alone(photos, capsys):
    data = photos(10)
    found = to_choose_by(data)
    assert torch.equal(found.images, data.images("validation")[0])
    assert torch.equal(found.labels, data.images("validation")[1])
    assert found.name == "validation"
    assert "too few" not in capsys.readouterr().out


def test_test_images_beside_too_few_and_that_is_said(photos, capsys):
    data = photos(9)
    found = to_choose_by(data)
    assert len(found.images) == len(found.labels) == 18 + 24
    assert found.name == "validation and test"
    assert "18 validation images are too few to choose by" in capsys.readouterr().out


def test_what_is_measured_against_them_sees_no_test_image(photos):
    data = photos(10)
    network = DomainNetwork(3, 2, 16).eval()
    found = to_choose_by(data)
    labels = torch.arange(6) % 2
    chosen, tested = (
        Evaluator(data, network, "cpu", labels, 0, against)
        for against in ((found.images, found.labels), None)
    )
    assert torch.equal(chosen.held_out, found.images)
    assert len(chosen.reference) == 20
    assert torch.equal(tested.held_out, data.images("test")[0])
    assert len(tested.reference) == 24
