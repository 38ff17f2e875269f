"""A registry of parts has one part for each name."""

import pytest

from ganaug.synthesis.filters.registry import filters, register_filter
from ganaug.utils.errors import UsageError
from ganaug.utils.registry import Registry


def part():
    """Be a part."""


def other():
    """Be another."""


def test_a_second_part_of_a_name_is_refused_and_the_same_one_is_not():
    parts = Registry("part")
    for _ in range(2):  # as a notebook's cell that is run again
        parts.register("mine")(part)
    with pytest.raises(UsageError, match=r"a part 'mine' already \(.*\.part\); take another name"):
        parts.register("mine")(other)
    assert parts.get("mine") is part


def test_a_filter_of_ones_own_takes_no_other_ones_place(monkeypatch):
    registry = filters()
    monkeypatch.setattr(registry, "_added", dict(registry.items()))
    with pytest.raises(UsageError, match=r"a filter 'agreement' already .*take another name"):
        register_filter("agreement", default=0.5)(part)
