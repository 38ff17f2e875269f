"""The studies of what synthetic images are worth read the study of all arms rightly."""

from types import SimpleNamespace

import pytest

import ganaug
from benchmarks.study import Workspace
from benchmarks.worth import worth


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
