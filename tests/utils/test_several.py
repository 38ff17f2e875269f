"""Where several values are taken, one is taken, too: text is not read letter by letter."""

import inspect
from pathlib import Path

import pytest
import torch

import ganaug
from ganaug.evaluation.utility.choosing import chosen_classifiers
from ganaug.synthesis.dataset import SyntheticDataset
from ganaug.utils.errors import UsageError
from ganaug.utils.several import several, several_names
from helpers.image_folders import fill

FUNCTIONS = ("advise", "evaluate", "explore", "label", "synthesize", "utility")


def test_one_value_is_a_list_of_one():
    assert several("all") == ["all"]
    assert several(Path("a")) == [Path("a")]
    assert several(["a", Path("b")]) == ["a", Path("b")]


def test_an_object_is_a_list_of_one(tmp_path):
    fill(tmp_path / "made" / "rose", 1)
    dataset = SyntheticDataset.open(tmp_path / "made")
    assert several(dataset) == several([dataset]) == [dataset]


def test_what_has_no_name_is_refused():
    assert several_names("all", "arms") == ["all"]
    assert several_names(("light", Path("a.yaml")), "augmentation") == ["light", Path("a.yaml")]
    for given in (len, [len], ("small", len)):
        with pytest.raises(UsageError, match=r"classifier is len, of type builtin.*; give 'm:f'"):
            several_names(given, "classifier", "give 'm:f'")
    with pytest.raises(UsageError, match=r"filters is 0.5, of type float; give a name or a list"):
        several_names(0.5, "filters")


def test_a_classifier_given_as_a_function_is_refused_with_what_to_give():
    with pytest.raises(UsageError, match=r"classifier is len, .*; give 'module:function', by"):
        chosen_classifiers(len, torch.zeros(2, 1, 16, 16, dtype=torch.uint8))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_parameter_for_several_texts_takes_one(name):
    for parameter in inspect.signature(getattr(ganaug, name)).parameters.values():
        kinds = str(parameter.annotation).replace(" ", "")
        if "Sequence[str" in kinds:
            alone = kinds.replace("Sequence[str|pathlib.Path]", "").replace("Sequence[str]", "")
            assert "str" in alone, f"{name}: {parameter}"
