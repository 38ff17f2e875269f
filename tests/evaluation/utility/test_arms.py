"""The arms of a study by name, and their mixes."""

import pytest

from ganaug.evaluation.utility.arms import (
    arms_of,
    chosen_arms,
    draws_note,
    further_arms,
    quick_arms,
)
from ganaug.evaluation.utility.plan import Plan
from ganaug.utils.errors import UsageError


def light(image):
    return image


def elastic(image):
    return image[::-1]


def names(arms):
    return [arm.name for arm in arms]


def test_the_standard_arms_and_their_order_are_those_of_before():
    assert names(chosen_arms(arms_of(light), [], further_arms(arms_of(light)))) == [
        "real",
        "real, balanced",
        *(f"real + synthetic x {ratio}" for ratio in (0.25, 0.5, 1, 2)),
        "real + augmentation",
        *(f"real + augmentation + synthetic x {ratio}" for ratio in (0.25, 0.5, 1, 2)),
        "pre-trained on synthetic",
        "synthetic only",
    ]
    assert names(arms_of({"light": light})) == names(arms_of(light))
    assert names(arms_of({})) == names(arms_of(None))


def test_several_augmentations_have_arms_of_their_own():
    arms = {arm.name: arm for arm in arms_of({"light": light, "elastic": elastic})}
    assert len(arms) == 2 + 4 + 2 * 5 + 2 + 1
    for name, own in (("light", light), ("elastic", elastic)):
        assert arms[f"real + augmentation {name}"].mix.augmentation is own
        assert arms[f"real + augmentation {name} + synthetic x 2"].mix.augmentation is own
        first = arms[f"pre-trained on synthetic, augmentation {name}"].first
        assert (first.real, first.augmentation) == (False, own)
    quick = names(quick_arms(list(arms.values())))
    assert quick == [
        "real, balanced",
        "real + synthetic x 1",
        "real + augmentation light",
        "real + augmentation light + synthetic x 1",
        "real + augmentation elastic",
        "real + augmentation elastic + synthetic x 1",
    ]
    planned = names(arms_of({"a": light, "b": elastic}, Plan((0.0, 0.5))))
    assert planned[-2:] == [f"real + augmentation {x} + synthetic as planned" for x in "ab"]


def test_further_arms_are_for_each_base():
    arms = {arm.name: arm for arm in further_arms(arms_of(light))}
    assert list(arms) == [
        "real, balanced, mixup",
        "real, balanced, cutmix",
        "real + synthetic x 1, weight 0.3",
        "real + synthetic x 1, soft labels",
        "real + synthetic x 1, useful",
        "real + synthetic x 1, mixup",
        "real + synthetic x 1, cutmix",
        "real + duplicates x 1",
        "real + augmentation, mixup",
        "real + augmentation, cutmix",
        "real + augmentation + synthetic x 1, weight 0.3",
        "real + augmentation + synthetic x 1, soft labels",
        "real + augmentation + synthetic x 1, useful",
        "real + augmentation + synthetic x 1, mixup",
        "real + augmentation + synthetic x 1, cutmix",
        "real + augmentation + duplicates x 1",
    ]
    assert {name for name, arm in arms.items() if arm.synthetic} == {
        name for name in arms if "synthetic" in name
    }
    mix = arms["real + augmentation + synthetic x 1, weight 0.3"].mix
    assert (mix.weight, mix.share, mix.augmentation) == (0.3, 0.5, light)
    gaps = further_arms(arms_of(None, Plan((0.0, 0.5))))
    assert names(gaps)[2] == "real + synthetic as planned, weight 0.3"
    assert gaps[-1].name == "real + duplicates as planned"
    assert gaps[-1].mix.share == (0.0, 0.5)


def test_presets_stand_for_several_arms():
    standard = arms_of(light)
    further = further_arms(standard)
    assert chosen_arms(standard, ["all"], further) == [*standard, *further]
    some = names(chosen_arms(standard, ["standard", "real + duplicates x 1", "real"], further))
    assert some == [*names(standard), "real + duplicates x 1"]
    with pytest.raises(UsageError, match=r"arm 'al' is not one of standard, all, real, .*'all'"):
        chosen_arms(standard, ["al"], further)
    with pytest.raises(UsageError, match="with synthetic images and one without"):
        chosen_arms(standard, ["real", "real + duplicates x 1"], further)


def test_a_small_set_is_said_to_be_repeated():
    """The largest ratio of the standard arms is two synthetic images for each real one."""
    arms = arms_of(None)
    assert draws_note(arms, real=100, synthetic=200) == ""
    assert "so arms above x 1.5 draw each synthetic image more" in draws_note(arms, 100, 150)
    assert draws_note([arm for arm in arms if not arm.synthetic], 100, 1) == ""
