"""A registry of parts has one part for each name, and names that can be written."""

import pytest

import ganaug
from datamodules.errors import DataError
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


def test_this_projects_parts_go_first_whenever_they_are_imported():
    def load():
        parts.register("light", Registry)("a built-in part")

    parts = Registry("part", load=load)
    with pytest.raises(UsageError, match=r"a part 'light' already \(ganaug\.utils\.registry\.Reg"):
        parts.register("light")(part)
    assert parts.names() == ["light"]


def test_a_filter_of_ones_own_takes_no_other_ones_place(monkeypatch):
    registry = filters()
    monkeypatch.setattr(registry, "_added", dict(registry.items()))
    with pytest.raises(UsageError, match=r"a filter 'agreement' already .*take another name"):
        register_filter("agreement", default=0.5)(part)


@pytest.mark.parametrize(
    "decorator",
    [
        ganaug.register_metric,
        ganaug.register_filter,
        ganaug.register_source,
        ganaug.register_augmentation,
        ganaug.register_section,
    ],
)
def test_a_decorator_without_its_name_is_refused(decorator):
    with pytest.raises((UsageError, DataError), match="is missing: give it to the decorator"):
        decorator(part)(part)


@pytest.mark.parametrize("name", ["", "mine=0.5", "mine,other", "mine/other", None])
def test_names_that_options_cant_hold_are_refused(name):
    for register in (ganaug.register_metric, ganaug.register_filter, ganaug.register_source):
        with pytest.raises(UsageError, match=r"the name of a \w+ is .*; give text without"):
            register(name)(part)


def test_an_augmentation_of_ones_own_takes_no_other_ones_place():
    for name in ("light", "none"):
        with pytest.raises(DataError, match=f"an augmentation '{name}' already.* another name"):
            ganaug.register_augmentation(name)(part)
