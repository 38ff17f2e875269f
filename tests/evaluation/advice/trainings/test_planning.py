"""The largest search within a budget, and reductions before a budget is refused."""

import time
from dataclasses import replace

import pytest

import ganaug
from datamodules.mnist import MNISTDataModule
from ganaug.evaluation.advice.advise import advise
from ganaug.evaluation.advice.search.candidates import Space
from ganaug.evaluation.advice.search.plan import PLANS, READINGS, Plan, Reading
from ganaug.evaluation.advice.trainings import planning
from ganaug.evaluation.advice.trainings.pace import Pace
from ganaug.evaluation.advice.trainings.planning import planned, replanned
from ganaug.evaluation.advice.trainings.workbench import Workbench
from ganaug.utils.errors import UsageError
from helpers.made_up_trainings import CENTER
from helpers.quick_advice import QUICK, data_of, stripes

IMAGENET = replace(CENTER, classifier="imagenet")


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


def seconds_of(known):
    """Return a pace that knows how long a search takes, by views, size, and number of the plan."""

    class Known:
        def seconds(self, space, plan, reading):
            return known[reading] * (1 + PLANS.index(plan))

    return Known()


USUAL, FEW, SMALL, SMALLEST = READINGS
TIMES = {USUAL: 100, FEW: 50, SMALL: 25, SMALLEST: 15}


@pytest.mark.parametrize(
    ("budget", "number", "reading"),
    [
        (1000, 9, USUAL),
        (250, 1, USUAL),
        (101, 0, USUAL),
        (99, 0, FEW),
        (45, 0, SMALL),
        (20, 0, SMALLEST),
    ],
)
def test_before_a_budget_is_refused_features_of_fewer_views_and_smaller_images_are_read(
    budget, number, reading
):
    def spaces(plan, names):
        return Space(IMAGENET, names, ["imagenet"])

    until = time.monotonic() + budget + 0.5
    found = planned(spaces, seconds_of(TIMES), ["imagenet"], None, until, "short")
    assert found["plan"] == PLANS[number].to_dict()
    assert Reading(**found.get("reading", {})) == reading
    # The record of a plan with the default reading has not changed.
    assert ("reading" in found) == (reading != USUAL)


@pytest.mark.parametrize(("budget", "names"), [(20, ["imagenet"]), (14, ["small"])])
def test_the_other_classifier_takes_the_place_of_one_that_no_budget_reaches(budget, names):
    class Known:
        def seconds(self, space, plan, reading):
            known = {"imagenet": TIMES[reading], "small": 12}
            return sum(known[name] for name in space.classifiers) * (1 + PLANS.index(plan))

    def spaces(plan, names):
        return Space(replace(IMAGENET, classifier=names[0]), names, ["imagenet"])

    until = time.monotonic() + budget + 0.5
    found = planned(spaces, Known(), ["imagenet", "small"], 1, until, "short")
    assert found["classifiers"] == names
    assert ("reading" in found) == (names == ["imagenet"])


def test_a_budget_below_the_smallest_search_is_refused_with_what_that_takes():
    until = time.monotonic() + 10
    with pytest.raises(UsageError, match=r"budget is 10s, .* takes about 15 seconds here; give"):
        planned(
            lambda plan, names: Space(IMAGENET, names),
            seconds_of(TIMES),
            ["imagenet"],
            None,
            until,
            "10s",
        )


def test_replacing_a_classifier_is_printed(tmp_path, monkeypatch, capsys):
    def seconds(self, space, plan, reading):
        return 0.0 if space.classifiers == ["small"] else 1e9

    monkeypatch.setattr(Pace, "seconds", seconds)
    # Otherwise, the last trainings would take half an hour.
    monkeypatch.setattr(Pace, "most_steps", lambda _, candidates, least, seconds: least)
    monkeypatch.setattr("ganaug.evaluation.advice.trainings.planning.PLANS", (Plan(8, 1, 0, 1, 1),))
    monkeypatch.setattr("ganaug.evaluation.utility.choosing.colored", lambda _: True)
    data = MNISTDataModule(classes=[3, 8], per_class=8, image_size=16, validation=0.01)
    advice = ganaug.advise(data, out=tmp_path / "advice", augmentation="mirror")
    sentence = "the classifier small replaces imagenet, for which the budget is too short"
    assert sentence in capsys.readouterr().out
    assert any(each.lower().startswith(sentence) for each in advice.facts["notes"])
    assert {each.candidate.classifier for each in advice.tried} == {"small"}


def test_a_search_with_little_time_keeps_what_it_reads(tmp_path, monkeypatch, capsys):
    """The plan is chosen once, so the search continues with any budget at the same image size."""

    def seconds(self, space, plan, reading):
        return 0.0 if reading == SMALLEST and plan == PLANS[0] else 1e9

    monkeypatch.setattr(Pace, "seconds", seconds)
    given = {"out": tmp_path / "advice", "classifier": "imagenet", "augmentation": "mirror"}
    data = MNISTDataModule(classes=[3, 8], per_class=8, image_size=16, validation=0.01)
    ganaug.advise(data, **given)
    said = capsys.readouterr().out
    assert "the classifier imagenet learns from 1 augmented view of each image instead of 3" in said
    assert "the classifier imagenet sees images at 96 px instead of 192" in said
    advice = ganaug.load_advice(tmp_path / "advice")
    assert advice.facts["reading"] == {"views": 1, "most": 96}
    assert advice.classifier().card["image_size"] == 96
    assert any("at 96 px instead of 192" in sentence for sentence in advice.sentences)
    monkeypatch.setattr(Pace, "seconds", lambda *_: 0.0)
    monkeypatch.setattr(Workbench, "do", lambda *_: pytest.fail("trained again"))
    assert ganaug.advise(data, **given, budget="9h").to_dict() == advice.to_dict()
