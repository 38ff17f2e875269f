"""Estimates from JSON: all forms are read, and other values are not."""

import pytest

from ganaug.evaluation.metrics.result import MetricResult, RealBaseline
from ganaug.reporting.estimates import Estimate, estimate, flat


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ((3,), Estimate(3.0)),
        ((0.5, [0.4, 0.6]), Estimate(0.5, (0.4, 0.6))),
        ((0.5, (0.4, 0.6), 0.1), Estimate(0.5, (0.4, 0.6), 0.1)),
        ((0.5, [None, 0.6]), Estimate(0.5)),
        ((None, [0.4, 0.6]), None),
        ((None,), None),
        ((True,), None),
        (("0.5",), None),
        ((float("nan"),), None),
    ],
)
def test_an_estimate_is_read_with_its_interval(found, expected):
    assert estimate(*found) == expected


def test_the_estimate_of_a_metric():
    baseline = RealBaseline(0.1, None, 9)
    result = MetricResult("fid", value=0.5, interval=(0.4, 0.6), real_baseline=baseline)
    assert Estimate.of(result) == Estimate(0.5, (0.4, 0.6), 0.1)
    assert Estimate.of(MetricResult("fid", reason="too few")) is None
    assert Estimate.of(None) is None


def test_every_value_is_listed_once_with_its_place():
    found = {"a": {"b": [1, 2.5]}, "c": [{"d": None}, {"d": "x"}]}
    assert list(flat(found)) == [("a.b", "1, 2.5"), ("c[0].d", "none"), ("c[1].d", "x")]
