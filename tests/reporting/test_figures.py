"""Figures out of JSON: every shape is read, and nothing is taken for a figure that is none."""

import pytest

from ganaug.reporting.figures import (
    Measured,
    by_class,
    flat,
    mean_interval,
    measured,
    overall,
)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (3, Measured(3.0)),
        ({"value": 0.5}, Measured(0.5)),
        ({"value": 0.5, "interval": [0.4, 0.6]}, Measured(0.5, (0.4, 0.6))),
        ({"value": 0.5, "interval": [None, 0.6]}, Measured(0.5)),
        ({"value": 0.5, "floor": {"value": 0.1, "n": 9}}, Measured(0.5, None, 0.1)),
        ({"value": 0.5, "floor": None}, Measured(0.5)),
        ({"value": None, "interval": [0.4, 0.6]}, None),
        (None, None),
        (True, None),
        ("0.5", None),
        (float("nan"), None),
    ],
)
def test_a_figure_is_read_with_its_interval(found, expected):
    assert measured(found) == expected


def test_figures_by_class_are_taken_one_at_a_time():
    found = {
        "by_class": {
            "cat": {"KID": {"value": 3.0}, "AUC": {"value": 0.7, "interval": [0.6, 0.8]}},
            "dog": {"KID": {"value": 4.0}, "AUC": {"value": None, "reason": "too few"}},
        },
        "memorization_by_class": {"dog": {"copies": 0.1, "n": 5, "interval": [0.0, 0.3]}},
    }
    assert dict(by_class(found)) == {
        "KID": {"cat": Measured(3.0), "dog": Measured(4.0)},
        "AUC": {"cat": Measured(0.7, (0.6, 0.8))},
        "share of copies": {"dog": Measured(0.1, (0.0, 0.3))},
    }
    assert not any(own for _, own in by_class({}))


def test_a_figure_over_all_images_is_found_by_its_name():
    figures = [{"name": "FID", "value": None}, {"name": "recall", "value": 0.5}]
    assert overall({"figures": figures}, "recall").value == 0.5
    assert overall({"figures": figures}, "FID") is None
    assert overall({}, "FID") is None


def test_every_value_is_listed_once_with_its_place():
    found = {"a": {"b": [1, 2.5]}, "c": [{"d": None}, {"d": "x"}]}
    assert list(flat(found)) == [("a.b", "1, 2.5"), ("c[0].d", "none"), ("c[1].d", "x")]


def test_intervals_against_tables():
    # t with two degrees of freedom at 97.5%: 4.3027.
    found = mean_interval([1.0, 2.0, 3.0])
    assert found.value == 2
    assert found.interval == pytest.approx((2 - 4.3027 / 3**0.5, 2 + 4.3027 / 3**0.5), abs=1e-4)
    assert mean_interval([5.0]) == Measured(5.0)
