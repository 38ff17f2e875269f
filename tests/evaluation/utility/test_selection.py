"""The best arm without synthetic images is chosen without the test images."""

import re

import pytest
import torch

from ganaug.evaluation.utility.arms import Arm
from ganaug.evaluation.utility.sampling import DataMix, Images
from ganaug.evaluation.utility.selection import FOLDS, Selection, folds_of, parts_of
from ganaug.evaluation.utility.study import StudyRunner, compare
from helpers.toy_studies import linear, stripes


class Inverted:
    """An augmentation that turns each class into the other one."""

    compose = "inverted"

    def seed(self, seed):
        pass

    def __call__(self, image):
        return image.transpose(1, 0, 2).copy()


ARMS = [
    Arm("real, balanced", DataMix()),
    Arm("real + augmentation", DataMix(augmentation=Inverted())),
    Arm("both", DataMix(share=0.5)),
]
NONE = Images(torch.empty(0, 1, 16, 16, dtype=torch.uint8), torch.empty(0, dtype=torch.long))


def runner(out, test):
    return StudyRunner(
        out, facts={"a": 1}, build=linear, real=stripes(48, 0), synthetic=stripes(50, 2),
        test=test, num_classes=2, steps=40,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("validation", "way"),
    [(stripes(200, 3), "validation images"), (NONE, "cross-validation of the training images")],
    ids=["validation", "cross-validation"],
)
def test_test_images_take_no_part_in_it(tmp_path, validation, way):
    """Test images with wrong labels would choose the arm with wrong images."""
    good = stripes(400, 1)
    study = runner(tmp_path / "s", Images(good.images, 1 - good.labels))
    results = study.run(ARMS, range(3))
    labels = study.test.labels
    assert compare(results, lambda name: name == "both", labels).baseline == "real + augmentation"
    selection = Selection(ARMS, study.real, validation)
    assert [arm.name for arm in selection.trainings] == [arm.name for arm in ARMS[:2]] * FOLDS
    name, note = selection.choose(study)
    assert name == "real, balanced"
    assert way in note
    found = compare(results, lambda name: name == "both", labels, baseline=name)
    assert found.baseline == "real, balanced"
    assert study.run(ARMS, range(3)) == results


def test_it_resumes_where_it_was_stopped(tmp_path, monkeypatch):
    study = runner(tmp_path / "s", stripes(100, 1))
    selection = Selection(ARMS, study.real, NONE)
    first = selection.choose(study)
    assert sorted(path.name for path in (tmp_path / "s").glob("selection-*")) == [
        f"selection-{number}" for number in range(FOLDS)
    ]
    monkeypatch.setattr(StudyRunner, "once", lambda *_: pytest.fail("trained again"))
    assert Selection(ARMS, study.real, NONE).choose(study) == first


def test_every_training_image_is_scored_once_and_not_trained_on():
    real, validation = stripes(20, 0), stripes(4, 3)
    rows = []
    for own, held_out in parts_of(real, validation, ()):
        assert own.images is real.images
        left = set(range(20)) - set(own.rows.tolist())
        assert len(held_out.labels) == len(left) + 4
        assert torch.equal(held_out.images[: len(left)], real.images[sorted(left)])
        rows += left
    assert sorted(rows) == list(range(20))
    # Groups stay together.
    groups = [f"patient {row // 4}" for row in range(20)]
    folds = folds_of(real.labels, groups)
    assert all(len(folds[4 * k : 4 * k + 4].unique()) == 1 for k in range(5))


def test_a_patient_is_either_trained_on_or_scored():
    real = stripes(48, 0)
    patients = [row // 6 for row in range(48)]
    parts = Selection(ARMS, real, NONE, [str(patient) for patient in patients]).parts
    assert len(parts) == FOLDS
    trained = [{patients[row] for row in own.rows} for own, _ in parts]
    assert [len(held_out.labels) for _, held_out in parts] == [6 * (8 - len(t)) for t in trained]


def test_with_too_few_images_or_arms_nothing_is_trained(tmp_path):
    few = stripes(4, 0)
    selection = Selection(ARMS, few, NONE)
    assert selection.trainings == []
    name, note = selection.choose(None)
    assert name == "real + augmentation"
    assert re.search("a class has too few real images", note)
    alone = Selection(ARMS[1:], stripes(48, 0), stripes(200, 3))
    assert alone.trainings == []
    assert alone.choose(None) == ("real + augmentation", "")
