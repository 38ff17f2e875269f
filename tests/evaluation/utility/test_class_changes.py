"""The classes that a study names, and the chance that it rules out before."""

import json

import numpy as np
import pytest

from ganaug.evaluation.utility.class_changes import ClassChange, changes_in_words, class_changes
from ganaug.evaluation.utility.result import Study
from ganaug.evaluation.utility.scores import Scores
from ganaug.evaluation.utility.significance import HELPS, HURTS, NO_DIFFERENCE, Verdict


def change(word, difference, n=20):
    return ClassChange(Verdict(word, difference, (difference - 0.1, difference), 0.01, 0.1), n)


CHANGES = [change(HELPS, 0.1), change(HURTS, -0.3, 1200), change(NO_DIFFERENCE, 0.4, 3)]


def test_gains_and_losses_beyond_chance_are_named_with_their_images():
    assert changes_in_words(CHANGES, "abc") == (
        "Beyond chance, recall rises most in a (+10.0 points, 20 test images) and falls most in "
        "b (-30.0 points, 1,200 test images)."
    )
    assert "Beyond chance, recall falls most in b (" in changes_in_words(CHANGES[1:], "bc")
    words = changes_in_words(CHANGES[2:], "c")
    assert words.startswith("No change in the recall of a single class")
    assert changes_in_words((), "abc") == ""


def test_one_of_three_images_is_not_a_change():
    """It changes with every seed, so an interval over the seeds would have no width."""
    labels, baseline = np.repeat([0, 1], [200, 3]), np.ones((5, 203))
    baseline[:, -1] = 0
    common, rare = class_changes(np.ones((5, 203)), baseline, labels, arms=1)
    assert (rare.verdict.word, rare.n, common.n) == (NO_DIFFERENCE, 3, 200)
    assert rare.verdict.difference == pytest.approx(1 / 3)
    assert rare.verdict.interval[0] < 0


def test_a_clear_change_of_one_class_is_found():
    random, labels = np.random.default_rng(0), np.repeat([0, 1], 100)
    right = random.random((2, 5, 200)) < 0.5
    right[1][:, labels == 1] = True
    first, second = class_changes(right[1], right[0].astype(float), labels, arms=2)
    assert (first.verdict.word, second.verdict.word) == (NO_DIFFERENCE, HELPS)


def test_changes_are_corrected_for_all_arms_and_classes():
    """Otherwise, of many classes, one would seem to change by chance."""
    labels = np.repeat([0, 1, 2], 100)
    baseline, correct = np.random.default_rng(0).random((2, 5, 300)) < 0.5
    correct |= np.random.default_rng(1).random((5, 300)) < 0.2
    changes = class_changes(correct, baseline, labels, arms=2)
    for label, change in enumerate(changes):
        mask = labels == label
        (alone,) = class_changes(correct[:, mask], baseline[:, mask], 0 * labels[mask], arms=1)
        assert change.verdict.p_value == pytest.approx(min(1.0, 6 * alone.verdict.p_value))


def test_a_change_on_the_images_of_one_patient_is_no_change_of_the_class():
    labels, patients = np.repeat([0, 1], 50), np.repeat(["a", "b", "c", "d"], 25)
    correct = np.tile(patients == "a", (5, 1))
    alone, grouped = (
        class_changes(correct, np.zeros((5, 100)), labels, 1, groups)[0].verdict
        for groups in ((), patients)
    )
    assert alone.difference == grouped.difference == 0.5
    assert (alone.word, grouped.word) == (HELPS, NO_DIFFERENCE)


def test_a_study_keeps_its_changes_and_one_without_is_read():
    scores = {"both": [Scores(0.5, 0.5, (0.5, 0.5, 0.5), 0.1, ())]}
    study = Study(
        scores, "real", {"both": CHANGES[0].verdict}, "both", ("a", "b", "c"), classes=CHANGES
    )
    assert "rises most in a (+10.0 points" in study.sentence
    written = json.loads(json.dumps(study.to_dict()))
    assert Study.from_dict(written).classes == CHANGES
    del written["classes"]
    earlier = Study.from_dict(written)
    assert earlier.classes == []
    assert earlier.sentence.endswith("the best without.")
