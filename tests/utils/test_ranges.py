"""Refusals of numbers name the one that is out of range, its value and what is allowed."""

import math

import pytest

from ganaug.callbacks.memorization import MemorizationMonitor
from ganaug.utils.choices import refuse_other
from ganaug.utils.errors import UsageError
from ganaug.utils.ranges import refuse_not_positive, refuse_outside


@pytest.mark.parametrize("nearer", [0.2, 1.1, math.nan])
def test_only_the_setting_out_of_range_is_named(nearer):
    with pytest.raises(UsageError) as refused:
        MemorizationMonitor(nearer=nearer)
    assert str(refused.value) == f"memorization.nearer is {nearer}; it must be from 0.5 to 1"


def test_the_ends_of_a_range_and_none_are_allowed():
    refuse_outside("video", 0, 1, low=0, high=1, missing=None)
    refuse_outside("", 0, endless=math.inf)


def test_a_group_stands_before_the_name():
    with pytest.raises(UsageError, match=r"^save\.every_minutes is nan; .*above 0 and finite$"):
        refuse_not_positive("save", every_minutes=math.nan)


def test_a_misspelled_choice_is_recognized():
    with pytest.raises(UsageError, match="loss 'hige' is not one of hinge, mse; did you mean 'hi"):
        refuse_other("loss", "hige", ["hinge", "mse"])
