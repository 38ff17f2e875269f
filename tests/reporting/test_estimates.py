"""Estimates read from JSON: every form is read, and nothing else is taken for one."""

import pytest

from ganaug.reporting.estimates import (
    Estimate,
    by_class,
    estimate,
    flat,
    mean_interval,
    overall,
    with_todays_names,
)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (3, Estimate(3.0)),
        ({"value": 0.5}, Estimate(0.5)),
        ({"value": 0.5, "interval": [0.4, 0.6]}, Estimate(0.5, (0.4, 0.6))),
        ({"value": 0.5, "interval": [None, 0.6]}, Estimate(0.5)),
        ({"value": 0.5, "real_baseline": {"value": 0.1, "n": 9}}, Estimate(0.5, None, 0.1)),
        ({"value": 0.5, "real_baseline": None}, Estimate(0.5)),
        ({"value": None, "interval": [0.4, 0.6]}, None),
        (None, None),
        (True, None),
        ("0.5", None),
        (float("nan"), None),
    ],
)
def test_an_estimate_is_read_with_its_interval(found, expected):
    assert estimate(found) == expected


def test_metrics_by_class_are_taken_one_at_a_time():
    found = {
        "by_class": {
            "cat": {"kid": {"value": 3.0}, "c2st": {"value": 0.7, "interval": [0.6, 0.8]}},
            "dog": {"kid": {"value": 4.0}, "c2st": {"value": None, "reason": "too few"}},
        },
        "memorization_by_class": {"dog": {"copies": 0.1, "n": 5, "interval": [0.0, 0.3]}},
    }
    assert dict(by_class(found)) == {
        "KID": {"cat": Estimate(3.0), "dog": Estimate(4.0)},
        "C2ST": {"cat": Estimate(0.7, (0.6, 0.8))},
        "memorized share": {"dog": Estimate(0.1, (0.0, 0.3))},
    }
    assert not any(own for _, own in by_class({}))


def test_a_metric_over_all_images_is_found_by_its_name():
    metrics = [{"name": "fid", "value": None}, {"name": "recall", "value": 0.5}]
    assert overall({"metrics": metrics}, "recall").value == 0.5
    assert overall({"metrics": metrics}, "fid") is None
    assert overall({}, "fid") is None


def test_files_of_older_versions_are_read_by_the_names_of_today():
    old = {
        "figures": [{"name": "AUC", "value": 0.7, "floor": {"value": 0.5}}],
        "by_class": {"cat": {"FID": {"value": 3.0, "floor": None}}},
    }
    assert with_todays_names(old) == {
        "metrics": [{"name": "c2st", "value": 0.7, "real_baseline": {"value": 0.5}}],
        "by_class": {"cat": {"fid": {"value": 3.0, "real_baseline": None}}},
    }


def test_every_value_is_listed_once_with_its_place():
    found = {"a": {"b": [1, 2.5]}, "c": [{"d": None}, {"d": "x"}]}
    assert list(flat(found)) == [("a.b", "1, 2.5"), ("c[0].d", "none"), ("c[1].d", "x")]


def test_intervals_against_tables():
    # t with two degrees of freedom at 97.5%: 4.3027.
    found = mean_interval([1.0, 2.0, 3.0])
    assert found.value == 2
    assert found.interval == pytest.approx((2 - 4.3027 / 3**0.5, 2 + 4.3027 / 3**0.5), abs=1e-4)
    assert mean_interval([5.0]) == Estimate(5.0)
