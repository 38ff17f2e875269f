"""The effect of a plan that fills up single classes, and its description in words."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from ganaug.evaluation.utility.arms import arms_of
from ganaug.evaluation.utility.classifiers import DataMix, Images, MixSampler
from ganaug.evaluation.utility.plan import Plan, effect_of, without
from ganaug.evaluation.utility.result import Study
from ganaug.evaluation.utility.significance import verdicts
from ganaug.evaluation.utility.study import StudyRunner, compare
from ganaug.utils.errors import UsageError
from helpers.toy_studies import linear, stripes

PLANNED = "real + synthetic as planned"
PLANNED_AUGMENTED = "real + augmentation + synthetic as planned"


def test_the_plan_of_a_set():
    real = torch.tensor([0] * 60 + [1] * 20 + [2] * 20)
    gaps = Plan.of(real, torch.tensor([1] * 30 + [2] * 60), 3)
    assert gaps.shares == pytest.approx((0, 0.6, 0.75))
    assert (gaps.has_gaps, gaps.is_even, gaps.filled) == (True, False, [1, 2])
    even = Plan.of(real, torch.tensor([0] * 60 + [1] * 20 + [2] * 19), 3)
    assert (even.has_gaps, even.is_even) == (False, True)
    uneven = Plan.of(real, torch.tensor([0] * 60 + [1] * 20 + [2] * 80), 3)
    assert (uneven.has_gaps, uneven.is_even, uneven.filled) == (False, False, [2])


def test_arms_of_a_plan():
    def light(image):
        return image

    gaps = [arm.name for arm in arms_of(light, Plan((0.0, 0.5)))]
    without = ["real", "real, balanced", "real + augmentation"]
    assert gaps == [*without, PLANNED, PLANNED_AUGMENTED]
    even = [arm.name for arm in arms_of(light)]
    assert [arm.name for arm in arms_of(light, Plan((0.5, 0.52)))] == even
    assert [arm.name for arm in arms_of(None, Plan((0.2, 0.6)))][-1] == PLANNED
    assert "real + synthetic x 1" in [arm.name for arm in arms_of(None, Plan((0.2, 0.6)))]


def test_each_class_is_drawn_with_its_own_share():
    real = Images(torch.zeros(4, 1, 2, 2, dtype=torch.uint8), torch.tensor([0, 0, 1, 1]))
    made = Images(torch.ones(3, 1, 2, 2, dtype=torch.uint8), torch.tensor([1, 1, 1]))
    images, labels = MixSampler(DataMix(share=(0.0, 0.6)), real, made, 2, 0).batch(20_000)
    synthetic = images[:, 0, 0, 0].double()
    assert synthetic[labels == 0].sum() == 0
    assert synthetic[labels == 1].mean() == pytest.approx(0.6, abs=0.02)
    with pytest.raises(UsageError, match="class 0 has no synthetic image to train on"):
        MixSampler(DataMix(share=(0.1, 0.6)), real, made, 2, 0)


@pytest.fixture
def judged(tmp_path):
    """Return a study of synthetic images that fill up the second class alone."""

    def study(marked):
        real, test = stripes(60, 0, noise=60), stripes(1000, 1, noise=60)
        synthetic = stripes(200, 2, 60, torch.ones(200, dtype=torch.int64))
        if marked:  # by a look that no real image has
            synthetic.images[:, :, 8:] = 255
        plan = Plan.of(real.labels, synthetic.labels, 2)
        runner = StudyRunner(
            tmp_path / "s", facts={}, build=linear, real=real, synthetic=synthetic, test=test,
            num_classes=2, steps=60,
        )  # fmt: skip
        arms = arms_of(None, plan)
        synthetic_arm = {arm.name: arm.synthetic for arm in arms}
        return compare(runner.run(arms, range(4)), synthetic_arm.get, test.labels, plan)

    return study


def test_an_artifact_that_reveals_the_class_is_found(judged):
    found = judged(marked=True)
    assert found.effect.filled.word == "hurts"
    assert "images make up 87% of 'class 1', and none of any other class. On" in found.plan_sentence
    assert "the recall of this class changes by -" in found.plan_sentence
    assert "A classifier can learn that whatever looks synthetic belongs to" in str(found)
    assert "miss real images of it; here its recall falls." in found.plan_sentence
    others = replace(found.effect, shares=(0.3, 0.4, 0.05), labels=(0, 1))
    assert "make up 30% of 'a', 40% of 'b', and at most 5% of any other class. On" in (
        others.sentence("abc")
    )
    assert "belongs to these classes, and miss real images of them" in others.sentence("abc")
    filled = replace(found.effect.filled, word="no difference found")
    costly = replace(found.effect, filled=filled, others=replace(filled, word="hurts"))
    assert "other classes falls; a fall in the recall of this class was not found." in (
        costly.sentence("ab")
    )
    again = Study.from_dict(json.loads(json.dumps(found.to_dict())))
    assert again.plan_sentence == found.plan_sentence


def test_images_without_artifacts_are_not_blamed(judged):
    found = judged(marked=False)
    assert found.effect.filled.word != "hurts"
    assert "recall falls" not in found.plan_sentence


@pytest.fixture
def named_right():
    """Return whether images are named right, by arm and recall of the classes."""

    def draw(labels, **recalls):
        random = np.random.default_rng(0)
        names = {"plain": PLANNED, "changed": PLANNED_AUGMENTED}
        arms = {}
        for short, own in recalls.items():
            arm = names[short]
            arms[arm] = random.random((4, len(labels))) < np.array(own)[labels]
            arms[without(arm)] = random.random((4, len(labels))) < 0.5
        return arms

    return draw


def test_the_best_arm_has_the_highest_balanced_accuracy(named_right):
    labels = np.repeat([0, 1], [900, 100])
    right = named_right(labels, plain=(0.8, 0.2), changed=(0.6, 0.9))
    assert right[PLANNED].mean() > right[PLANNED_AUGMENTED].mean()
    assert effect_of(Plan((0.0, 0.5)), right, labels).arm == PLANNED_AUGMENTED


def test_the_effect_is_widened_for_all_arms_and_both_parts(named_right):
    labels = np.repeat([0, 1], 200)
    right = named_right(labels, plain=(0.5, 0.6), changed=(0.5, 0.5))
    found = effect_of(Plan((0.0, 0.5)), right, labels)
    assert found.arm == PLANNED
    for own, part in ((found.filled, labels == 1), (found.others, labels == 0)):
        four = dict.fromkeys("abcd", right[PLANNED][:, part])
        nothing = np.zeros(200, dtype=int)
        assert own == verdicts(four, right["real, balanced"][:, part], nothing)["a"]


def test_an_even_plan_has_no_sentence():
    found = Study({}, "", {}, "")
    assert found.plan_sentence == ""
