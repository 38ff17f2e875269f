"""Results of an evaluation other than metrics, such as the closest pairs."""

import json

import numpy as np
import torch
from PIL import Image

from datamodules.mnist import MNISTDataModule
from ganaug.evaluation.evaluator import Evaluator, MemorizationResults
from ganaug.evaluation.features.domain import train_domain_network
from ganaug.evaluation.files import write_closest
from ganaug.evaluation.memorization.detector import Pair
from ganaug.evaluation.metrics.agreement import Agreement
from ganaug.evaluation.result import Evaluation
from ganaug.evaluation.table import table
from ganaug.synthesis.dataset import SyntheticDataset


class Data:
    """Four training images, of which the last two have no label."""

    def images(self, split, limit):
        count = {"train": 2, "all_train": 4}[split]
        grays = torch.arange(count, dtype=torch.uint8)[:, None, None, None] * 50
        return grays.expand(count, 1, 8, 8), None

    def paths(self, split, limit):
        return [f"real{i}" for i in range({"train": 2, "all_train": 4}[split])]

    names = paths


def test_pairs_stand_one_above_the_other(tmp_path):
    images = torch.tensor([255, 0], dtype=torch.uint8)[:, None, None, None].expand(2, 1, 8, 8)
    pairs = [Pair("b", "real3", 0.1, copy=True), Pair("a", "real1", 0.5, copy=False)]
    write_closest(tmp_path / "closest.png", pairs, images, ["a", "b"], Data())
    picture = np.array(Image.open(tmp_path / "closest.png"))[:, :, 0]
    # Images of 8 px are shown at 56; the first column is 10 px in.
    columns = picture[:, 10 + 28], picture[:, 10 + 58 + 28]
    for column, values in zip(columns, ((0, 150), (255, 50)), strict=True):
        runs = [value for value in values if (column == value).sum() >= 56]
        assert runs == list(values)


def test_the_reason_is_given_if_copies_can_not_be_detected():
    data = MNISTDataModule(per_class=4)
    network, _ = train_domain_network(*data.images("train"), 10, seed=0, width=4)
    images, labels = data.images("test", limit=10)
    evaluator = Evaluator(data, network, "cpu", labels, 0, held_out=(images, labels))
    found = evaluator.memorization(images, labels, [])
    assert found == MemorizationResults(
        missing="finding copies takes more than 5 training images and 20 held-out ones, got 40 and "
        "10"
    )
    none = Agreement.none("there is a single class")
    text = table(Evaluation({}, none, memorization_missing=found.missing))
    assert "copies: finding copies takes" in text


def test_images_that_were_planned_and_never_made_are_counted(tmp_path):
    (tmp_path / "images/rose").mkdir(parents=True)
    (tmp_path / "metadata.csv").write_text("")
    for short in ({}, {"rose": 3, "tulip": 1200, "daisy": 0}):
        manifest = {"metadata_sha256": "", "short": short}
        (tmp_path / "manifest.json").write_text(json.dumps(manifest))
        expected = {name: count for name, count in short.items() if count}
        assert SyntheticDataset.open(tmp_path).short == expected
