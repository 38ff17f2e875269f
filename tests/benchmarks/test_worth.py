"""The studies of what synthetic images are worth read the study of all arms rightly."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

import ganaug
from benchmarks.study import Workspace
from benchmarks.worth import split_up, worth


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    def score(accuracy, *recalls):
        return SimpleNamespace(balanced_accuracy=accuracy, recalls=recalls)

    scores = {"real": [score(0.5, 0.9, 0.1, 0.5), score(0.7, 0.9, 0.3, 0.9)]}
    gain = SimpleNamespace(difference=0.02, interval=(-0.01, 0.05))
    study = SimpleNamespace(
        scores=scores, baseline="real", verdicts={"all": gain}, class_names=("a", "b", "c")
    )
    asked = {}
    monkeypatch.setattr(ganaug, "synthesize", lambda run, out, **how: asked.update(out=out, **how))
    monkeypatch.setattr(ganaug, "utility", lambda *_, **how: asked.update(how) or study)
    (tmp_path / "runs" / "dagan" / "version_0").mkdir(parents=True)
    return SimpleNamespace(asked=asked, own=Workspace(tmp_path, None, None, 0))


def test_means_of_all_seeds_and_of_the_scarce_classes(workspace):
    found = worth(["b", "c"], 30, workspace.own, classifier="small", steps=7)
    found.pop("time of all arms [min]")
    assert found == pytest.approx(
        {
            "seeds": 2,
            "real %": 60,
            "real, scarce classes %": 45,
            "gain of all": 2,
            "gain of all, lower": -1,
            "gain of all, upper": 5,
        }
    )
    asked = workspace.asked
    assert (asked["per_class"], asked["arms"], asked["steps"]) == (30, "all", 7)
    assert asked["out"] == workspace.own.home / "small"


def test_all_photographs_that_a_model_has_not_seen_are_tested_on(tmp_path):
    photographs = tmp_path / "photographs"
    for split in ("train", "test"):
        for kind in range(2):
            for number in range(30):
                file = photographs / split / f"kind{kind}" / f"{number}.png"
                file.parent.mkdir(parents=True, exist_ok=True)
                noise = np.random.default_rng([split == "test", kind, number])
                Image.fromarray(noise.integers(256, size=(16, 16, 3), dtype=np.uint8)).save(file)
    few = ganaug.ImageFolder(root=str(photographs), image_size=16, per_class=5)
    own = ganaug.ImageFolder(root=str(split_up(few, photographs, tmp_path / "own")), image_size=16)
    for split in ("train", "validation"):
        assert [*map(real, own.paths(split))] == [*map(real, few.paths(split))]
    seen = {*few.paths("train"), *few.paths("validation")}
    every = {str(file) for file in photographs.glob("*/*/*")}
    assert {*map(real, own.paths("test"))} == every - seen
    assert len(own.paths("test")) > len(few.paths("test"))


def real(path):
    return str(Path(path).resolve())
