"""The monitor scores samples like their files, and reports what it can't measure."""

import pytest
import torch

from ganaug.evaluation.features.feature_set import FeaturePair, describe
from ganaug.evaluation.metrics.measure import measure, measure_by_class
from ganaug.evaluation.metrics.registry import metrics
from ganaug.evaluation.monitor import DEFAULT_METRICS, FidelityMonitor
from ganaug.utils.errors import UsageError

ALL = tuple(metrics())


def floats(images):
    return images.float() / 127.5 - 1


@pytest.fixture
def sets(make_bars):
    """Reference, training and synthetic images of three classes."""
    return make_bars(150, 3, seed=2), make_bars(200, 3, seed=3), make_bars(120, 3, seed=1)


def monitored(network, sets, names=ALL):
    (reference, labels), (train, _), _ = sets
    return FidelityMonitor(network, reference, labels, train=train, metrics=names)


def as_files(network, sets):
    reference, train, fake = (describe(network, *each) for each in sets)
    return FeaturePair(network, fake, reference, train)


def test_scores_are_those_that_the_files_would_have(projection, sets):
    network = projection()
    expected = {each.name: each.value for each in measure(as_files(network, sets)).values()}
    monitor = monitored(network, sets)
    for _ in range(2):
        scores = monitor.score(floats(sets[2][0]))
        assert scores == pytest.approx(expected)


def test_real_images_are_read_once(projection, sets):
    network = projection()
    monitor = monitored(network, sets)
    calls = network.calls
    monitor.score(floats(sets[2][0]))
    assert network.calls == calls + 1


def test_classes_score_as_their_files_would(projection, sets):
    network, names = projection(), ["first", "second", "third"]
    images, labels = sets[2]
    found = monitored(network, sets).score_by_class(floats(images), labels, names)
    expected = measure_by_class(as_files(network, sets), names)
    assert list(found) == names
    for name in names:
        of_files = {each.name: each.value for each in expected[name].values()}
        assert found[name] == pytest.approx(of_files)


def test_a_class_of_few_images_has_no_scores(projection, sets):
    reference, labels = sets[0]
    # 19 of the first class, all 50 of each other.
    kept = (labels != 0) | ((labels == 0).cumsum(0) <= 19)
    few = (reference[kept], labels[kept]), *sets[1:]
    images, drawn = sets[2]
    found = monitored(projection(), few).score_by_class(floats(images), drawn, ["a", "b", "c"])
    assert list(found) == ["b", "c"]


def test_what_is_missing_is_said(projection, sets, make_bars):
    assert monitored(projection(), sets).missing(120) == {}
    (reference, labels), _, _ = sets
    few = FidelityMonitor(projection(), reference[:30], labels[:30], metrics=ALL)
    assert few.missing(1000) == {
        "mifid": "needs at least 50 real training images, got 0",
        "modes": "needs at least 40 real reference images, got 30",
    }
    network = projection(logits_mean_classes=False)
    without = FidelityMonitor(network, reference, labels, metrics=DEFAULT_METRICS)
    assert list(without.missing(1000)) == ["is"]
    assert "is" not in without.score(floats(sets[2][0]))


def test_what_a_checkpoint_is_chosen_by_takes_two_images(projection, sets):
    reference, labels = sets[0]
    few = FidelityMonitor(projection(), reference[:5], labels[:5])
    assert few.score(floats(sets[2][0][:2])).keys() == {"fid", "kid"}


def test_random_state_is_left_as_it_was(projection, sets):
    images, labels = sets[2]
    before = torch.get_rng_state()
    monitor = monitored(projection(), sets)
    monitor.score(floats(images))
    monitor.score_by_class(floats(images), labels, "abc")
    assert torch.equal(before, torch.get_rng_state())


def test_too_few_are_named(projection, make_bars):
    with pytest.raises(UsageError, match="at least 2 real images to measure against, got 1"):
        FidelityMonitor(projection(), *make_bars(1, 3))
    with pytest.raises(UsageError, match="at least 2 samples, got 1"):
        FidelityMonitor(projection(), *make_bars(50, 3)).score(torch.zeros(1, 1, 16, 16))
