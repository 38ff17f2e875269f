"""The inputs of a report are found, and its pairs are those of the evaluation."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import pytest
import torch

from ganaug.evaluation.result import Evaluation
from ganaug.reporting.blocks import Missing
from ganaug.reporting.gathering import Gathering
from ganaug.reporting.image_examples import MOST_CLASSES, PER_CLASS, Examples, choose_some
from ganaug.synthesis.dataset import SyntheticDataset
from ganaug.synthesis.listing import Listed
from ganaug.utils.errors import UsageError


class Data:
    """Five training images, each of one shade; the last two have no label."""

    class_names = ("a", "b")
    labels: ClassVar = {"train": [0, 0, 1], "all_train": [0, 0, 1, -1, -1]}

    def images(self, split, limit=None):
        assert limit == 20_000
        labels = self.labels[split]
        return shades(range(len(labels))), torch.tensor(labels)

    def paths(self, split, limit=None):
        assert limit == 20_000
        return [f"photos/{k}.png" for k in range(len(self.labels[split]))]

    names = paths


def shades(values):
    return torch.tensor(list(values), dtype=torch.uint8).view(-1, 1, 1, 1).expand(-1, 1, 4, 4)


def pair(made, real):
    return {"synthetic": made, "training": real, "distance": 0.1, "copy": made == "a/1.png"}


@pytest.fixture
def gathering(tmp_path):
    def named(*pairs):
        (tmp_path / "manifest.json").write_text("{}")
        (tmp_path / "metrics.json").write_text(json.dumps({"figures": [], "closest": pairs}))
        found = Gathering(SyntheticDataset.open(tmp_path))
        closest = {"a/1.png": (shades([101])[0], "a"), "b/2.png": (shades([102])[0], "b")}
        made = shades([1]), torch.tensor([0])
        real = Data().images("train", 20_000)
        vars(found)["examples"] = Examples(Data(), real, made, closest)
        return found

    return named


def test_each_synthetic_image_stands_beside_its_training_image(gathering):
    pairs = gathering(pair("b/2.png", "photos/3.png"), pair("a/1.png", "photos/1.png")).pairs()
    assert pairs.synthetic[:, 0, 0, 0].tolist() == [102, 101]
    assert pairs.real[:, 0, 0, 0].tolist() == [3, 1]
    assert list(pairs.names) == ["b", "a"]
    assert pairs.copies == [False, True]


def test_images_that_are_elsewhere_now_are_left_out(gathering):
    pairs = gathering(pair("a/1.png", "moved/1.png"), pair("b/2.png", "photos/4.png")).pairs()
    assert list(pairs.names) == ["b"]
    missing = gathering(pair("a/1.png", "moved/1.png")).pairs()
    assert isinstance(missing, Missing)
    assert "tools/evaluate.py --synthetic" in missing.command


def test_some_images_of_each_of_the_first_classes_are_shown():
    listed = [Listed(Path(f"{label}/{k}.png"), label) for label in range(40) for k in range(label)]
    found = choose_some(listed, seed=0)
    counts = Counter(one.label for one in found)
    assert counts == {label: min(label, PER_CLASS) for label in range(1, MOST_CLASSES + 1)}
    assert len({one.path for one in found}) == len(found)
    assert found == choose_some(listed, seed=0) != choose_some(listed, seed=1)


@pytest.mark.parametrize(
    ("names", "asks"),
    [(["a", "b"], "tools/utility.py"), (["a"], "nothing for a classifier to distinguish")],
)
def test_a_study_that_would_be_refused_is_not_advised(tmp_path, names, asks):
    # A set that fills up single classes is judged, too.
    manifest = {"class_names": names, "counts": {"synthetic": {"a": 3}}}
    found = Gathering(SyntheticDataset.open(tmp_path))
    vars(found)["manifest"] = manifest | {"metadata_sha256": "x"}
    missing = found.find_study()
    assert asks in f"{missing.words} {missing.command}"


def test_metrics_of_an_older_version_are_read(tmp_path):
    figure = {"name": "FID", "features": "domain-labels", "value": 3.0, "n_synthetic": 80}
    floor = {"value": 1.0, "spread": None, "n": 50, "draws": 1}
    copies = {"copies": 0.2, "nearer": 0.5, "p_value": 0.4, "threshold": 0.8, "n": 80}
    found = {"figures": [{**figure, "floor": floor}], "memorization": {**copies, "n_held_out": 50}}
    (tmp_path / "manifest.json").write_text("{}")
    (tmp_path / "metrics.json").write_text(json.dumps(found))
    metrics = Gathering(SyntheticDataset.open(tmp_path)).metrics
    assert metrics["fid"].real_baseline.value == 1.0
    assert metrics["memorized"].value == 0.2


@pytest.mark.parametrize("digest", ["x", "y"])
def test_a_study_that_is_given_is_of_this_set(tmp_path, digest):
    study = SimpleNamespace(to_dict=lambda: {"synthetic": digest})
    found = Gathering(SyntheticDataset.open(tmp_path), study=study)
    vars(found)["manifest"] = {"metadata_sha256": "x"}
    if digest == "x":
        assert found.find_study() == {"synthetic": "x"}
    else:
        with pytest.raises(UsageError, match="study: this is a study of another synthetic set"):
            found.find_study()


def test_a_run_of_a_set_that_was_made_without_one_is_refused(tmp_path):
    (tmp_path / "manifest.json").write_text("{}")
    found = Gathering(SyntheticDataset.open(tmp_path), run=tmp_path / "runs/dcgan/version_0")
    vars(found)["manifest"] = {"metadata_sha256": "x"}
    with pytest.raises(UsageError, match=r"run is .*version_0, and the set was made without one"):
        _ = found.checkpoint


@pytest.mark.parametrize("kind", ["file", "in the folder", "evaluation"])
def test_metrics_of_another_set_are_refused(tmp_path, kind):
    for name in ("mine", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "manifest.json").write_text("{}")
    file = tmp_path / ("mine/metrics.json" if kind == "in the folder" else "metrics.json")
    place = SyntheticDataset.open(tmp_path / "other").place_from(file)
    found = replace(Evaluation({}, facts={"set": place}), file=file)
    found.to_json(file)
    given = {"file": file, "in the folder": None, "evaluation": found}[kind]
    words = r"holds the results of another set \(.*other\) and can't be shown; give those of"
    with pytest.raises(UsageError, match=words):
        _ = Gathering(SyntheticDataset.open(tmp_path / "mine"), given).metrics
    if kind != "in the folder":
        own = Gathering(SyntheticDataset.open(tmp_path / "other"), given).metrics
        assert own.facts["set"] == place


def test_metrics_that_name_no_file_or_no_set_are_taken(tmp_path):
    (tmp_path / "manifest.json").write_text("{}")
    dataset = SyntheticDataset.open(tmp_path)
    without_file = Evaluation({}, facts={"set": "../other"})
    assert Gathering(dataset, without_file).metrics is without_file
    without_set = Evaluation({}, file=tmp_path / "metrics.json")
    assert Gathering(dataset, without_set).metrics is without_set


def test_a_quick_evaluation_is_shown_until_there_is_a_full_one(tmp_path):
    def written(name, **facts):
        found = {"figures": [], "quick": "quick: rough", **facts}
        (tmp_path / name).write_text(json.dumps(found))

    def gathered():
        return Gathering(SyntheticDataset.open(tmp_path)).metrics

    (tmp_path / "manifest.json").write_text("{}")
    assert isinstance(gathered(), Missing)
    written("metrics-quick.json", part=True)
    assert isinstance(gathered(), Missing)
    written("metrics-quick.json")
    assert gathered().facts["quick"] == "quick: rough"
    (tmp_path / "metrics.json").write_text(json.dumps({"figures": []}))
    assert "quick" not in gathered().facts
