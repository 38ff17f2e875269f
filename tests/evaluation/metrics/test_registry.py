"""A user's own metric: one function, which is measured like built-in metrics."""

import math
import re

import pytest
import torch

from ganaug.evaluation.features.feature_set import FeaturePair, describe
from ganaug.evaluation.metrics import registry
from ganaug.evaluation.metrics.measure import measure, measure_by_class
from ganaug.evaluation.metrics.registry import BUILT_IN, metrics, metrics_named, register_metric
from ganaug.evaluation.monitor import FidelityMonitor
from ganaug.evaluation.result import Evaluation
from ganaug.utils.errors import UsageError


@pytest.fixture
def _shift(monkeypatch):
    monkeypatch.setattr(registry._registry, "_added", metrics())

    @register_metric("shift", better="lower", meaning="0 best", by_class=True)
    def shift(real, fake):
        return float((real.mean(0) - fake.mean(0)).norm())


@pytest.mark.usefixtures("_shift")
def test_it_has_an_interval_a_baseline_a_row_and_a_curve(projection, make_bars):
    network = projection()
    sets = [describe(network, *make_bars(90, 3, seed=seed)) for seed in (1, 2, 3)]
    found = measure(FeaturePair(network, *sets), metrics_named(["shift"]))
    result = found["shift"]
    low, high = result.interval
    assert low < result.value < high
    assert result.real_baseline.value >= 0
    assert result.better == "lower"
    assert "projection shift" in str(Evaluation(found))
    by_class = measure_by_class(FeaturePair(network, *sets), ["a", "b", "c"])
    assert by_class["a"]["shift"].n == 30
    monitor = FidelityMonitor(network, *make_bars(90, 3, seed=2), metrics=["shift"])
    curves = monitor.score(make_bars(90, 3, seed=1)[0].float() / 127.5 - 1)
    assert curves["shift"] == pytest.approx(result.value)


@pytest.mark.usefixtures("_shift")
def test_built_in_metrics_come_first():
    assert list(metrics()) == [*BUILT_IN, "shift"]


def test_a_failing_metric_has_a_reason_and_does_not_affect_others(
    projection, make_bars, monkeypatch
):
    monkeypatch.setattr(registry._registry, "_added", metrics())

    @register_metric("boom")
    def boom(real, fake):
        raise ValueError("no such thing")

    register_metric("nan")(lambda real, fake: math.nan)
    names, network = ["boom", "nan", "kid"], projection()
    sets = [describe(network, *make_bars(90, 3, seed=seed)) for seed in (1, 2, 3)]
    found = measure(FeaturePair(network, *sets), metrics_named(names))
    assert found["kid"].value is not None
    assert (found["boom"].value, found["boom"].n) == (None, 90)
    reason = r"boom raised ValueError: no such thing \(test_registry.py, line \d+\)"
    assert re.fullmatch(reason, found["boom"].reason)
    assert (found["nan"].value, found["nan"].interval) == (None, None)
    assert found["nan"].reason == "nan returned NaN"
    assert "boom raised ValueError" in str(Evaluation(found))
    monitor = FidelityMonitor(network, *make_bars(90, 3, seed=2), metrics=names)
    assert set(monitor.score(make_bars(90, 3, seed=1)[0].float() / 127.5 - 1)) == {"kid"}
    assert monitor.failed == {name: found[name].reason for name in ("boom", "nan")}


def test_a_metric_that_modifies_its_features_does_not_affect_others(
    projection, make_bars, monkeypatch
):
    monkeypatch.setattr(registry._registry, "_added", metrics())

    @register_metric("centered")
    def centered(real, fake):
        real -= real.mean(0)
        return float(fake.sub_(fake.mean(0)).norm())

    network = projection()
    sets = [describe(network, *make_bars(90, 3, seed=seed)) for seed in (1, 2, 3)]
    pair = FeaturePair(network, *sets)
    alone = measure(pair, metrics_named(["kid"]))["kid"].value
    assert measure(pair, metrics_named(["centered", "kid"]))["kid"].value == alone


@pytest.mark.parametrize(
    ("returned", "reason"),
    [
        (None, "odd raised TypeError: it returned None; return a number"),
        ([0.5], "odd raised TypeError: it returned list; return a number"),
        (torch.zeros(3), r"odd raised TypeError: it returned torch.float32 [3]; return a number"),
        (math.inf, "odd returned infinity"),
    ],
)
def test_a_metric_that_returns_no_number_has_no_value(
    returned, reason, projection, make_bars, monkeypatch
):
    monkeypatch.setattr(registry._registry, "_added", metrics())
    register_metric("odd")(lambda real, fake: returned)
    network = projection()
    sets = [describe(network, *make_bars(90, 3, seed=seed)) for seed in (1, 2, 3)]
    result = measure(FeaturePair(network, *sets), metrics_named(["odd"]))["odd"]
    assert (result.value, result.reason) == (None, reason)


def test_better_must_be_lower_or_higher():
    with pytest.raises(UsageError, match="better of the metric 'odd' is 'low'; give lower, high"):
        register_metric("odd", better="low")


@pytest.mark.parametrize("name", ["fid", "precision", "agreement", "membership_tpr"])
def test_names_of_built_in_metrics_are_taken(name):
    with pytest.raises(UsageError, match=f"the name '{name}' is taken"):
        register_metric(name)(lambda real, fake: 0.0)


def test_another_function_does_not_replace_a_metric(monkeypatch):
    monkeypatch.setattr(registry._registry, "_added", metrics())

    def first(real, fake):
        return 0.0

    def second(real, fake):
        return 1.0

    for _ in range(2):  # as a notebook's cell that is run again
        register_metric("mine")(first)
    with pytest.raises(UsageError, match=r"there is a metric 'mine' already \(.*first\); take an"):
        register_metric("mine")(second)


def test_an_unknown_name_is_said():
    with pytest.raises(UsageError, match=r"'kida' is not one of fid, kid.*did you mean 'kid'"):
        metrics_named(["kida"])
