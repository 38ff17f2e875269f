"""What makes two studies of utility the same one."""

import json
import shutil
from types import SimpleNamespace

import pytest
import torch

from ganaug.evaluation.utility.checks import refuse_a_single_class
from ganaug.evaluation.utility.choosing import folders_of
from ganaug.evaluation.utility.classifiers import Images, builder
from ganaug.evaluation.utility.material import facts_of, order_of
from ganaug.evaluation.utility.run import utility
from ganaug.evaluation.utility.selection import Selection
from ganaug.evaluation.utility.study import LATER, StudyRunner
from ganaug.utils.errors import UsageError
from helpers.image_folders import fill, load
from helpers.other_process import writes_into
from helpers.quick_classifiers import LINEAR


def study(out, photos):
    data = load(photos, image_size=16)
    return StudyRunner(
        out,
        facts=facts_of("made", data, "small", {}),
        build=builder("small"),
        real=Images(*data.images("train")),
        synthetic=Images(*data.images("train")),
        test=Images(*data.images("test")),
        num_classes=2,
        steps=10,
    )


def test_a_study_of_a_single_class_is_refused():
    single = SimpleNamespace(num_classes=1, class_names=("rose",))
    with pytest.raises(UsageError, match=r"of the class 'rose', .* give the folder above"):
        refuse_a_single_class(single)


def relabel(photos):
    shutil.move(photos / "test/rose/054.png", photos / "test/tulip")


def add_validation(photos):
    fill(photos / "val" / "rose", 3, first=70)


def put_first_last(photos):
    """Results name test images by their place."""
    (photos / "test/rose/050.png").rename(photos / "test/rose/z.png")


@pytest.fixture
def photos(tmp_path):
    root = tmp_path / "photos"
    for number, name in enumerate(("rose", "tulip")):
        fill(root / "train" / name, 10, first=100 * number)
        fill(root / "val" / name, 2, first=100 * number + 30)
        fill(root / "test" / name, 5, first=100 * number + 50)
    return root


@pytest.mark.parametrize("change", [relabel, add_validation, put_first_last])
def test_a_study_does_not_resume_on_changed_images(change, photos, tmp_path):
    study(tmp_path / "study", photos)
    study(tmp_path / "study", photos)
    change(photos)
    with pytest.raises(UsageError, match="study holds another study; give `out` a new folder"):
        study(tmp_path / "study", photos)


def test_a_study_of_an_earlier_version_resumes(photos, tmp_path):
    """It says nothing of validation images and of the order."""
    study(tmp_path / "study", photos)
    file = tmp_path / "study" / "study.json"
    known = json.loads(file.read_text())
    file.write_text(json.dumps({k: v for k, v in known.items() if k not in LATER}))
    study(tmp_path / "study", photos)
    file.write_text(json.dumps({k: v for k, v in known.items() if k != "test_images"}))
    with pytest.raises(UsageError, match="study holds another study; give `out` a new folder"):
        study(tmp_path / "study", photos)


def test_groups_are_part_of_the_order():
    def order(*groups):
        images = torch.zeros(4, 1, 8, 8, dtype=torch.uint8)
        own = SimpleNamespace(images=lambda _: (images, None), groups=lambda _: list(groups))
        return order_of(own)

    assert order("a", "b", "a", "c") == order("x", "y", "x", "z") != order("a", "b", "b", "c")


def test_one_arm_is_named_without_a_list(tmp_path):
    photos = tmp_path / "photos"
    for number, name in enumerate(("rose", "tulip")):
        fill(photos / "train" / name, 10, first=100 * number)
        fill(photos / "test" / name, 5, first=100 * number + 50)
        fill(tmp_path / "made" / name, 5, first=1000 + 100 * number)
    with pytest.raises(UsageError, match="an arm with synthetic images and one without"):
        utility(tmp_path / "made", photos, arms="real", classifier="small")


def test_a_study_says_of_how_many_groups_its_test_images_are(photos, tmp_path):
    for number, name in enumerate(("rose", "tulip")):
        fill(tmp_path / "made" / name, 5, first=1000 + 100 * number)
    tens = {"root": str(photos), "groups": r"(\w+/\d\d)\d"}
    arms = ["real", "real, balanced", "real + synthetic x 1"]
    found = utility(tmp_path / "made", tens, arms=arms, classifier=LINEAR, seeds=3, steps=10)
    note = "The 10 test images come from 2 groups, and each group counts as one sample."
    assert note in found.sentences
    # The training images come from a group for each class, which cross-validation can't divide.
    assert "a class has too few real images to choose the best arm" in str(found)
    (verdict,) = found.verdicts.values()
    assert verdict.word == "no difference found"
    assert verdict.smallest > 1  # which ten independent images would not need


@pytest.mark.parametrize("chosen", ["real", "real, balanced"])
def test_arms_are_compared_with_the_one_chosen_without_test_images(
    photos, tmp_path, monkeypatch, chosen
):
    for number, name in enumerate(("rose", "tulip")):
        fill(tmp_path / "made" / name, 5, first=1000 + 100 * number)
    monkeypatch.setattr(Selection, "choose", lambda *_: (chosen, ""))
    arms = ["real", "real, balanced", "real + synthetic x 1"]
    found = utility(tmp_path / "made", photos, arms=arms, classifier=LINEAR, seeds=3, steps=10)
    assert found.baseline == chosen


def test_a_study_that_another_process_carries_out_is_refused(photos, tmp_path):
    for number, name in enumerate(("rose", "tulip")):
        fill(tmp_path / "made" / name, 5, first=1000 + 100 * number)
    with (
        writes_into(tmp_path / "study"),
        pytest.raises(UsageError, match=r"out is .*study, and another process is writing there"),
    ):
        utility(tmp_path / "made", photos, out=tmp_path / "study", classifier="small")
    # A killed process leaves its lock file, which blocks no other process.
    study(tmp_path / "study", photos)
    assert set(folders_of(tmp_path / "new", ["a", "b"])) == {"a", "b"}
    with writes_into(tmp_path / "new"):
        assert set(folders_of(tmp_path / "new", ["a", "b"])) == {"a", "b"}
