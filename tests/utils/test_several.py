"""Where several values are taken, one is taken, too: text is not read letter by letter."""

import inspect
from pathlib import Path

import pytest

import ganaug
from ganaug.utils.several import several

FUNCTIONS = ("advise", "evaluate", "explore", "label", "synthesize", "utility")


def test_one_value_is_a_list_of_one():
    assert several("all") == ["all"]
    assert several(Path("a")) == [Path("a")]
    assert several(["a", Path("b")]) == ["a", Path("b")]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_parameter_for_several_texts_takes_one(name):
    for parameter in inspect.signature(getattr(ganaug, name)).parameters.values():
        kinds = str(parameter.annotation).replace(" ", "")
        if "Sequence[str" in kinds:
            alone = kinds.replace("Sequence[str|pathlib.Path]", "").replace("Sequence[str]", "")
            assert "str" in alone, f"{name}: {parameter}"
