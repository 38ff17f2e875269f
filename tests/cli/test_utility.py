"""What makes two studies of utility the same one."""

import shutil

import pytest
from image_folders import fill, load

from ganaug.cli.utility import facts_of
from ganaug.errors import UsageError
from ganaug.evaluation.downstream import Images, builder
from ganaug.evaluation.utility import Study


def study(out, photos):
    data = load(photos, image_size=16)
    return Study(
        out,
        facts=facts_of({"metadata_sha256": "made"}, data, "small", None),
        build=builder("small"),
        real=Images(*data.images("train")),
        synthetic=Images(*data.images("train")),
        test=Images(*data.images("test")),
        num_classes=2,
        steps=10,
    )


def test_a_study_is_not_gone_on_with_where_test_images_have_changed(tmp_path):
    photos = tmp_path / "photos"
    for number, name in enumerate(("rose", "tulip")):
        fill(photos / "train" / name, 10, first=100 * number)
        fill(photos / "test" / name, 5, first=100 * number + 50)
    study(tmp_path / "study", photos)
    study(tmp_path / "study", photos)
    # The same images, one with another label.
    shutil.move(photos / "test/rose/054.png", photos / "test/tulip")
    with pytest.raises(UsageError, match="study holds another study; give --out a new folder"):
        study(tmp_path / "study", photos)
