"""What a search within a budget reduces, for classifiers that can't read everything."""

import time
from dataclasses import replace

import pytest

from ganaug.evaluation.advice.search.candidates import Space
from ganaug.evaluation.advice.trainings.planning import planned
from ganaug.utils.errors import UsageError
from helpers.made_up_trainings import CENTER


class Transformer:
    """A pace of a classifier that reads images of one size alone."""

    def seconds(self, space, plan, reading):
        if reading.most is not None and "imagenet" in space.classifiers:
            raise UsageError("classifier vit_b_16: the network can't read images of 128 px")
        return {"imagenet": 100 if reading.views > 1 else 50, "small": 12}[space.classifiers[0]]


def test_images_are_not_made_smaller_than_a_classifier_can_read():
    def spaces(plan, names):
        return Space(replace(CENTER, classifier=names[0]), names, ["imagenet"])

    until = time.monotonic() + 20
    found = planned(spaces, Transformer(), ["imagenet", "small"], 1, until, "short")
    assert found["classifiers"] == ["small"]
    with pytest.raises(UsageError, match=r"takes about 50 seconds here; give"):
        planned(spaces, Transformer(), ["imagenet"], None, until, "20s")
