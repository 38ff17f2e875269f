"""What makes two studies of utility the same one."""

import shutil
from types import SimpleNamespace

import pytest

from ganaug.evaluation.utility.classifiers import Images, builder
from ganaug.evaluation.utility.run import facts_of, refuse_a_single_class, utility
from ganaug.evaluation.utility.study import StudyRunner
from ganaug.utils.errors import UsageError
from helpers.image_folders import fill, load


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


def test_of_a_single_class_there_is_nothing_to_learn():
    single = SimpleNamespace(num_classes=1, class_names=("rose",))
    with pytest.raises(UsageError, match="all of the class 'rose': there is nothing that a"):
        refuse_a_single_class(single)


def test_a_study_is_not_gone_on_with_where_test_images_have_changed(tmp_path):
    photos = tmp_path / "photos"
    for number, name in enumerate(("rose", "tulip")):
        fill(photos / "train" / name, 10, first=100 * number)
        fill(photos / "test" / name, 5, first=100 * number + 50)
    study(tmp_path / "study", photos)
    study(tmp_path / "study", photos)
    # The same images, one with another label.
    shutil.move(photos / "test/rose/054.png", photos / "test/tulip")
    with pytest.raises(UsageError, match="study holds another study; give `out` a new folder"):
        study(tmp_path / "study", photos)


def test_one_arm_is_named_without_a_list(tmp_path):
    photos = tmp_path / "photos"
    for number, name in enumerate(("rose", "tulip")):
        fill(photos / "train" / name, 10, first=100 * number)
        fill(photos / "test" / name, 5, first=100 * number + 50)
        fill(tmp_path / "made" / name, 5, first=1000 + 100 * number)
    with pytest.raises(UsageError, match="an arm with synthetic images and one without"):
        utility(tmp_path / "made", photos, arms="real", classifier="small")
