"""Verdicts on known differences, and the smallest difference that a study can detect."""

import tracemalloc
from functools import partial

import numpy as np
import pytest
import torch
from scipy import stats
from sklearn import metrics

from ganaug.evaluation.utility.scores import scores
from ganaug.evaluation.utility.significance import HELPS, HURTS, NO_DIFFERENCE, verdicts
from ganaug.evaluation.utility.spread import class_means, spread_of
from ganaug.utils.errors import UsageError

DRAWS = 400
# One in twenty, and two standard errors of that share in so many draws; fewer are fine.
ALLOWED = 0.05 + 2 * (0.05 * 0.95 / DRAWS) ** 0.5


def world(rng, *, seeds=5, images=500, classes=5, images_apart=0.3, seeds_apart=0.05, gain=0.0):
    """Two arms of the same worth, but for a gain: the second is right on other images, and seeds
    and what a seed makes of an image are chance."""
    labels = np.arange(images) % classes
    hard = rng.normal(0.6, 1, images)

    def arm(more):
        shift = rng.normal(0, images_apart, images) + rng.normal(0, seeds_apart, (seeds, 1))
        return (hard + shift + rng.normal(0, 0.5, (seeds, images)) + more > 0).astype(float)

    return arm(0.0), arm(gain), labels


def one(baseline, arm, labels):
    return verdicts({"arm": arm}, baseline, labels)["arm"]


def falsely_found(study):
    """The share of differences among equal arms that a study finds."""
    return sum(study().word != NO_DIFFERENCE for _ in range(DRAWS)) / DRAWS


def test_clear_differences():
    rng = np.random.default_rng(0)
    worse, better, labels = world(rng, gain=0.6)
    assert one(worse, better, labels).word == HELPS
    assert one(better, worse, labels).word == HURTS


def test_means_of_many_classes_take_memory_for_the_images_alone():
    """A one-hot row of 10,000 classes for each of 20,000 images would take 1.6 GB."""
    values = np.random.default_rng(0).random((2, 20_000)) < 0.5
    labels = np.arange(20_000) // 2
    tracemalloc.start()
    found = class_means(values, labels)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 10_000_000
    assert np.array_equal(found, values.reshape(2, -1, 2).mean(axis=2))
    assert np.array_equal(class_means(values[0], labels), found[0])


def test_intervals_stay_between_minus_one_and_one():
    baseline, labels = np.array([[0, 1, 1], [1, 1, 0], [0, 1, 1]]), np.array([0, 1, 1])
    found = one(baseline, 1 - baseline, labels)
    assert -1 <= found.interval[0] <= found.difference <= found.interval[1] <= 1


def test_the_difference_is_that_of_balanced_accuracies():
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], [50, 20, 5])
    baseline, arm = rng.random((2, 4, 75)) < 0.7
    expected = [
        metrics.balanced_accuracy_score(labels, np.where(right, labels, (labels + 1) % 3))
        for right in (*arm, *baseline)
    ]
    found = one(baseline, arm, labels)
    assert found.difference == pytest.approx(np.mean(expected[:4]) - np.mean(expected[4:]))


def test_identical_answers_are_no_difference():
    baseline, _, labels = world(np.random.default_rng(0))
    found = one(baseline, baseline, labels)
    assert (found.word, found.difference) == (NO_DIFFERENCE, 0.0)
    assert found.p_value == pytest.approx(1.0)


@pytest.mark.parametrize(
    "settings",
    [
        {"images_apart": 0.0, "seeds_apart": 0.1},
        {"images_apart": 0.6, "seeds_apart": 0.0},
        {"seeds": 10},
        {"seeds": 3, "seeds_apart": 0.1},
        {"images_apart": 0.6, "images": 100, "classes": 2, "seeds": 10},
    ],
    ids=["seeds differ", "images do", "both", "few seeds", "few images"],
)
def test_at_most_one_in_twenty_equal_arms_seems_to_differ(settings):
    """Over other seeds and other test images, whichever of the two chance comes from."""
    rng = np.random.default_rng(0)
    assert falsely_found(lambda: one(*world(rng, **settings))) < ALLOWED


def test_a_noisy_class_does_not_hide_that_a_rare_one_has_few_images():
    """Of the common class, seeds decide; of the rare one, the images do."""
    rng, labels = np.random.default_rng(0), np.repeat([0, 1], [400, 10])
    by_image, by_seed = np.array([0.0, 0.8])[labels], np.array([2.0, 0.1])[labels]

    def study():
        hard = rng.normal(0.6, 1, 410)
        baseline, arm = (
            hard + rng.normal(0, 1, 410) * by_image + rng.normal(0, 1, (5, 410)) * by_seed > 0
            for _ in range(2)
        )
        return one(baseline.astype(float), arm, labels)

    assert falsely_found(study) < ALLOWED


def right_on_other_patients(rng, sizes, one_class=True):
    """The verdict on two equal arms; patients with so many images are of one class or of both."""
    groups = np.repeat(np.arange(len(sizes)), sizes)
    labels = (groups if one_class else np.arange(len(groups))) % 2
    hard = rng.normal(0.6, 1, len(groups))
    baseline, arm = (
        hard + rng.normal(0, 1, len(sizes))[groups] + rng.normal(0, 0.5, (5, len(groups))) > 0
        for _ in range(2)
    )
    return verdicts({"arm": arm}, baseline.astype(float), labels, groups=groups)["arm"]


@pytest.mark.parametrize(("patients", "one_class"), [(20, True), (10, True), (10, False)])
def test_images_of_a_patient_are_not_counted_as_independent(patients, one_class):
    rng = np.random.default_rng(0)
    study = partial(right_on_other_patients, rng, [20] * patients, one_class)
    assert falsely_found(study) < ALLOWED


def test_patients_may_have_very_different_numbers_of_images():
    rng = np.random.default_rng(0)
    unequal = (np.ceil(10 * rng.lognormal(size=10)).astype(int) for _ in range(DRAWS))
    assert falsely_found(lambda: right_on_other_patients(rng, next(unequal))) < ALLOWED


def test_a_patient_with_most_images_of_a_class_counts_once():
    rng = np.random.default_rng(0)
    study = partial(right_on_other_patients, rng, [100, 100] + [2] * 10)
    assert falsely_found(study) < ALLOWED


def test_groups_of_one_image_are_no_groups():
    baseline, arm, labels = world(np.random.default_rng(0), images=60)
    alone = [f"patient {number:03}" for number in range(60)]
    assert spread_of(arm - baseline, labels, alone) == spread_of(arm - baseline, labels)


@pytest.mark.parametrize(("images", "patients"), [(1, []), (30, ["a"] * 30 + ["b"] * 30)])
def test_a_class_of_a_single_case_proves_nothing(images, patients):
    """It changes with every seed, and no other image does."""
    labels = np.repeat([0, 1], [30, images])
    baseline = np.repeat([[1.0, 0.0]], 5, axis=0)[:, labels]
    arms = {"arm": np.ones((5, len(labels)))}
    found = verdicts(arms, baseline, labels, groups=patients)["arm"]
    assert (found.word, found.difference) == (NO_DIFFERENCE, 0.5)


def test_the_smallest_difference_is_found_four_times_in_five():
    """Of differences that the seeds scatter, all images of a seed alike."""
    rng, labels = np.random.default_rng(0), np.arange(2000) % 2

    def study(gain):
        by_seed = rng.normal(gain, 0.01, 8)
        return one(np.zeros((8, 2000)), np.repeat(by_seed[:, None], 2000, axis=1), labels)

    smallest = np.mean([study(0.0).smallest for _ in range(200)])
    words = [study(smallest).word for _ in range(400)]
    assert words.count(HELPS) / 400 == pytest.approx(0.8, abs=0.06)


def test_a_difference_on_few_test_images_is_not_significant():
    labels = np.array([0] * 200 + [1] * 2)
    baseline = np.ones((5, 202))
    baseline[:, -1] = 0  # one of the two of a class, with every seed
    found = one(baseline, np.ones((5, 202)), labels)
    assert found.word == NO_DIFFERENCE
    assert found.difference == pytest.approx(0.25)


def test_with_identical_images_the_interval_is_the_t_test_over_seeds():
    """Every image of a class is like every other, so that only the seeds differ."""
    rng = np.random.default_rng(0)
    labels = np.arange(40_000) % 2
    by_seed = rng.normal(0.02, 0.01, 6)
    differences = np.repeat(by_seed[:, None], 40_000, axis=1)
    spread = spread_of(differences, labels)
    test = stats.ttest_1samp(by_seed, 0)
    assert spread.p_value(by_seed.mean()) == pytest.approx(test.pvalue, rel=0.01)
    reach = test.confidence_interval(0.95).high - by_seed.mean()
    assert spread.reach(0.975) == pytest.approx(reach, rel=0.01)


def test_many_arms_make_a_verdict_harder():
    rng = np.random.default_rng(1)
    baseline, arm, labels = world(rng)
    alone = verdicts({"0": arm}, baseline, labels)["0"]
    among = verdicts({str(i): arm for i in range(10)}, baseline, labels)["0"]
    assert among.p_value == pytest.approx(min(1.0, 10 * alone.p_value))
    assert among.interval[1] > alone.interval[1]


def test_chance_that_differs_with_seed_and_image_counts_once():
    """The standard error of the mean of independent numbers is known."""
    differences = np.random.default_rng(0).choice([-1.0, 1.0], (60, 2000))
    spread = spread_of(differences, np.arange(2000) % 2)
    expected = 1 / differences.size**0.5
    assert np.hypot(spread.seeds, spread.images) == pytest.approx(expected, rel=0.15)


def test_the_same_answer_on_each_of_a_few_images_has_an_interval():
    """All three images of a class change with every seed, but another one might not."""
    labels = np.repeat([0, 1], 3)
    found = one(np.tile(labels, (5, 1)), np.ones((5, 6)), labels)
    assert found.difference == 0.5
    assert found.interval[0] < 0.25


def test_too_few_seeds():
    with pytest.raises(UsageError, match="seeds is 2, too few to estimate chance"):
        one(np.ones((2, 4)), np.ones((2, 4)), np.array([0, 0, 1, 1]))


def test_scores_are_those_of_scikit_learn():
    torch.manual_seed(0)
    logits, labels = torch.randn(500, 4), torch.randint(0, 4, (500,))
    found, said = scores(logits, labels, 4), logits.argmax(1)
    assert found.balanced_accuracy == pytest.approx(metrics.balanced_accuracy_score(labels, said))
    assert found.macro_f1 == pytest.approx(metrics.f1_score(labels, said, average="macro"))
    recalls = metrics.recall_score(labels, said, average=None)
    assert found.recalls == pytest.approx(tuple(recalls))


def test_calibration_by_hand():
    sure = torch.tensor([[10.0, -10.0]] * 4)
    assert scores(sure, torch.tensor([0, 0, 1, 1]), 2).calibration_error == pytest.approx(0.5)
    assert scores(sure, torch.tensor([0, 0, 0, 1]), 2).calibration_error == pytest.approx(0.25)
