"""A study of several classifiers: real images from their files, one file, tables side by side."""

import json
import re
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from ganaug.evaluation.utility.choosing import chosen_classifiers, folders_of
from ganaug.evaluation.utility.classifiers import Images, answers, digest_of_builder
from ganaug.evaluation.utility.material import Material
from ganaug.evaluation.utility.result import Study
from ganaug.synthesis.dataset import SyntheticDataset
from ganaug.utils.errors import UsageError
from helpers.image_folders import fill, load
from helpers.toy_studies import ARMS, said, stripes, study

PAGE = Path(__file__).parents[3] / "docs" / "classifiers.md"


def test_real_images_are_read_from_their_files_and_synthetic_ones_scaled_up(tmp_path):
    for number, name in enumerate(("rose", "tulip")):
        fill(tmp_path / "photos" / name, 30, first=100 * number)
        fill(tmp_path / "made" / "images" / name, 5, first=500 + 100 * number)
    data = load(tmp_path / "photos", image_size=8)
    made = SyntheticDataset.from_folder(tmp_path / "made" / "images").select(
        class_names=data.class_names, image_size=8, channels=3, reader=data.reader
    )
    small = {
        "real": Images(*data.images("train")),
        "synthetic": Images(made.images, made.labels),
        "test": Images(*data.images("test")),
    }
    material = Material(made, data, small)
    assert material.at(8)["real"] is small["real"]
    large = material.at(10)
    expected = load(tmp_path / "photos", image_size=10)
    for kind, split in (("real", "train"), ("test", "test"), ("validation", "validation")):
        assert torch.equal(large[kind].images, expected.images(split)[0])
        assert torch.equal(large[kind].labels, data.images(split)[1])
    # What was 12 x 10 pixels is cropped to 10 x 10, as a reader of that size does.
    assert large["synthetic"].images.shape == (10, 3, 10, 10)
    assert torch.equal(
        large["synthetic"].images[0],
        torch.from_numpy(replace(data.reader, image_size=10).read(made.listed[0].path)).permute(
            2, 0, 1
        ),
    )
    made = SimpleNamespace(trained_with=("lite0",))
    assert Material(made, data, small).trained_with == ("lite0",)
    assert material.trained_with == ()


@pytest.fixture
def both(tmp_path):
    """A study with `small`, and one with `imagenet` of the same arms."""
    first = said(study(tmp_path / "a", stripes(100, 2), steps=20).run(ARMS, range(3)))
    other = said(study(tmp_path / "b", stripes(10, 2), steps=20).run(ARMS, range(3)))
    note = {"classifier": "imagenet", "classifier_note": "classifier imagenet: a linear head."}
    other = replace(other, facts=note)
    return replace(first, facts={"classifier": "small"}, others={"imagenet": other})


def test_table_file_and_frame_hold_both(both, tmp_path):
    assert list(both.by_classifier) == ["small", "imagenet"]
    assert both.verdict == both.by_classifier["small"].verdict
    printed = str(both)
    assert printed.count("verdict: ") == 2
    assert "classifier imagenet: a linear head." in printed
    summary = printed.rsplit("\n\n", 1)[1].splitlines()
    assert [line.split()[0] for line in summary] == ["classifier", "small", "imagenet"]
    assert f"{both.verdict}: " in summary[1]
    both.to_json(tmp_path / "utility.json")
    again = Study.from_json(tmp_path / "utility.json")
    assert str(again) == printed
    assert [(row["classifier"], row["arm"]) for row in again.rows()] == [
        ("small", "real"),
        ("small", "both"),
        ("imagenet", "real"),
        ("imagenet", "both"),
    ]
    # One classifier's file is as it was.
    alone = replace(both, others={})
    assert "others" not in alone.to_dict()
    assert "classifier" not in alone.rows()[0]


def test_a_file_without_classifiers_still_loads(both, tmp_path):
    plain = replace(both, others={}).to_dict()
    (tmp_path / "utility.json").write_text(json.dumps(plain))
    assert Study.from_json(tmp_path / "utility.json").others == {}


def test_each_classifier_has_a_folder_and_others_are_left_alone(tmp_path):
    root, names = tmp_path / "study", ["small", "timm:resnet18"]
    assert folders_of(root, ["small"]) == {"small": root}
    folders = folders_of(root, names)
    assert [path.name for path in folders.values()] == ["small", "timm_resnet18"]
    for path in folders.values():
        path.mkdir(parents=True)
    (root / "utility.json").touch()
    assert folders_of(root, names) == folders
    (root / "study.json").touch()
    with pytest.raises(UsageError, match=r"does not hold a study of small, .*give `out` a new"):
        folders_of(root, names)


def test_the_classifier_of_the_page_runs(tmp_path, monkeypatch):
    name, text = re.search(
        r"^`(my_\w+)\.py`:\n\n```python\n(.*?)^```$", PAGE.read_text(), re.M | re.S
    ).groups()
    (tmp_path / f"{name}.py").write_text(text)
    monkeypatch.setattr(sys, "path", [*sys.path])
    try:
        images = torch.zeros(2, 3, 28, 28, dtype=torch.uint8)
        (found,) = chosen_classifiers(f"{name}:wide", images)
        build = found.build(Images(images, torch.tensor([0, 1])))
        for channels, size in ((1, 28), (3, 64), (3, 8)):
            own = torch.zeros(2, channels, size, size, dtype=torch.uint8)
            assert answers(build(channels, 5, size).eval(), own).shape == (2, 5)
    finally:
        sys.modules.pop(name, None)
    assert found.facts["classifier"] == f"{name}:wide"
    assert found.size == 28


def test_results_depend_on_the_code_of_a_classifier():
    class Halved(nn.Sequential):
        def forward(self, images):
            return super().forward(images) / 2

    def fixed(kind):
        return lambda channels, classes, size: kind(nn.Conv2d(channels, classes, size))

    digests = {digest_of_builder(fixed(kind), 3, 8) for kind in (nn.Sequential, Halved)}
    assert len(digests | {digest_of_builder(fixed(nn.Sequential), 3, 16)}) == 3
    assert digest_of_builder(fixed(Halved), 3, 8) in digests
    assert "" not in digests
