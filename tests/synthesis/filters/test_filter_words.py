"""Filters by their words: which are taken, in which order, and those of one's own."""

from types import SimpleNamespace

import pytest
import torch

from ganaug.synthesis import GeneratorSource, expand
from ganaug.synthesis.context import Context
from ganaug.synthesis.filters.base import FilterResult
from ganaug.synthesis.filters.registry import (
    build_filters,
    check_features,
    filters,
    parse_filter,
    parse_filters,
    register_filter,
)
from ganaug.utils.errors import UsageError
from helpers.batches import batch


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "copies",
            "'copies' is not one of agreement, duplicates, memorized, outliers, private, realism, ",
        ),
        ("agreement=high", "'high' is not a number"),
        ("memorized=3", "memorized takes no such number"),
        ("agreement=nan", "agreement takes no such number"),
    ],
)
def test_wrong_words(text, message):
    with pytest.raises(UsageError, match=message):
        parse_filter(text)


def test_words():
    assert parse_filter("agreement=0.8") == ("agreement", 0.8)
    assert parse_filter("agreement") == ("agreement", 0.5)
    assert parse_filter("memorized") == ("memorized", None)


def test_photographs_are_compared_by_the_network_of_imagenet(digits):
    network, train, _, held_out, _ = digits
    asked = {"agreement": 0.5, "memorized": None, "duplicates": None}

    def context(features):
        card = SimpleNamespace(class_names=tuple("0123456789"))
        found = Context(SimpleNamespace(card=card, model=None), filter_features=features)
        found.filters = asked
        # In the place of what is read and trained when it is first needed.
        vars(found).update(
            network=network,
            held_out=held_out[:60],
            data=SimpleNamespace(mirrors=False),
            images=SimpleNamespace(images=train[:60], sources=[""] * 60),
        )
        return found

    agreement, memory, duplicates = build_filters(asked, context("imagenet"))
    assert agreement.network is network
    assert memory.network is duplicates.network
    assert memory.network.name == "imagenet-lite0"
    assert not memory.judge(batch(train[:20])).passed["memorized"].any()
    _, memory, _ = build_filters(asked, context("lite2"))
    assert memory.network.name == "imagenet-lite2"
    _, memory, _ = build_filters(asked, context("domain"))
    assert memory.network is network


@pytest.mark.parametrize("asked", [[], ["agreement", "realism"]])
def test_features_that_no_gate_reads_are_refused(asked):
    check_features("domain", asked)
    check_features("imagenet", [*asked, "outliers"])
    with pytest.raises(
        UsageError, match="is read by the filters duplicates, memorized, outliers, private alone"
    ):
        check_features("imagenet", asked)


def test_filters_are_in_the_order_of_the_alphabet():
    assert list(parse_filters(["outliers", "memorized", "agreement=0.7"])) == [
        "agreement",
        "memorized",
        "outliers",
    ]
    with pytest.raises(UsageError, match="one is given twice"):
        parse_filters(["agreement", "agreement=0.7"])


def test_a_filter_of_ones_own(painter, tmp_path, monkeypatch):
    monkeypatch.setattr(filters(), "_added", dict(filters().items()))

    class Bright:
        @property
        def facts(self):
            return {"bright": 0.5}

        def judge(self, batch):
            return FilterResult({"bright": torch.tensor([i % 4 == 0 for i in batch.indices])})

    @register_filter("bright", default=0.5)
    def bright(value, context):
        assert (value, context) == (0.7, None)
        return Bright()

    built = build_filters(parse_filters(["bright=0.7"]), None)
    source = GeneratorSource(painter(2), "ab")
    manifest = expand([source], {"generator": {"a": 20}}, tmp_path / "out", filters=built)
    assert manifest["filters"] == [{"bright": 0.5}]
    assert manifest["counts"]["synthetic"] == {"a": 20}
    assert manifest["passed"]["a"] == {"tried": 128, "bright": 32}
