import shutil
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
import torch

import ganaug
from datamodules import mnist
from datamodules.augmentation import load_augmentation
from datamodules.errors import DataError
from ganaug.evaluation.advice.advise import advise
from ganaug.evaluation.advice.choices import Choices
from ganaug.evaluation.advice.output import outputs
from ganaug.evaluation.advice.search.candidates import Candidate
from ganaug.evaluation.advice.search.plan import PLANS
from ganaug.evaluation.advice.searching import Searching
from ganaug.evaluation.advice.trainings.pace import Pace
from ganaug.evaluation.advice.trainings.workbench import Workbench
from ganaug.evaluation.utility.choosing import chosen_classifiers
from ganaug.evaluation.utility.selection import FOLDS
from ganaug.utils.errors import UsageError
from ganaug.utils.folder_lock import LOCK
from helpers import image_folders
from helpers.few_steps import few_steps
from helpers.quick_advice import QUICK, data_of, stripes
from helpers.quick_classifiers import LINEAR


class Killed(BaseException):
    """Stands for the end of a process."""


def test_the_advice_is_tested_and_can_be_opened_again(searched):
    advice, out = searched
    assert advice.tested[advice.recommended].accuracy == advice.accuracy > 0.5
    assert len(advice.tested[advice.recommended].accuracies) == 5
    again = ganaug.Advice.open(out)
    assert again.to_dict() == advice.to_dict()
    assert again.sentences == advice.sentences
    assert again.facts["data"]["class_names"] == ["across", "down"]
    assert f"recommended: {LINEAR}" in str(again)


def test_the_verdicts_are_gains_of_the_recommended(searched):
    advice, _ = searched
    assert advice.tested[advice.recommended].verdict is None
    for candidate, own in advice.tested.items():
        if candidate != advice.recommended:
            gain = advice.accuracy - own.accuracy
            assert own.verdict.difference == pytest.approx(gain)


def test_the_same_call_trains_nothing_again(searched, photos, monkeypatch):
    advice, out = searched
    write, locked = outputs.write_outputs, []
    monkeypatch.setattr(Workbench, "do", lambda *_: pytest.fail("trained again"))
    monkeypatch.setattr(
        outputs, "write_outputs", lambda *a: locked.append((out / LOCK).exists()) or write(*a)
    )
    assert advise(data_of(photos), out=out, **QUICK).to_dict() == advice.to_dict()
    # Another process that shares the search waits, and finds the classifier.
    assert locked == [True]
    assert not (out / LOCK).exists()


def test_a_quick_search_leaves_time_for_a_longer_test(photos, tmp_path, monkeypatch):
    trained = []
    do = Workbench.do
    monkeypatch.setattr(Workbench, "do", lambda *args: trained.append(args[1]) or do(*args))
    monkeypatch.setattr(Pace, "seconds", lambda _, space, plan, reading: 1e9 * (plan != PLANS[0]))
    monkeypatch.setattr(Pace, "most_steps", lambda _, candidates, least, seconds: least + 70)
    given = {**QUICK, "out": tmp_path / "advice", "trials": None}
    with few_steps():
        advice = advise(data_of(photos), **given)
    steps = PLANS[0].rungs[-1].steps + 70
    assert {job.steps for job in trained if job.kind == "test"} == {steps}
    assert advice.facts["steps"] == steps
    monkeypatch.setattr(Pace, "most_steps", lambda *_: pytest.fail("it was settled"))
    assert advise(data_of(photos), **given).to_dict() == advice.to_dict()
    with few_steps():
        advice = advise(data_of(photos), **{**QUICK, "out": tmp_path / "counted"})
    assert advice.facts["steps"] == advice.facts["plan"]["steps"]


@pytest.mark.parametrize("named", ["all", ["all"], ("mirror", "all"), "mirror", ["mirror"]])
def test_a_short_search_tries_fewer_of_all_augmentations(named, photos, tmp_path, monkeypatch):
    """A command line gives the default as a list where it is typed."""
    searching = stopped_search(photos, tmp_path, monkeypatch, named)
    least = searching.planner.spaces(replace(PLANS[0], augmentations=1), ["small"]).augmentations
    assert least == ["none", "mirror" if "mirror" in named else "light"]


@pytest.mark.parametrize("order", [1, -1])
def test_what_is_named_next_to_all_is_tried_first(order, photos, tmp_path, monkeypatch):
    """A short search still tries the user's own file."""
    own = [str(tmp_path / "own.yaml"), "mirror"]
    for file in own[:1]:
        Path(file).write_text(load_augmentation("mirror", 16, 1).to_yaml())
    named = ["all", *own][::order]
    searching = stopped_search(photos, tmp_path / "out", monkeypatch, named)
    every = searching.planner.spaces(PLANS[0], ["small"]).augmentations
    assert PLANS[0].augmentations < 2
    assert sorted(every) == ["mirror", "none", "own.yaml"]
    assert len(searching.planner.spaces(PLANS[-1], ["small"]).augmentations) > 6
    assert searching.facts["named"] == 2


def stopped_search(photos, out, monkeypatch, named):
    """Return the search of an advice that is stopped before it begins."""
    made, found = Searching.__init__, []

    def watched(self, *given, **settings):
        made(self, *given, **settings)
        found.append(self)
        raise Killed

    monkeypatch.setattr(Searching, "__init__", watched)
    with pytest.raises(Killed):
        advise(data_of(photos), out=out, **{**QUICK, "augmentation": named})
    return found[0]


def test_other_images_need_another_folder(searched, photos):
    with pytest.raises(UsageError, match="give `out` a new folder"):
        advise(data_of(photos, per_class=8), out=searched[1], **QUICK)


@pytest.mark.parametrize("count", [1, 2])
def test_too_few_images_to_hold_any_out_are_refused(tmp_path, count):
    stripes(tmp_path / "photos", count)
    data = data_of(tmp_path / "photos", test=0.0, validation=0.0)
    with pytest.raises(UsageError, match=r"fewer than 3 images .*; add images"):
        advise(data, out=tmp_path / "advice", **QUICK)


def test_images_in_another_order_are_another_search(searched, photos, tmp_path):
    """Results name images by their position."""
    other = tmp_path / "photos"
    shutil.copytree(photos, other)
    first = min((other / "train" / "across").iterdir())
    first.rename(first.with_name(f"z{first.name}"))
    assert data_of(other).fingerprint == data_of(photos).fingerprint
    with pytest.raises(UsageError, match="holds a search on other images or with other options"):
        advise(data_of(other), out=searched[1], **QUICK)


def test_an_advice_is_not_read_as_images(tmp_path):
    stripes(tmp_path / "photos", 8)
    stripes(tmp_path / "photos" / "advice" / "pseudo_labelled", 2)
    (tmp_path / "photos" / "advice" / "advice.json").write_text("{}")
    assert data_of(tmp_path / "photos").class_names == ("across", "down")


def test_without_test_images_the_figure_is_cross_validated(tmp_path):
    stripes(tmp_path / "photos", 8)
    data = data_of(tmp_path / "photos", test=0.0)
    with few_steps():
        advice = advise(data, out=tmp_path / "advice", **QUICK)
    assert not advice.tested
    assert advice.accuracy == advice.cross_validated.accuracy
    assert "no test images" in advice.sentences[1]
    assert "cross-validated" in advice.sentences[1]


def test_classes_without_test_images_are_named(tmp_path, capsys):
    root = tmp_path / "photos"
    stripes(root / "train", 6)
    image_folders.fill(root / "train" / "rare", 6)
    stripes(root / "test", 2, first=50)
    data = data_of(root, validation=0.0, channels=1)
    with few_steps():
        advice = ganaug.advise(data, out=tmp_path / "advice", **QUICK)
    words = "Nothing was tested, because the class 'rare' has no test images. For a test, add"
    assert words in capsys.readouterr().out
    assert words in advice.sentences[1]
    assert words in ganaug.advise(data, out=tmp_path / "advice", **QUICK).sentences[1]
    page = unescape((tmp_path / "advice" / "report.html").read_text())
    assert words in page
    assert "There are no test images" not in page + " ".join(advice.sentences)


def test_a_training_of_the_search_never_sees_what_is_held_out(photos):
    data = data_of(photos)
    bench = Workbench(
        data, {"small": chosen_classifiers("small", data.images("train")[0])[0]}, lambda *_: None
    )
    for repeat in range(3):
        held_out = torch.cat([bench.folds.fold(repeat, each).held_out for each in range(FOLDS)])
        assert sorted(held_out.tolist()) == list(range(24))
        for number in range(FOLDS):
            fold = bench.folds.fold(repeat, number)
            assert not set(fold.train.tolist()) & set(fold.held_out.tolist())
            trainer = bench.trainer(Candidate("small"), 10, (repeat, number))
            assert trainer.real.rows.tolist() == fold.train.tolist()


def test_a_class_of_one_image_is_trained_on_and_named(tmp_path):
    root = tmp_path / "photos"
    stripes(root / "train", 6)
    image_folders.fill(root / "train" / "rare", 1)
    image_folders.fill(root / "train" / "scarce", 3, first=9)
    for name in ("across", "down", "rare", "scarce"):
        image_folders.fill(root / "test" / name, 2, first=len(name) * 10)
    data = data_of(root, validation=0.0, channels=1)
    with few_steps():
        advice = advise(data, out=tmp_path / "advice", **QUICK)
    said = " ".join(advice.sentences)
    assert "Class rare has a single image" in said
    assert "scarce (3)" in said


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"budget": "soon"}, r"budget is 'soon'; give a time such as 90s"),
        ({"trials": None, "budget": timedelta(seconds=1)}, r"budget is 1s, .* takes about"),
        ({"trials": 0}, r"trials is 0; give 1 or more"),
        ({"trials": 3}, r"trials is 3, and the smallest search has \d+; give"),
        ({"trials": None, "budget": "1s"}, r"budget is 1s, .* the smallest search takes about"),
        ({"storage": "nosuch://x"}, r"storage nosuch://x can't be opened"),
        (
            {"classifier": "helpers.quick_classifiers:nothing"},
            r"classifier helpers.quick_classifiers:nothing",
        ),
        (
            {"classifier": "helpers.made_up_trainings:train"},
            r"classifier: it does not take these images",
        ),
        ({"augmentation": "lihgt"}, r"augmentation 'lihgt'.*light"),
        ({"device": "abacus"}, r"device is 'abacus'; use auto, cpu, cuda or cuda:1"),
    ],
)
def test_wrong_arguments_are_refused(given, message, photos, tmp_path):
    with pytest.raises((UsageError, DataError), match=message):
        advise(data_of(photos), out=tmp_path / "advice", **{**QUICK, **given})


def test_a_single_class_is_refused(tmp_path):
    stripes(tmp_path / "photos", 8, classes=("across",))
    with pytest.raises(UsageError, match=r"all images are of the class 'across'"):
        advise(data_of(tmp_path / "photos"), out=tmp_path / "advice", **QUICK)


def test_training_images_among_the_test_images_are_refused(photos, tmp_path, monkeypatch):
    data = data_of(photos)
    for name in ("images", "paths"):
        own = getattr(data, name)
        monkeypatch.setattr(data, name, lambda split, own=own: own(split.replace("test", "train")))
    with pytest.raises(UsageError, match=r"22 training images are also test images"):
        advise(data, out=tmp_path / "advice", **QUICK)


def test_auto_leaves_out_a_classifier_whose_images_do_not_fit_into_memory(monkeypatch):
    """All of MNIST at its size would take gigabytes; the search leaves it out."""
    data = mnist.MNISTDataModule(classes=[3, 8], per_class=20, image_size=16)
    assert set(Choices.of("auto", "light", data).others) == {"imagenet"}
    monkeypatch.setattr(mnist, "fits_in_memory", lambda count, size, **_: size < 100)
    assert Choices.of("auto", "light", data).others == {}
