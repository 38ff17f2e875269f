"""Searches on simulated results, quick searches, and recorded fits."""

import pytest

import ganaug
from ganaug.evaluation.advice.search.candidates import Space
from ganaug.evaluation.advice.search.halving import Search
from ganaug.training import engine
from helpers.few_steps import few_steps
from helpers.made_up_trainings import CENTER, LABELS, PLAN
from helpers.quick_advice import QUICK, data_of, stripes
from helpers.quick_fits import tiny_fit


@pytest.fixture
def space():
    return Space(CENTER, ["small"], (), ["none", "light", "elastic"])


@pytest.fixture
def search(space):
    return Search(space, PLAN, LABELS)


@pytest.fixture(scope="package")
def photos(tmp_path_factory):
    root = tmp_path_factory.mktemp("photos")
    stripes(root / "train", 12)
    stripes(root / "test", 20, first=100)
    return root


@pytest.fixture(scope="package")
def searched(photos, tmp_path_factory):
    """What a search on the photos returned, and its folder."""
    out = tmp_path_factory.mktemp("out") / "advice"
    with few_steps():
        return ganaug.advise(data_of(photos), out=out, **QUICK), out


@pytest.fixture(scope="package")
def advised(searched):
    """The same, as its reader opens it."""
    return ganaug.load_advice(searched[1])


@pytest.fixture
def fits(monkeypatch):
    """What `fit` was called with."""
    asked = []

    def watched(model=None, **settings):
        asked.append({"model": model, **settings})
        return tiny_fit(model, **settings)

    monkeypatch.setattr(engine, "fit", watched)
    return asked
