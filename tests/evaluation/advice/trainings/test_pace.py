"""The estimated time of a search excludes features that are cached."""

import pytest
from torch import nn

from datamodules.augmentation import load_augmentation
from datamodules.mnist import MNISTDataModule
from ganaug.evaluation.advice.search.candidates import Candidate
from ganaug.evaluation.advice.search.plan import Reading
from ganaug.evaluation.advice.trainings.pace import Pace
from ganaug.evaluation.advice.trainings.timings import Timings
from ganaug.evaluation.advice.trainings.workbench import Workbench
from ganaug.evaluation.utility.choosing import ChosenClassifier
from ganaug.evaluation.utility.frozen import VIEWS, FrozenClassifier, FrozenFeatures
from ganaug.evaluation.utility.pretrained import Trunk

PLAIN, LIGHT = Candidate("pooled", "none"), Candidate("pooled", "light")


def build(validation, views=VIEWS):
    network = nn.Sequential(nn.AvgPool2d(4), nn.Flatten())
    trunk = Trunk(network, 48, "pooled", mean=(0.5,) * 3, deviation=(0.5,) * 3)
    features = FrozenFeatures(trunk, validation, views)
    return lambda channels, classes, size: FrozenClassifier(features, classes)


@pytest.fixture
def pace(monkeypatch):
    """Return a new search's pace: an image takes a second to read, and none to change."""
    monkeypatch.setattr(Timings, "image", lambda *_: 1.0)
    monkeypatch.setattr(Timings, "change", lambda *_: 0.0)
    facts = {"classifier_mode": "frozen"}
    chosen = ChosenClassifier("pooled", build, 16, "a linear head on pooled pixels", facts)

    def new(per_class=20):
        data = MNISTDataModule(classes=[3, 8], per_class=per_class, image_size=16, validation=0.0)
        return Pace(Workbench(data, {"pooled": chosen}, load_augmentation), tested=1)

    return new


def test_features_that_a_search_has_kept_take_no_time(pace):
    first, reading = pace(), Reading()
    tested = len(first.bench.test(16).images)
    assert first._reading([PLAIN, LIGHT], reading) == 40 + VIEWS * 40 + tested
    first.bench.trained(LIGHT, 1, 0)
    assert first.bench.trained(PLAIN, 1, 0).answer(first.bench.test(16).images) is not None
    assert pace()._reading([PLAIN, LIGHT], reading) == 0
    # Another augmentation has other views, and further images have not been read.
    assert pace()._reading([PLAIN, Candidate("pooled", "mirror")], reading) == VIEWS * 40
    assert pace(30)._reading([PLAIN], reading) == 60
