"""What evaluation says and shows beside its figures: images never made, the closest pairs."""

import json

import numpy as np
import torch
from PIL import Image

from ganaug.cli.evaluate import write_closest
from ganaug.cli.evaluate_inputs import wanting
from ganaug.cli.evaluate_measuring import Made
from ganaug.evaluation import Pair


class Data:
    def images(self, split, limit):
        return torch.arange(4, dtype=torch.uint8)[:, None, None, None].expand(4, 1, 8, 8) * 50, None

    def paths(self, split, limit):
        return [f"real{i}" for i in range(4)]


def test_pairs_stand_one_above_the_other(tmp_path):
    images = torch.tensor([255, 0], dtype=torch.uint8)[:, None, None, None].expand(2, 1, 8, 8)
    made = Made(images, torch.zeros(2), ["a", "b"])
    pairs = [Pair("b", "real3", 0.1, copy=True), Pair("a", "real1", 0.5, copy=False)]
    write_closest(tmp_path / "closest.png", pairs, made, Data())
    picture = np.array(Image.open(tmp_path / "closest.png"))[:, :, 0]
    # Images of 8 px are shown at 56; the first column is 10 px in.
    columns = picture[:, 10 + 28], picture[:, 10 + 58 + 28]
    for column, values in zip(columns, ((0, 150), (255, 50)), strict=True):
        runs = [value for value in values if (column == value).sum() >= 56]
        assert runs == list(values)


def test_images_that_were_planned_and_never_made_are_said(tmp_path):
    images, manifest = tmp_path / "images", tmp_path / "manifest.json"
    images.mkdir()
    assert wanting(images) == ""
    manifest.write_text(json.dumps({"short": {}}))
    assert wanting(images) == ""
    manifest.write_text(json.dumps({"short": {"rose": 3, "tulip": 1200, "daisy": 0}}))
    assert "1,203 were never made" in wanting(images)
    assert "(rose 3, tulip 1,200)" in wanting(images)
