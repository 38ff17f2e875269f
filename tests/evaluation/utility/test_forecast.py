"""The forecast of a study: its time, and the smallest difference that it can detect."""

import re

import numpy as np
import pytest

from ganaug.evaluation.utility import forecast as module
from ganaug.evaluation.utility.arms import arms_of, quick_arms
from ganaug.evaluation.utility.checks import check_size
from ganaug.evaluation.utility.forecast import forecast, quick_note, quick_steps
from ganaug.evaluation.utility.significance import detectable, verdicts
from ganaug.evaluation.utility.study import StudyRunner
from ganaug.utils.errors import UsageError
from helpers.toy_studies import linear, stripes

ARMS = arms_of(None)[1:3]


@pytest.fixture
def runner(tmp_path):
    def build(steps=40):
        return StudyRunner(
            tmp_path / "s", facts={}, build=linear, real=stripes(60, 0),
            synthetic=stripes(60, 2), test=stripes(200, 1), num_classes=2, steps=steps,
        )  # fmt: skip

    return build


def test_the_smallest_difference_is_the_one_that_studies_report():
    """Simulated: arms that disagree on a tenth of the images, half of it the same for all seeds."""
    random, seeds, labels = np.random.default_rng(0), 5, np.arange(1000) % 2
    found = []
    for _ in range(60):
        lasting = random.random((1, 1000)) < 0.05
        passing = random.random((seeds, 1000)) < 0.05
        signs = random.choice([-1, 1], 1000), random.choice([-1, 1], (seeds, 1000))
        difference = np.where(lasting, signs[0], np.where(passing, signs[1], 0))
        baseline = np.full((seeds, 1000), 0.5)
        found.append(verdicts({"a": baseline + difference}, baseline, labels)["a"].smallest)
    assert detectable(np.bincount(labels), 1, seeds) == pytest.approx(np.mean(found), rel=0.1)
    # A quarter of the images, twice the difference; more arms, larger ones.
    few = detectable(np.array([125, 125]), 1, seeds)
    assert few == pytest.approx(2 * detectable(np.array([500, 500]), 1, seeds), rel=0.02)
    assert detectable(np.array([125, 125]), 8, seeds) > few


def test_time_and_smallest_difference_are_printed_before_the_study(runner, capsys, monkeypatch):
    monkeypatch.setattr(module, "_seconds_per_step", lambda *_: 0.5)
    monkeypatch.setattr(module, "_seconds_to_test", lambda *_: 5.0)
    begun = runner()
    forecast(begun, ARMS, 3)
    said = capsys.readouterr().out
    # 2 arms, 3 seeds, 40 steps of half a second and 5 seconds of testing: 150 seconds.
    assert "6 trainings (2 arms, 3 seeds, 40 steps) take about 2.5 minutes on cpu" in said
    others = [*ARMS[:1], *ARMS[:1]]
    forecast(begun, ARMS, 3, others)
    assert "8 trainings (2 arms, 3 seeds and 2 others, 40 steps)" in capsys.readouterr().out
    power = r"difference of \d+\.\d points. This assumes that two arms disagree on 10% of the "
    assert re.search(power + r"200 test images \(100 in the smallest class\)\.", said)
    begun.run(ARMS, range(3))
    table = capsys.readouterr().out
    assert len(re.findall(r"real, balanced +\d +\d+\.\d+% +\d+\.\d+%", table)) == 3
    # No training remains, so nothing is printed.
    forecast(begun, ARMS, 3)
    assert capsys.readouterr().out == ""


def test_groups_of_test_images_are_counted_once(runner, capsys, monkeypatch):
    monkeypatch.setattr(module, "_seconds_per_step", lambda *_: 0.5)
    monkeypatch.setattr(module, "_seconds_to_test", lambda *_: 5.0)
    begun = runner()
    patients = [f"{label} {n % 10}" for n, label in enumerate(begun.test.labels.tolist())]
    per_class = [sum(name.startswith(f"{label} ") for name in set(patients)) for label in (0, 1)]
    forecast(begun, ARMS, 3, groups=patients)
    said = capsys.readouterr().out
    assert f"10% of the {sum(per_class)} groups of test images ({min(per_class)} in the" in said
    smallest = detectable(np.array(per_class), sum(arm.synthetic for arm in ARMS), 3)
    assert f"difference of {100 * smallest:.1f} points" in said


def test_the_probe_changes_no_result(runner, tmp_path):
    with_probe = runner()
    forecast(with_probe, ARMS, 3)
    found = with_probe.run(ARMS, range(3))
    (tmp_path / "s").rename(tmp_path / "t")
    assert runner().run(ARMS, range(3)) == found


def test_a_quick_study_fits_into_two_minutes_and_resumes(runner, monkeypatch):
    monkeypatch.setattr(module, "_seconds_per_step", lambda *_: 0.25)
    monkeypatch.setattr(module, "_seconds_to_test", lambda *_: 1.0)

    def wanted(begun):
        return quick_steps(begun, arms=ARMS, seeds=3)

    # 90 seconds: for 3 seeds of 2 arms 15 a training, 14 of them for steps.
    assert runner(wanted).steps == 56
    monkeypatch.setattr(module, "_seconds_per_step", lambda *_: 9.0)
    assert runner(wanted).steps == 56


@pytest.mark.parametrize(("step", "steps"), [(1e-6, 1000), (100.0, 10)])
def test_a_quick_study_is_neither_tiny_nor_longer_than_a_full_one(runner, monkeypatch, step, steps):
    monkeypatch.setattr(module, "_seconds_per_step", lambda *_: step)
    assert runner(lambda begun: quick_steps(begun, arms=ARMS, seeds=3)).steps == steps


def test_a_quick_study_states_its_limits():
    note = quick_note(56, 3, 4, 0.042)
    assert "4 arms with 3 seeds and 56 steps; a full one has all arms with 5 seeds and" in note
    power = "Four of five such studies would detect a true difference of 4.2 points."
    assert f"steps. {power} Its classifiers may not be fully trained. Run the full study" in note
    alike = quick_note(1000, 3, 4, 0.042)
    assert "4 arms with 3 seeds; a full one has all arms with 5 seeds. Four" in alike
    assert f"{power} Run the full study" in alike
    assert "5 seeds. Run the full study" in quick_note(1000, 3, 4)
    names = [arm.name for arm in quick_arms(arms_of(lambda image: image))]
    assert names == [
        "real, balanced",
        "real + synthetic x 1",
        "real + augmentation",
        "real + augmentation + synthetic x 1",
    ]


def test_sizes_that_say_nothing_are_refused():
    with pytest.raises(UsageError, match=r"^steps is 5; it must be 10 or more$"):
        check_size(5, 3)
    with pytest.raises(UsageError, match=r"^seeds is 2; it must be 3 or more$"):
        check_size(None, 2)
