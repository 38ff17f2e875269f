"""The studies of advise read its result rightly."""

from types import SimpleNamespace

import pytest

from benchmarks import advice
from benchmarks.study import Workspace
from ganaug.evaluation.advice.candidates import Candidate
from ganaug.evaluation.advice.result import Advice, Tested, Tried

BEST, PLAIN, CENTER = Candidate("small", "elastic"), Candidate("small"), Candidate("small", "light")
TAUGHT = Candidate("small", "light", synthetic=advice.PSEUDO)


@pytest.fixture
def asked(monkeypatch, tmp_path):
    """Return the words that advise was called with, of which the result is known."""
    found = Advice(
        BEST,
        [Tried(BEST, 2, 0.9, (0.8, 1.0))],
        {
            each: Tested(each, (accuracy,), (accuracy, 0.5))
            for each, accuracy in ((BEST, 0.8), (PLAIN, 0.5), (CENTER, 0.7), (TAUGHT, 0.75))
        },
        {
            "real images alone": PLAIN,
            "the default policy": CENTER,
            f"the best with {advice.PSEUDO}": TAUGHT,
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
    assert found["balanced accuracy %"] == 80
    words = " ".join(map(str, asked.words))
    assert "--data mnist --fit dagan --data.subset_seed 3 --seed 3 --budget 120s" in words


def test_few_labels_are_compared_with_sgan_and_with_labels_of_teachers(asked):
    found = advice.from_few_labels(asked.workspace)
    assert found["sgan itself %"] == 60
    assert found["supervised, on labels of teachers %"] == 75
    assert found["recall of tulip %"] == 50
    assert {"--fit", "sgan", "digits"} <= {*asked.words}
