"""A refused search fits no models, and its folder can be used as the error message says."""

import pytest

from ganaug.evaluation.advice.advise import advise
from ganaug.evaluation.advice.fitting.fitting import Fitting
from ganaug.utils.errors import UsageError
from helpers.quick_searches import QUICK, Killed, digits


def test_too_few_trials_for_the_sets_to_come_are_refused_before_anything_is_fitted(
    monkeypatch, tmp_path
):
    """They would be enough without a set. The refused search's journal blocks no other search."""
    given = {**QUICK, "out": tmp_path / "advice", "trials": 25}
    with pytest.raises(UsageError, match=r"trials is 25, and the smallest search has 36; give 36"):
        advise(digits(), **given, fit="dcgan")
    assert not (tmp_path / "advice" / "fitted").exists()
    with pytest.raises(UsageError, match=r"trials is 2, and the smallest search has 24"):
        advise(digits(), **{**given, "trials": 2})
    assert (tmp_path / "advice" / "search.journal").is_file()

    def killed(_):
        raise Killed

    monkeypatch.setattr(Fitting, "make", killed)
    with pytest.raises(Killed):
        advise(digits(), **{**given, "trials": 36}, fit="dcgan")
