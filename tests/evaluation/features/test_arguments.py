"""Arguments that an evaluation would ignore are refused before a set is opened."""

import pytest

import ganaug
from ganaug.utils.errors import UsageError


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"seed": -1}, "seed is -1; it must be from 0 to "),
        ({"inception_weights": "w.pth"}, "w.pth is read with `features` inception alone"),
    ],
)
def test_ignored_arguments_are_refused_by_name(given, message, tmp_path):
    with pytest.raises(UsageError, match=message):
        ganaug.evaluate(tmp_path / "nothing", **given)
