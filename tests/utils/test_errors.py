"""Errors name the choice that was probably meant."""

from ganaug.utils.errors import did_you_mean


def test_the_nearest_choice_is_named_whatever_its_case_and_nothing_where_none_is_near():
    assert did_you_mean("Roze", ["rose", "tulip"]) == "; did you mean 'rose'?"
    assert did_you_mean("xyz", ["rose", "tulip"]) == ""
