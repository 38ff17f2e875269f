"""Figures out of JSON: every shape is read, and nothing is taken for a figure that is none."""

import pytest

from ganaug.reporting.figures import (
    Measured,
    by_class,
    flat,
    mean_interval,
    measured,
    overall,
    share_interval,
)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (3, Measured(3.0)),
        ({"value": 0.5}, Measured(0.5)),
        ({"value": 0.5, "interval": [0.4, 0.6]}, Measured(0.5, (0.4, 0.6))),
        ({"value": 0.5, "low": 0.4, "high": 0.6}, Measured(0.5, (0.4, 0.6))),
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


def test_groups_by_class_are_found_wherever_they_stand():
    found = {
        "agreement": {"per_class": {"cat": 0.9, "dog": 0.8}, "overall": 0.85},
        "groups": [{"name": "auc", "classes": {"cat": {"value": 0.7, "interval": [0.6, 0.8]}}}],
        "each": {"cat": {"fid": 3.0, "n": 5}, "dog": {"fid": 4.0, "n": 6}},
        "others": {"cat": 1.0, "mouse": 2.0},
        "none": {},
    }
    groups = dict(by_class(found, ["cat", "dog"]))
    assert groups == {
        "agreement.per_class": {"cat": Measured(0.9), "dog": Measured(0.8)},
        "groups.auc.classes": {"cat": Measured(0.7, (0.6, 0.8))},
        "each.fid": {"cat": Measured(3.0), "dog": Measured(4.0)},
        "each.n": {"cat": Measured(5.0), "dog": Measured(6.0)},
    }


def test_a_figure_over_all_images_is_found_in_either_place():
    short = {"overlap": {"recall": 0.4}, "real_overlap": {"recall": 0.8}, "figures": None}
    assert overall(short, "recall") == Measured(0.4, None, 0.8)
    assert overall({**short, "figures": [{"name": "recall", "value": 0.5}]}, "recall").value == 0.5
    assert overall({}, "FID") is None


def test_every_value_is_listed_once_with_its_place():
    found = {"a": {"b": [1, 2.5]}, "c": [{"d": None}, {"d": "x"}]}
    assert list(flat(found)) == [("a.b", "1, 2.5"), ("c[0].d", "none"), ("c[1].d", "x")]


def test_intervals_against_tables():
    # Newcombe 1998, table I: 81 of 263.
    assert share_interval(81 / 263, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    # t with two degrees of freedom at 97.5%: 4.3027.
    found = mean_interval([1.0, 2.0, 3.0])
    assert found.value == 2
    assert found.interval == pytest.approx((2 - 4.3027 / 3**0.5, 2 + 4.3027 / 3**0.5), abs=1e-4)
    assert mean_interval([5.0]) == Measured(5.0)
