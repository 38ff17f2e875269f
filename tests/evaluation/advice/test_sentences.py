"""Sentences of an advice on sets of further images, and why a set is not recommended."""

import re

import pytest

from ganaug.evaluation.advice.result import Advice, Tried
from ganaug.evaluation.advice.search.candidates import Candidate

RECIPE = Candidate("small", "light", synthetic="made")
BETTER = "4.0 points better than the best one without further images (+0.2 to +7.8 points)"


def said_of(**own):
    usual = {
        "candidate": RECIPE.name,
        "gain": 0.04,
        "interval": [0.002, 0.078],
        "recommended": False,
        "needed": 0.043,
        "with_sets": 4,
        "last": True,
    }
    tried = [Tried(RECIPE, 3, 0.9, (0.8, 1.0))]
    return Advice(RECIPE, tried, facts={"sets": {"made": {**usual, **own}}}).sentences[-1]


def test_a_set_that_helps_is_said_to_be_better():
    said = said_of(recommended=True)
    assert said.startswith("The set made helps: in cross-validation its best recipe, ")
    assert said.endswith(f"is {BETTER}.")


@pytest.mark.parametrize(
    ("own", "reason"),
    [
        ({}, "best of 4 recipes with further images that were tried, and .* up to 4.3 points bett"),
        ({"needed": 0.03}, "but another recipe with further images is better still"),
        ({"needed": 0.03, "last": False}, "other recipes were better still, so it was not trained"),
        ({"interval": [-0.01, 0.09]}, "which could be chance"),
    ],
)
def test_a_set_that_looks_better_is_not_recommended_for_a_reason(own, reason):
    said = said_of(**own)
    assert said.startswith("The set made is not recommended: in cross-validation its best recipe, ")
    assert re.search(reason, said)


def test_a_set_that_is_no_better_needs_no_reason():
    assert said_of(gain=-0.04, interval=[-0.08, 0.0]).endswith(
        "is 4.0 points worse than the best one without further images (-8.0 to +0.0 points)."
    )
    assert "is as good as the best one without" in said_of(gain=0.0, interval=[-0.03, 0.03])


def test_an_advice_of_an_earlier_version_is_read():
    own = {"candidate": RECIPE.name, "gain": 0.04, "interval": [0.002, 0.078]}
    advice = Advice(
        RECIPE,
        [Tried(RECIPE, 3, 0.9, (0.8, 1.0))],
        facts={"sets": {"made": {**own, "recommended": False}}},
    )
    assert advice.sentences[-1].endswith(f"is {BETTER}.")


def test_what_to_read_and_to_do_next_is_named(advised):
    assert advised.next.splitlines() == [
        f"results: {advised.folder}/advice.json, and as a page {advised.folder}/report.html",
        f"next: train on what is recommended, with the code in {advised.folder}/README.md",
    ]
    for name in ("advice.json", "report.html", "README.md"):
        assert (advised.folder / name).is_file()


def test_the_table_says_in_which_round_an_accuracy_was_measured():
    tried = [Tried(RECIPE, 3, 0.9, (0.8, 1.0)), Tried(Candidate("small"), 1, 0.95, (0.9, 1.0))]
    head, first, second = str(Advice(RECIPE, tried)).splitlines()[:3]
    assert head.split() == ["cross-validated", "round", "balanced", "acc.", "interval"]
    assert first.split()[-5:] == ["3", "90.0%", "80.0%", "to", "100.0%"]
    assert second.split()[-5] == "1"
    assert [row["round"] for row in Advice(RECIPE, tried).rows()] == [3, 1]


def test_an_advice_that_counts_rungs_from_0_is_read():
    content = Advice(RECIPE, [Tried(RECIPE, 3, 0.9, (0.8, 1.0))]).to_dict()
    (tried,) = content["tried"]
    assert tried.pop("round") == 3
    tried["rung"] = 2
    assert Advice.from_dict(content).tried == [Tried(RECIPE, 3, 0.9, (0.8, 1.0))]
