"""The pairs of a report are those that the evaluation named, picture by picture."""

import json
from argparse import Namespace
from collections import Counter
from pathlib import Path
from typing import ClassVar

import pytest
import torch

from ganaug.cli.report_images import A_CLASS, MOST_CLASSES, Shown, a_few
from ganaug.cli.report_materials import Gathering
from ganaug.reporting import Missing
from ganaug.synthesis.listing import Listed


class Data:
    """Five training images, each of one shade; the last two have no label."""

    class_names = ("a", "b")
    labels: ClassVar = {"train": [0, 0, 1], "every": [0, 0, 1, -1, -1]}

    def images(self, split, limit=None):
        assert limit == 20_000
        labels = self.labels[split]
        return shades(range(len(labels))), torch.tensor(labels)

    def paths(self, split, limit=None):
        assert limit == 20_000
        return [f"photos/{k}.png" for k in range(len(self.labels[split]))]


def shades(values):
    return torch.tensor(list(values), dtype=torch.uint8).view(-1, 1, 1, 1).expand(-1, 1, 4, 4)


def pair(made, real):
    return {"synthetic": made, "training": real, "distance": 0.1, "copy": made == "a/1.png"}


@pytest.fixture
def gathering(tmp_path):
    def named(*pairs):
        (tmp_path / "metrics.json").write_text(json.dumps({"figures": [], "closest": pairs}))
        found = Gathering(Namespace(synthetic=tmp_path, data_root=None, seed=0), {})
        closest = {"a/1.png": (shades([101])[0], "a"), "b/2.png": (shades([102])[0], "b")}
        made = shades([1]), torch.tensor([0])
        found.shown = Shown(Data(), Data().images("train", 20_000), made, closest)
        return found

    return named


def test_each_synthetic_image_stands_beside_its_training_image(gathering):
    pairs = gathering(pair("b/2.png", "photos/3.png"), pair("a/1.png", "photos/1.png")).pairs()
    assert pairs.made[:, 0, 0, 0].tolist() == [102, 101]
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
    found = a_few(listed, seed=0)
    counts = Counter(one.label for one in found)
    assert counts == {label: min(label, A_CLASS) for label in range(1, MOST_CLASSES + 1)}
    assert len({one.path for one in found}) == len(found)
    assert found == a_few(listed, seed=0) != a_few(listed, seed=1)


@pytest.mark.parametrize(("of_b", "asks"), [(2, "tools/utility.py"), (0, "there are none of b")])
def test_a_study_that_would_be_refused_is_not_advised(tmp_path, of_b, asks):
    manifest = {"class_names": ["a", "b"], "counts": {"synthetic": {"a": 3, "b": of_b}}}
    options = Namespace(synthetic=tmp_path, utility=None, data_root=None, seed=0)
    missing = Gathering(options, manifest | {"metadata_sha256": "x"}).study()
    assert asks in f"{missing.words} {missing.command}"
