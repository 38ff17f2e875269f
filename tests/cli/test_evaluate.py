"""What evaluation says and shows beside its figures: images never made, the closest pairs."""

import json

import numpy as np
import torch
from PIL import Image

from datamodules.mnist import MNISTDataModule
from ganaug.cli.evaluate import write_closest
from ganaug.cli.evaluate_inputs import wanting
from ganaug.cli.evaluate_measuring import Made, Measuring
from ganaug.evaluation import Agreement, Findings, Pair, table, train_domain_network


class Data:
    """Four training images, of which the last two have no label."""

    def images(self, split, limit):
        count = {"train": 2, "all_train": 4}[split]
        greys = torch.arange(count, dtype=torch.uint8)[:, None, None, None] * 50
        return greys.expand(count, 1, 8, 8), None

    def paths(self, split, limit):
        return [f"real{i}" for i in range({"train": 2, "all_train": 4}[split])]


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


def test_why_copies_can_not_be_told_is_said():
    data = MNISTDataModule(per_class=4)
    network, _ = train_domain_network(*data.images("train"), 10, seed=0, width=4)
    images, labels = data.images("test", limit=10)
    measuring = Measuring(data, network, "cpu", labels, 0, held_out=(images, labels))
    found = measuring.memorization(Made(images, labels, []))
    assert found == {
        "not_memorized": "to tell copies takes more than 5 training images and 20 held-out ones, "
        "got 40 and 10"
    }
    text = table(Findings([], Agreement.none("there is a single class"), **found))
    assert "copies: to tell copies takes" in text


def test_images_that_were_planned_and_never_made_are_said(tmp_path):
    images, manifest = tmp_path / "images", tmp_path / "manifest.json"
    images.mkdir()
    assert wanting(images) == ""
    manifest.write_text(json.dumps({"short": {}}))
    assert wanting(images) == ""
    manifest.write_text(json.dumps({"short": {"rose": 3, "tulip": 1200, "daisy": 0}}))
    assert "1,203 were never made" in wanting(images)
    assert "(rose 3, tulip 1,200)" in wanting(images)
