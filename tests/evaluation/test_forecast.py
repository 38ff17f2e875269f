"""How long an evaluation takes, and a quick one."""

import json
from itertools import count
from types import SimpleNamespace

import pytest
import torch
from PIL import Image

from datamodules.mnist import MNISTDataModule
from ganaug.evaluation import files, forecast
from ganaug.evaluation.evaluate import evaluate
from ganaug.evaluation.features import training
from ganaug.evaluation.features.domain import PURPOSES
from ganaug.evaluation.features.networks import DomainNetwork
from ganaug.evaluation.result import Evaluation
from ganaug.synthesis.dataset import SyntheticDataset


class Data(SimpleNamespace):
    def images(self, split, limit=None):
        return torch.zeros(3, 1, self.image_size, self.image_size, dtype=torch.uint8), None

    def paths(self, split, limit=None):
        return ["x"] * min(900, limit or 900)


@pytest.mark.parametrize(
    ("classes", "kept", "says"),
    [
        (
            2,
            (),
            "up to about 2.2 minutes on cpu",
        ),  # two networks of a minute, 15 seconds for all else
        (2, ("judge",), "up to about 75 seconds on cpu"),
        (1, ("evaluate",), "up to about 15 seconds on cpu"),
    ],
)
def test_the_forecast_is_printed(monkeypatch, capsys, classes, kept, says):
    monkeypatch.setattr(forecast, "is_kept", lambda data, purpose: purpose in kept)
    monkeypatch.setattr(forecast, "seconds_to_train", lambda *_: 60.0)
    monkeypatch.setattr(forecast, "_reading_seconds", lambda *_: 10.0)
    monkeypatch.setattr(forecast, "_measuring_seconds", lambda *_, **__: 5.0)
    data = Data(num_classes=classes, channels=1, image_size=28)
    forecast.forecast(data, None, 500, "cpu", quick=False)
    assert says in capsys.readouterr().out


def test_a_training_takes_as_many_batches_as_it_has(monkeypatch):
    ticks = count(0, 2)
    monkeypatch.setattr(training.time, "perf_counter", lambda: next(ticks))
    images = torch.zeros(3, 1, 16, 16, dtype=torch.uint8)
    network = DomainNetwork(1, 2, 16, width=4)
    # 2 batches in 2 seconds; 10 epochs of 5 batches.
    took = training.seconds_to_train(network, images, 640, 6400, torch.device("cpu"))
    assert took == 50
    # 20 epochs of 3 batches, and of 2 in each turn of the cross-validation.
    assert training.seconds_to_train(network, images, 66, 100, torch.device("cpu")) == 220


def test_a_quick_training_is_no_longer_at_larger_sizes():
    quick = PURPOSES["evaluate-quick"]
    assert [quick.seen(size) for size in (28, 64, 128)] == [15_000, 15_000, 3_750]
    assert PURPOSES["evaluate"].seen(256) == 120_000


def test_a_quick_evaluation_takes_full_networks_that_are_kept(monkeypatch):
    monkeypatch.setattr(forecast, "is_kept", lambda data, purpose: purpose == "judge")
    named = [forecast.purpose_of(None, each, quick=True) for each in ("judge", "evaluate")]
    assert named == ["judge", "evaluate-quick"]
    assert forecast.purpose_of(None, "evaluate", quick=False) == "evaluate"


def test_a_quick_evaluation_says_how_rough_it_is_and_overwrites_no_full_one(tmp_path, monkeypatch):
    monkeypatch.setenv("GANAUG_CACHE", str(tmp_path / "cache"))
    data = MNISTDataModule(per_class=30, image_size=16)
    images, labels = data.images("validation", limit=300)
    for number, (image, label) in enumerate(zip(images, labels.tolist(), strict=True)):
        path = tmp_path / f"set/{label}/{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image[0].numpy()).save(path)
    (tmp_path / "set/metrics.json").write_text("full")
    part = SyntheticDataset.open(tmp_path / "set").select(n=200)
    write, locked = files.write_results, []
    lock = tmp_path / "set/.metrics-quick.json.lock"
    monkeypatch.setattr(
        files, "write_results", lambda *a: locked.append(lock.exists()) or write(*a)
    )
    found = evaluate(part, data, quick=True)
    # Another process waits, so the picture belongs to these results.
    assert (locked, lock.exists()) == ([True], False)
    assert found.file == tmp_path / "set/metrics-quick.json"
    assert found.facts["part"]  # so that a report doesn't show it by itself
    assert (tmp_path / "set/metrics.json").read_text() == "full"
    assert str(found).startswith("quick: measured on at most 500 synthetic and 500 test images")
    assert (found["kid"].n, found["kid"].n_real) == (200, 500)
    assert found.memorization.n_held_out == 500
    again = Evaluation.from_dict(json.loads(found.file.read_text()))
    assert again.facts["quick"] == found.facts["quick"]
