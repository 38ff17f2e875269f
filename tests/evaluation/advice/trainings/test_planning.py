"""Reductions of a search within a budget, for classifiers that accept only some sizes."""

import time
from dataclasses import replace

import pytest

from ganaug.evaluation.advice.advise import advise
from ganaug.evaluation.advice.search.candidates import Space
from ganaug.evaluation.advice.search.plan import PLANS, Plan
from ganaug.evaluation.advice.trainings import planning
from ganaug.evaluation.advice.trainings.pace import Pace
from ganaug.evaluation.advice.trainings.planning import planned, replanned
from ganaug.evaluation.advice.trainings.workbench import Workbench
from ganaug.utils.errors import UsageError
from helpers.made_up_trainings import CENTER
from helpers.quick_advice import QUICK, data_of, stripes


class Transformer:
    """A pace of a classifier that reads images of one size alone."""

    def seconds(self, space, plan, reading):
        if reading.most is not None and "imagenet" in space.classifiers:
            raise UsageError("classifier vit_b_16: the network can't read images of 128 px")
        return {"imagenet": 100 if reading.views > 1 else 50, "small": 12}[space.classifiers[0]]


def test_images_are_not_made_smaller_than_a_classifier_can_read():
    def spaces(plan, names):
        return Space(replace(CENTER, classifier=names[0]), names, ["imagenet"])

    until = time.monotonic() + 20
    found = planned(spaces, Transformer(), ["imagenet", "small"], 1, until, "short")
    assert found["classifiers"] == ["small"]
    with pytest.raises(UsageError, match=r"takes about 50 seconds here; give"):
        planned(spaces, Transformer(), ["imagenet"], None, until, "20s")


class Known:
    """A pace by which each plan takes ten seconds more than the one before."""

    def seconds(self, space, plan, reading):
        return 10 * (1 + PLANS.index(plan))

    def first_rung(self, space, plan, reading):
        return 4


@pytest.mark.parametrize(
    ("took", "number"), [(4, 2), (2, 5), (1, 11), (8, 1), (100, 1), (0.0, len(PLANS) - 1)]
)
def test_a_first_rung_that_is_fast_makes_room_for_a_larger_plan(took, number):
    def spaces(plan, names):
        return Space(CENTER, names)

    until = time.monotonic() + 30.5
    found = replanned(spaces, Known(), spaces(PLANS[1], ["small"]), PLANS[1], took, until)
    assert found["plan"] == PLANS[number].to_dict()
    assert found["classifiers"] == ["small"]


def test_a_larger_search_begins_once_for_all_processes(tmp_path, monkeypatch, capsys):
    small, large = plans = (Plan(8, 1, 0, 1, 1), Plan(16, 1, 0, 1, 1))
    stripes(tmp_path / "photos" / "train", 24)
    stripes(tmp_path / "photos" / "test", 12, first=24)
    given = {**QUICK, "out": tmp_path / "advice", "trials": None, "budget": "10m"}
    trained, do = [], Workbench.do
    monkeypatch.setattr(Workbench, "do", lambda *args: trained.append(args[1]) or do(*args))
    monkeypatch.setattr(planning, "PLANS", plans)
    monkeypatch.setattr(Pace, "seconds", lambda _, space, plan, reading: 1000 * (plan == large))
    monkeypatch.setattr(Pace, "first_rung", lambda *_: 1e9)
    monkeypatch.setattr(Pace, "most_steps", lambda _, candidates, least, seconds: least)
    advice = advise(data_of(tmp_path / "photos"), **given)
    assert advice.facts["plan"] == large.to_dict()
    assert advice.facts["trials"] == large.trials(len(advice.tried))
    assert capsys.readouterr().out.count("so a larger search begins") == 1
    steps = [job.steps for job in trained if job.kind == "search"]
    assert {*steps} == {small.rungs[0].steps, large.rungs[0].steps, large.rungs[-1].steps}
    monkeypatch.setattr(Workbench, "do", lambda *_: pytest.fail("trained again"))
    monkeypatch.setattr(Pace, "first_rung", lambda *_: pytest.fail("it was settled"))
    assert advise(data_of(tmp_path / "photos"), **given).to_dict() == advice.to_dict()
