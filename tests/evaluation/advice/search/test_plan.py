"""The cost of a search, and cheaper alternatives before a budget is refused."""

import math
import time
from dataclasses import replace

import pytest
from torch import nn

import ganaug
from datamodules.mnist import MNISTDataModule
from ganaug.evaluation.advice.final_test import roles_of
from ganaug.evaluation.advice.final_test import test_jobs as jobs_of_test
from ganaug.evaluation.advice.search.candidates import MORE_WAYS, Candidate, Space
from ganaug.evaluation.advice.search.halving import Search
from ganaug.evaluation.advice.search.plan import PLANS, READINGS, Plan, Reading
from ganaug.evaluation.advice.trainings.pace import Pace
from ganaug.evaluation.advice.trainings.planning import planned
from ganaug.evaluation.advice.trainings.workbench import Workbench
from ganaug.evaluation.utility.choosing import chosen_classifiers
from ganaug.utils.errors import UsageError
from helpers.made_up_trainings import LABELS, PLAN, finish, train

CENTER = Candidate("imagenet", "light", "equal")


def data_of():
    return MNISTDataModule(classes=[3, 8], per_class=20, image_size=16, validation=0.01)


@pytest.fixture(scope="module")
def bench():
    data = data_of()
    chosen = chosen_classifiers("imagenet", data.images("train")[0])[0]
    return Workbench(data, {"imagenet": chosen}, lambda *_: None)


@pytest.fixture
def timed(monkeypatch):
    """A machine on which everything takes a known time."""
    monkeypatch.setattr(Pace, "image", lambda _, name, size: size / 1000)
    monkeypatch.setattr(Pace, "change", lambda _, policy, size: 0.01 * (policy != "none"))
    monkeypatch.setattr(Pace, "head", lambda _, name, views: 0.5 * (1 + views))
    monkeypatch.setattr(Pace, "learn", lambda _, name: 0.0)
    monkeypatch.setattr(Pace, "step", lambda _, name: 0.1)
    monkeypatch.setattr(Pace, "answer", lambda _, name: 0.001)


def test_the_network_of_frozen_features_has_its_batch_norms_folded(bench):
    network = bench.trainer(Candidate("imagenet"), 10).classifier()
    assert not any(isinstance(each, nn.BatchNorm2d) for each in network.trunk.modules())


def test_the_time_of_a_search_is_that_of_all_its_trainings_and_features(bench, timed):
    space = Space(CENTER, ["imagenet"], ["imagenet"], ["none", "light"])
    singles, plan = len(space.singles()), Plan(100, 1, 1, 1, 1)
    known, tested = 80, len(bench.test(16).labels)
    for reading, side in ((Reading(), 192), (Reading(1, 96), 96)):
        read = known * side / 1000 * (1 + reading.views) + known * reading.views * 0.01
        # Three folds in each rung, five seeds of each candidate of the test, and the stored one.
        # One of the candidates has MixUp, which takes twice as long.
        one = 0.5 * (1 + reading.views)
        mean = one * (singles + 1) / singles
        trainings = 3 * (singles + 1) * one + (3 * (1 + 1 + 1) + 5 * 7) * mean + 2 * one
        expected = read + tested * side / 1000 + trainings
        assert Pace(bench, tested).seconds(space, plan, reading) == pytest.approx(expected)


def test_steps_of_a_search_are_counted_with_their_augmentation_and_answers(timed):
    data = data_of()
    small = chosen_classifiers("small", data.images("train")[0])[0]
    bench = Workbench(data, {"small": small}, lambda *_: None)
    space = Space(Candidate("small", "light"), ["small"], (), ["light"])
    plan = Plan(40, 1, 0, 1, 1)
    plain, change = 0.1, 64 * 0.01
    # Real images alone have no augmentation; all others are single changes of the center with it.
    others = len(space.singles()) - 1

    def each(steps, answered, step):
        return [steps * plain + answered * 0.001] + others * [steps * step + answered * 0.001]

    # Each image is in two of three folds, and all of the first rung share their views; which get
    # further is not known.
    first = each(10, 80 / 3, plain)
    first[1] += 10 * change / 2
    later = each(20, 80 / 3, plain + change / 2)
    # A test has at least as many steps as the last rung.
    full = each(20, 30, plain + change)
    mean = sum(later) / len(later)
    test = 5 * space.tested * sum(full) / len(full) + max(full)
    expected = 3 * sum(first) + 3 * (1 + 1) * mean + test
    assert Pace(bench, 30).seconds(space, plan, Reading()) == pytest.approx(expected)


def test_teachers_are_shared_by_candidates_of_a_rung_and_by_all_seeds_of_a_test(timed):
    data = MNISTDataModule(
        classes=[3, 8], per_class=200, image_size=16, validation=0.01, labels_per_class=10
    )
    small = chosen_classifiers("small", data.images("train")[0])[0]
    bench = Workbench(data, {"small": small}, lambda *_: None)
    center, plan = Candidate("small", "light"), Plan(8, 1, 0, 1, 1)
    spaces = [Space(center, ["small"], (), ["light"], own) for own in ([], bench.further)]
    pace = Pace(bench, 30)
    heap = len(bench.heap.images(16, None))
    singles = [space.singles() for space in spaces]
    own = len(singles[1]) - len(singles[0])
    assert own > 1
    step = 0.1 + 64 * 0.01

    def teachers(steps):
        labelled = len(range(0, heap, math.ceil(heap / (64 * steps))))
        return 4 * (steps * step + labelled * 0.001)

    alone, taught = (
        pace.seconds(space, plan, Reading()) - _without_teachers(pace, space, plan)
        for space in spaces
    )
    assert alone == pytest.approx(0)
    share = own / len(singles[1])
    # With a set, the smallest search has another candidate in its second rung.
    later = 3 * (2 + 1) * share * teachers(4)
    test = spaces[1].tested * share * teachers(4)
    assert taught == pytest.approx(3 * teachers(2) + later + test)


def test_teachers_that_choose_or_label_images_of_a_set_are_counted_once_for_each_augmentation(
    timed, monkeypatch
):
    monkeypatch.setattr(Pace, "_count_drawn", lambda *_: 200)
    data = data_of()
    small = chosen_classifiers("small", data.images("train")[0])[0]
    bench = Workbench(data, {"small": small}, lambda *_: None)
    space = Space(Candidate("small", "light"), ["small"], (), ["light"], ["made"], MORE_WAYS)
    pace, plan, singles = Pace(bench, 30), Plan(8, 1, 0, 1, 1), space.singles()
    asking = [each for each in singles if each.asks_teachers]
    assert [each.way for each in asking] == ["useful", "soft labels"]

    def teachers(steps):
        return 3 * (steps * (0.1 + 64 * 0.01) + 200 * 0.001)

    found = pace.seconds(space, plan, Reading()) - _without_teachers(pace, space, plan)
    share = len(asking) / len(singles)
    later, test = 3 * (2 + 1) * share * teachers(4), space.tested * share * teachers(4)
    assert found == pytest.approx(3 * teachers(2) + later + test)


def _without_teachers(pace, space, plan):
    alone = Pace(pace.bench, pace.tested)
    alone._labelling = alone._asking = lambda *_: 0.0
    return alone.seconds(space, plan, Reading())


def test_time_that_a_search_leaves_is_for_more_steps_of_the_test(timed):
    data = data_of()
    small = chosen_classifiers("small", data.images("train")[0])[0]
    bench = Workbench(data, {"small": small}, lambda *_: None)
    candidates = [Candidate("small"), Candidate("small", "light")]
    one = [0.1, 0.1 + 64 * 0.01]
    answers = 30 * 0.001

    def needed(steps, tested):
        each = [steps * step + tested * answers for step in one]
        return 5 * tested * sum(each) + max(each)

    for tested in (0, 30):
        pace, seconds = Pace(bench, tested), needed(500, bool(tested)) + 1e-6
        assert pace.most_steps(candidates, 100, seconds) == 500
        assert pace.most_steps(candidates, 100, seconds - 1e-3) == 400
        assert pace.most_steps(candidates, 600, seconds) == 600
        assert pace.most_steps(candidates, 100, 1e9) == 2000


def test_a_frozen_classifier_has_no_use_for_more_steps(bench, timed):
    assert Pace(bench, 30).most_steps([CENTER], 200, 1e9) == 200


@pytest.mark.parametrize("sets", [[], ["expanded"]])
def test_no_test_has_more_candidates_than_are_counted(sets):
    space = Space(replace(CENTER, classifier="small"), ["small"], (), ["light", "elastic"], sets)
    search = Search(space, PLAN, LABELS)
    results = finish(search, lambda key: train(key, lambda c: 0.5 + 0.05 * len(c.ingredients)))
    recipe = Candidate("small", "elastic", "equal", "cutmix")
    if sets:
        recipe = replace(recipe, synthetic="expanded", way="weight 0.3")
    roles = roles_of(recipe, search, results)
    jobs = jobs_of_test(search, [recipe, *roles.values(), *(step for _, step in recipe.ladder)], 10)
    assert space.tested == (11 if sets else 7)
    assert len(jobs) == 5 * space.tested


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
        return Space(CENTER, names, ["imagenet"])

    until = time.monotonic() + budget + 0.5
    found = planned(spaces, seconds_of(TIMES), ["imagenet"], None, until, "short")
    assert found["plan"] == PLANS[number].to_dict()
    assert Reading(**found.get("reading", {})) == reading
    # What the usual plan is kept as has not changed.
    assert ("reading" in found) == (reading != USUAL)


@pytest.mark.parametrize(("budget", "names"), [(20, ["imagenet"]), (14, ["small"])])
def test_the_other_classifier_takes_the_place_of_one_that_no_budget_reaches(budget, names):
    class Known:
        def seconds(self, space, plan, reading):
            known = {"imagenet": TIMES[reading], "small": 12}
            return sum(known[name] for name in space.classifiers) * (1 + PLANS.index(plan))

    def spaces(plan, names):
        return Space(replace(CENTER, classifier=names[0]), names, ["imagenet"])

    until = time.monotonic() + budget + 0.5
    found = planned(spaces, Known(), ["imagenet", "small"], 1, until, "short")
    assert found["classifiers"] == names
    assert ("reading" in found) == (names == ["imagenet"])


def test_a_budget_below_the_smallest_search_is_refused_with_what_that_takes():
    until = time.monotonic() + 10
    with pytest.raises(UsageError, match=r"budget is 10s, .* takes about 15 seconds here; give"):
        planned(
            lambda plan, names: Space(CENTER, names),
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
    # Half an hour would otherwise go into the last trainings.
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
    """Continued with any budget: the plan is settled once, and the classifier is of that size."""

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
