"""The studies of advise read its result rightly."""

from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks import advice
from benchmarks.study import Workspace
from ganaug.evaluation.advice.result import Advice, Tested, Tried
from ganaug.evaluation.advice.search.candidates import Candidate
from ganaug.evaluation.utility.significance import Verdict

BEST, PLAIN, CENTER = Candidate("small", "elastic"), Candidate("small"), Candidate("small", "light")
TAUGHT = Candidate("small", "light", synthetic=advice.PSEUDO)
MADE = Candidate("small", "elastic", synthetic="dagan")


@pytest.fixture
def asked(monkeypatch, tmp_path):
    """Return the words that advise was called with, of which the result is known."""
    found = Advice(
        BEST,
        [Tried(BEST, 3, 0.9, (0.8, 1.0))],
        {
            each: Tested(each, (accuracy,), (accuracy, 0.5), verdict)
            for each, accuracy, verdict in (
                *((BEST, 0.8, None), (PLAIN, 0.5, None), (CENTER, 0.7, None), (TAUGHT, 0.75, None)),
                (MADE, 0.77, Verdict("no difference found", 0.03, (-0.01, 0.07), 0.3, 0.05)),
            )
        },
        {
            "real images alone": PLAIN,
            "the default policy": CENTER,
            f"the best with {advice.PSEUDO}": TAUGHT,
            "the best with dagan": MADE,
        },
        ("rose", "tulip"),
        {
            "trials": 30,
            "sets": {"dagan": {"gain": 0.02, "interval": [-0.01, 0.05], "recommended": False}},
            "fitted": {"sgan": {"balanced_accuracy": 0.6}},
        },
    )
    words = []
    monkeypatch.setattr(advice, "run_python", lambda _, *said, log: words.extend(said))
    monkeypatch.setattr(Advice, "open", lambda _: found)
    return SimpleNamespace(words=words, workspace=Workspace(tmp_path, "digits", None, 3, 2))


def test_a_set_that_advise_fits_itself(asked):
    found = advice.with_own_set("--data mnist", "dagan", asked.workspace)
    gain = [found[f"gain of the set{end}"] for end in ("", ", lower", ", upper")]
    assert (gain, found["set recommended"]) == ([2, -1, 5], 0)
    tested = [found[f"gain of the set in the test{end}"] for end in ("", ", lower", ", upper")]
    assert tested == pytest.approx([-3, -7, 1])
    assert found["balanced accuracy %"] == 80
    words = " ".join(map(str, asked.words))
    assert "--data mnist --fit dagan --data.subset_seed 3 --seed 3 --budget 120s" in words


def test_few_labels_are_compared_with_sgan_and_with_labels_of_teachers(asked):
    found = advice.from_few_labels(asked.workspace)
    assert found["sgan itself %"] == 60
    assert found["supervised, on labels of teachers %"] == 75
    assert found["recall of tulip %"] == 50
    assert {"--fit", "sgan", "digits"} <= {*asked.words}


def test_a_recommended_set_is_compared_with_the_best_without():
    verdict = Verdict("helps", 0.03, (0.01, 0.05), 0.01, 0.02)
    found = Advice(
        MADE,
        [Tried(MADE, 3, 0.9, (0.8, 1.0))],
        {MADE: Tested(MADE, (0.8,), (0.8,)), BEST: Tested(BEST, (0.77,), (0.77,), verdict)},
        {"the best without further images": BEST},
        ("rose",),
        {},
    )
    assert advice.tested_gain(found, "dagan") == (0.03, (0.01, 0.05))


def test_regret_by_halves_is_that_of_candidates_that_are_better():
    right = np.array([[1, 1, 0, 0], [1, 1, 1, 1], [1, 1, 1, 0]])
    labels = np.array([0, 0, 1, 1])
    found = [advice.halved_regret(right, labels, recommended=n) for n in range(3)]
    assert found == [0.5, 0, 0.25]


def test_regret_by_halves_is_none_where_candidates_differ_by_chance():
    random, labels = np.random.default_rng(0), np.repeat(np.arange(5), 100)
    draws = [(random.random((8, len(labels))) < 0.75).astype(float) for _ in range(200)]
    halved = np.mean([advice.halved_regret(right, labels, 0) for right in draws])
    highest = np.mean([right.mean(axis=1).max() - right[0].mean() for right in draws])
    assert abs(halved) < 0.005 < 0.02 < highest
