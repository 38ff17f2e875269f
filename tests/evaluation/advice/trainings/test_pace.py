"""The estimated time of a search: all trainings, and the features that are not cached."""

import math

import pytest
from torch import nn

from datamodules.augmentation import load_augmentation
from datamodules.mnist import MNISTDataModule
from ganaug.evaluation.advice.search.candidates import MORE_WAYS, Candidate, Space
from ganaug.evaluation.advice.search.plan import Plan, Reading
from ganaug.evaluation.advice.trainings.pace import Pace
from ganaug.evaluation.advice.trainings.timings import Timings
from ganaug.evaluation.advice.trainings.workbench import Workbench
from ganaug.evaluation.utility.choosing import ChosenClassifier, chosen_classifiers
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
    assert first._reading_seconds([PLAIN, LIGHT], reading) == 40 + VIEWS * 40 + tested
    first.bench.trained(LIGHT, 1, 0)
    assert first.bench.trained(PLAIN, 1, 0).answer(first.bench.test(16).images) is not None
    assert pace()._reading_seconds([PLAIN, LIGHT], reading) == 0
    # Another augmentation has other views, and further images have not been read.
    assert pace()._reading_seconds([PLAIN, Candidate("pooled", "mirror")], reading) == VIEWS * 40
    assert pace(30)._reading_seconds([PLAIN], reading) == 60


CENTER = Candidate("imagenet", "light", "equal")


def data_of():
    return MNISTDataModule(classes=[3, 8], per_class=20, image_size=16, validation=0.01)


@pytest.fixture(scope="module")
def bench():
    data = data_of()
    chosen = chosen_classifiers("imagenet", data.images("train")[0])[0]
    return Workbench(data, {"imagenet": chosen}, lambda *_: None)


@pytest.fixture
def timed(monkeypatch):
    """A machine on which everything takes a known time."""
    monkeypatch.setattr(Pace, "image", lambda _, name, size: size / 1000)
    monkeypatch.setattr(Pace, "change", lambda _, policy, size: 0.01 * (policy != "none"))
    monkeypatch.setattr(Pace, "head", lambda _, name, views: 0.5 * (1 + views))
    monkeypatch.setattr(Pace, "learn", lambda _, name: 0.0)
    monkeypatch.setattr(Pace, "step", lambda _, name: 0.1)
    monkeypatch.setattr(Pace, "answer", lambda _, name: 0.001)


def test_the_network_of_frozen_features_has_its_batch_norms_folded(bench):
    network = bench.trainer(Candidate("imagenet"), 10).classifier()
    assert not any(isinstance(each, nn.BatchNorm2d) for each in network.trunk.modules())


def test_the_time_of_a_search_is_that_of_all_its_trainings_and_features(bench, timed):
    space = Space(CENTER, ["imagenet"], ["imagenet"], ["none", "light"])
    singles, plan = len(space.singles()), Plan(100, 1, 1, 1, 1)
    known, tested = 80, len(bench.test(16).labels)
    for reading, side in ((Reading(), 192), (Reading(1, 96), 96)):
        read = known * side / 1000 * (1 + reading.views) + known * reading.views * 0.01
        # Three folds in each rung, five seeds of each candidate of the test, and the stored one.
        # One of the candidates has MixUp, which takes twice as long.
        one = 0.5 * (1 + reading.views)
        mean = one * (singles + 1) / singles
        trainings = 3 * (singles + 1) * one + (3 * (1 + 1 + 1) + 5 * 7) * mean + 2 * one
        expected = read + tested * side / 1000 + trainings
        assert Pace(bench, tested).seconds(space, plan, reading) == pytest.approx(expected)


def test_steps_of_a_search_are_counted_with_their_augmentation_and_answers(timed):
    data = data_of()
    small = chosen_classifiers("small", data.images("train")[0])[0]
    bench = Workbench(data, {"small": small}, lambda *_: None)
    space = Space(Candidate("small", "light"), ["small"], (), ["light"])
    plan = Plan(40, 1, 0, 1, 1)
    plain, change = 0.1, 64 * 0.01
    # Real images alone have no augmentation; all others are single changes of the center with it.
    others = len(space.singles()) - 1

    def each(steps, answered, step):
        return [steps * plain + answered * 0.001] + others * [steps * step + answered * 0.001]

    # Each image is in two of three folds, and all of the first rung share their views; which
    # candidates advance is not known.
    first = each(10, 80 / 3, plain)
    first[1] += 10 * change / 2
    later = each(20, 80 / 3, plain + change / 2)
    # A test has at least as many steps as the last rung.
    full = each(20, 30, plain + change)
    mean = sum(later) / len(later)
    test = 5 * space.tested * sum(full) / len(full) + max(full)
    expected = 3 * sum(first) + 3 * (1 + 1) * mean + test
    assert Pace(bench, 30).seconds(space, plan, Reading()) == pytest.approx(expected)


def test_teachers_are_shared_by_candidates_of_a_rung_and_by_all_seeds_of_a_test(timed):
    data = MNISTDataModule(
        classes=[3, 8], per_class=200, image_size=16, validation=0.01, labels_per_class=10
    )
    small = chosen_classifiers("small", data.images("train")[0])[0]
    bench = Workbench(data, {"small": small}, lambda *_: None)
    center, plan = Candidate("small", "light"), Plan(8, 1, 0, 1, 1)
    spaces = [Space(center, ["small"], (), ["light"], own) for own in ([], bench.further)]
    pace = Pace(bench, 30)
    heap = len(bench.heap.images(16, None))
    singles = [space.singles() for space in spaces]
    own = len(singles[1]) - len(singles[0])
    assert own > 1
    step = 0.1 + 64 * 0.01

    def teachers(steps):
        labeled = len(range(0, heap, math.ceil(heap / (64 * steps))))
        return 4 * (steps * step + labeled * 0.001)

    alone, taught = (
        pace.seconds(space, plan, Reading()) - _without_teachers(pace, space, plan)
        for space in spaces
    )
    assert alone == pytest.approx(0)
    share = own / len(singles[1])
    # With a set, the smallest search has another candidate in its second rung.
    later = 3 * (2 + 1) * share * teachers(4)
    test = spaces[1].tested * share * teachers(4)
    assert taught == pytest.approx(3 * teachers(2) + later + test)


def test_teachers_that_choose_or_label_images_of_a_set_are_counted_once_for_each_augmentation(
    timed, monkeypatch
):
    monkeypatch.setattr(Pace, "_count_drawn", lambda *_: 200)
    data = data_of()
    small = chosen_classifiers("small", data.images("train")[0])[0]
    bench = Workbench(data, {"small": small}, lambda *_: None)
    space = Space(Candidate("small", "light"), ["small"], (), ["light"], ["made"], MORE_WAYS)
    pace, plan, singles = Pace(bench, 30), Plan(8, 1, 0, 1, 1), space.singles()
    asking = [each for each in singles if each.asks_teachers]
    assert [each.way for each in asking] == ["useful", "soft labels"]

    def teachers(steps):
        return 3 * (steps * (0.1 + 64 * 0.01) + 200 * 0.001)

    found = pace.seconds(space, plan, Reading()) - _without_teachers(pace, space, plan)
    share = len(asking) / len(singles)
    later, test = 3 * (2 + 1) * share * teachers(4), space.tested * share * teachers(4)
    assert found == pytest.approx(3 * teachers(2) + later + test)


def _without_teachers(pace, space, plan):
    alone = Pace(pace.bench, pace.tested)
    alone._heap_teacher_seconds = alone._set_teacher_seconds = lambda *_: 0.0
    return alone.seconds(space, plan, Reading())


def test_time_that_a_search_leaves_is_for_more_steps_of_the_test(timed):
    data = data_of()
    small = chosen_classifiers("small", data.images("train")[0])[0]
    bench = Workbench(data, {"small": small}, lambda *_: None)
    candidates = [Candidate("small"), Candidate("small", "light")]
    one = [0.1, 0.1 + 64 * 0.01]
    answers = 30 * 0.001

    def needed(steps, tested):
        each = [steps * step + tested * answers for step in one]
        return 5 * tested * sum(each) + max(each)

    for tested in (0, 30):
        pace, seconds = Pace(bench, tested), needed(500, bool(tested)) + 1e-6
        assert pace.most_steps(candidates, 100, seconds) == 500
        assert pace.most_steps(candidates, 100, seconds - 1e-3) == 400
        assert pace.most_steps(candidates, 600, seconds) == 600
        assert pace.most_steps(candidates, 100, 1e9) == 2000


def test_a_frozen_classifier_has_no_use_for_more_steps(bench, timed):
    assert Pace(bench, 30).most_steps([CENTER], 200, 1e9) == 200
