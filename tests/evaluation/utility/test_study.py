"""The study on toy images with known answers: more real images help, noise does not."""

import json
import re
import sys

import pytest
import torch
from torch import nn

from ganaug.evaluation.utility.arms import arms_of
from ganaug.evaluation.utility.checks import refuse_missing_images
from ganaug.evaluation.utility.classifiers import DataMix, Images, MixSampler, builder
from ganaug.evaluation.utility.forecast import forecast, quick_steps
from ganaug.evaluation.utility.scores import Scores
from ganaug.evaluation.utility.study import StudyRunner, compare
from ganaug.utils.errors import UsageError
from helpers.toy_studies import ARMS, said, stripes, study


def test_a_study_does_not_change_the_random_state_of_its_caller(tmp_path):
    torch.manual_seed(0)
    before = torch.get_rng_state()
    begun = study(tmp_path / "s", stripes(50, 2), steps=2)
    forecast(begun, ARMS, 2)
    quick_steps(begun, ARMS, 2)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_classifier_in_the_current_folder_is_found_without_a_path_per_call(tmp_path, monkeypatch):
    (tmp_path / "own_network.py").write_text("def build(channels, classes, size):\n    pass\n")
    monkeypatch.chdir(tmp_path)
    before = [*sys.path]
    monkeypatch.setattr("sys.path", [*before])
    for _ in range(2):
        assert builder("own_network:build")(1, 2, 16) is None
    assert sys.path == [*before, str(tmp_path)]


def test_more_real_images_help(tmp_path):
    found = said(study(tmp_path / "s", stripes(1000, 2)).run(ARMS, range(5)))
    assert found.verdict == "helps"
    assert found.baseline == "real"


def test_wrong_labels_hurt(tmp_path):
    good = stripes(1000, 2)
    wrong = Images(good.images, 1 - good.labels)
    assert said(study(tmp_path / "s", wrong).run(ARMS, range(5))).verdict == "hurts"


def test_copies_make_no_difference(tmp_path):
    assert said(study(tmp_path / "s", stripes(24, 0)).run(ARMS, range(5))).verdict != "helps"


def test_a_file_gets_the_rows_and_no_bar(tmp_path, capsys):
    study(tmp_path / "s", stripes(50, 2), steps=2).run(ARMS, range(3))
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 1 + 2 * 3
    assert err == ""


def test_it_resumes_where_it_was_stopped(tmp_path, monkeypatch):
    whole = study(tmp_path / "whole", stripes(50, 2)).run(ARMS, range(3))
    begun = study(tmp_path / "s", stripes(50, 2))
    begun.run(ARMS[:1], range(2))
    with (tmp_path / "s/results.jsonl").open("a") as torn:
        torn.write('{"arm": "both", "se')
    torn_line = (tmp_path / "s/results.jsonl").read_text()
    (tmp_path / "s/results.jsonl").write_text(torn_line + "\n")
    again = study(tmp_path / "s", stripes(50, 2))
    done = []
    once = StudyRunner.once
    monkeypatch.setattr(
        StudyRunner, "once", lambda self, arm, seed: done.append(seed) or once(self, arm, seed)
    )
    assert again.run(ARMS, range(3)) == whole
    assert len(done) == 4


def test_results_that_another_version_kept_are_not_read(tmp_path):
    study(tmp_path / "s", stripes(50, 2))
    known = json.loads((tmp_path / "s/study.json").read_text())
    known["kept"].remove("wrong")
    (tmp_path / "s/study.json").write_text(json.dumps(known))
    with pytest.raises(UsageError, match="holds another study"):
        study(tmp_path / "s", stripes(50, 2))


def test_another_study_is_left_alone(tmp_path):
    study(tmp_path / "s", stripes(50, 2), real="a")
    with pytest.raises(UsageError, match="holds another study"):
        study(tmp_path / "s", stripes(50, 2), real="b")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/notes.txt").write_text("x")
    with pytest.raises(UsageError, match="is not empty"):
        study(tmp_path / "mine", stripes(50, 2))


def test_every_class_has_the_same_share_of_synthetic_draws():
    real = Images(torch.zeros(101, 1, 2, 2, dtype=torch.uint8), torch.tensor([0] * 100 + [1]))
    made = Images(torch.ones(6, 1, 2, 2, dtype=torch.uint8), torch.tensor([0, 1] * 3))
    images, labels = MixSampler(DataMix(share=0.25), real, made, 2, 0).batch(20_000)
    synthetic = images[:, 0, 0, 0].double()
    for label in (0, 1):
        assert (labels == label).double().mean() == pytest.approx(0.5, abs=0.02)
        assert synthetic[labels == label].mean() == pytest.approx(0.25, abs=0.02)
    plain, plain_labels = MixSampler(DataMix(balanced=False), real, made, 2, 0).batch(20_000)
    assert plain_labels.double().mean() == pytest.approx(1 / 101, abs=0.005)
    assert not plain.any()


def test_a_class_without_synthetic_images_is_said():
    made = Images(torch.ones(3, 1, 16, 16, dtype=torch.uint8), torch.tensor([0, 0, 0]))
    with pytest.raises(UsageError, match="class 1 has no synthetic image to train on"):
        MixSampler(DataMix(share=0.5), stripes(10, 0), made, 2, 0)


@pytest.mark.parametrize(
    ("arm", "kind"),
    [("real + synthetic x 1", "synthetic"), ("synthetic only", "synthetic"), ("real", "real")],
)
def test_an_arm_that_draws_images_of_a_class_without_any_is_refused(arm, kind):
    every = {own.name: own for own in arms_of(None)}
    images = {name: stripes(10, 0) for name in ("real", "synthetic")}
    refuse_missing_images([*every.values()], images, ["tulip", "rose"])
    one = Images(images[kind].images, torch.zeros(10, dtype=torch.long))
    said = rf"class 'rose' has no {kind} image to train on, and the arm '{re.escape(arm)}' draws"
    with pytest.raises(UsageError, match=said):
        refuse_missing_images([every[arm]], images | {kind: one}, ["tulip", "rose"])


def test_arms():
    names = [arm.name for arm in arms_of(None)]
    assert names[:2] == ["real", "real, balanced"]
    assert "real + synthetic x 0.25" in names
    assert not any("augmentation" in name for name in names)
    assert "real + augmentation + synthetic x 2" in [a.name for a in arms_of(lambda image: image)]


@pytest.mark.parametrize("name", ["googlenet", "resnet18"])
def test_a_classifier_is_tried_before_anything_is_trained(tmp_path, name):
    """In training mode too, where some return three outputs."""
    images = Images(torch.zeros(4, 3, 64, 64, dtype=torch.uint8), torch.tensor([0, 1, 0, 1]))
    kinds = {"real": images, "synthetic": images, "test": images}
    StudyRunner(tmp_path / "s", facts={}, build=builder(name), **kinds, num_classes=2, steps=10)
    with pytest.raises(UsageError, match="classifier: it does not take these images"):
        StudyRunner(tmp_path / "t", facts={}, build=several, **kinds, num_classes=2, steps=10)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda *_: None, r"not callable\); it must be a torch module that maps \[2, 3, 8, 8\] to"),
        (lambda *_: nn.Flatten(), r"it has no weights to train\); it must be"),
        (lambda *_: Odd(float("nan")), "it gives NaN or infinite logits before any training"),
        (lambda *_: Odd(1, classes=5), r"it gives \(2, 5\) for two images, and must give logits"),
        (lambda *_: Odd(1).requires_grad_(False), "it has no weights to train"),
    ],
)
def test_a_classifier_that_can_not_be_trained_is_refused(tmp_path, build, message):
    images = Images(torch.zeros(4, 3, 8, 8, dtype=torch.uint8), torch.tensor([0, 1, 0, 1]))
    kinds = {"real": images, "synthetic": images, "test": images}
    with pytest.raises(UsageError, match=message):
        StudyRunner(tmp_path / "s", facts={}, build=build, **kinds, num_classes=2, steps=10)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("raise RuntimeError('at import')", r"can't be imported \(RuntimeError: at import\); give"),
        ("def build(:", r"can't be imported \(SyntaxError"),
        ("build = 3", "is 3; give a function that returns a network"),
    ],
)
def test_a_module_that_can_not_be_imported_is_a_line(tmp_path, monkeypatch, text, message):
    monkeypatch.syspath_prepend(tmp_path)
    name = f"odd{abs(hash(text))}"
    (tmp_path / f"{name}.py").write_text(text)
    with pytest.raises(UsageError, match=message):
        builder(f"{name}:build")


class Odd(nn.Module):
    """Gives one number for all, times a weight."""

    def __init__(self, number, classes=2):
        super().__init__()
        self.number, self.weight = number, nn.Parameter(torch.ones(classes))

    def forward(self, images):
        return self.number * self.weight.expand(len(images), -1)


class Several(nn.Linear):
    def forward(self, images):
        said = super().forward(images.flatten(1))
        return (said, said) if self.training else said


def several(channels, classes, size):
    return Several(channels * size**2, classes)


def test_classifiers():
    images = torch.randn(2, 1, 32, 32)
    assert builder("small")(1, 3, 32).eval()(images).shape == (2, 3)
    assert builder("resnet18")(1, 3, 32).eval()(images).shape == (2, 3)
    with pytest.raises(UsageError, match="Empty module name"):
        builder(":build")
    with pytest.raises(UsageError, match="'resnet19' is not one of small, imagenet, timm:NAME"):
        builder("resnet19")
    with pytest.raises(UsageError, match="nowhere:build"):
        builder("nowhere:build")


def test_the_best_arm_is_one_that_helps():
    """Not one with a higher mean that differs between seeds."""
    labels = torch.arange(400) % 2

    def scored(*wrong):
        return [Scores(1 - n / 400, 0.5, (0.5, 0.5), 0.1, tuple(range(n))) for n in wrong]

    results = {"real": scored(*[100] * 5), "steady": scored(60, 61, 60, 61, 60)}
    results["erratic"] = scored(0, 0, 0, 0, 250)
    found = compare(results, lambda name: name != "real", labels)
    assert {name: own.word for name, own in found.verdicts.items()} == {
        "steady": "helps",
        "erratic": "no difference found",
    }
    assert found.best == "steady"


def test_an_interval_counts_the_groups_of_the_test_images(tmp_path):
    results = study(tmp_path / "s", stripes(50, 2), steps=2).run(ARMS, range(3))
    alone, grouped = (
        compare(results, lambda name: name == "both", torch.arange(2000) % 2, groups=groups)
        for groups in ([], [str(row // 500) for row in range(2000)])
    )
    assert grouped.verdicts["both"].smallest > alone.verdicts["both"].smallest
