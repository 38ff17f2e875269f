"""An attack recognizes the training images of a memorizing set, and of no other set."""

from dataclasses import asdict, replace

import torch
from torch import nn

from ganaug.evaluation.membership.attack import Attack, attack
from ganaug.evaluation.membership.attacker import Attacker
from ganaug.evaluation.membership.result import Membership
from ganaug.evaluation.memorization.detector import MemorizationDetector
from ganaug.evaluation.result import Evaluation
from ganaug.evaluation.table import membership as words
from ganaug.utils.pixels import to_float
from helpers.membership import (
    HELD_OUT,
    MADE,
    NAMES,
    TRAIN,
    Maps,
    attacker,
    changed,
    images,
    membership,
)


def test_a_planted_memorizer_is_found_out():
    found, train = attacker(0)
    result = membership(found, changed(train))
    assert result.distance.auc >= 0.95
    assert result.distance.tpr >= 0.9
    assert result.found
    assert set(result.by_class) == set(NAMES)
    assert all(each.auc >= 0.95 for each in result.by_class.values())
    assert result.control.interval[0] < 0.5 < result.control.interval[1]


def test_a_generator_that_never_saw_the_images_is_not():
    held, control = 0, 0
    for seed in range(20):
        found, _ = attacker(100 + seed)
        result = membership(found, images(10 * seed + 7, MADE)[0])
        held += result.distance.interval[0] <= 0.5 <= result.distance.interval[1]
        control += result.control.interval[0] <= 0.5 <= result.control.interval[1]
    assert held >= 18
    assert control >= 18


def test_mirror_images_give_away_what_training_mirrored():
    found, train = attacker(0, mirrored=True)
    assert membership(found, changed(train).flip(3)).distance.auc >= 0.95
    found, train = attacker(0)
    assert membership(found, changed(train).flip(3)).distance.auc < 0.7


def test_only_the_memorized_class_is_recognized():
    found, train = attacker(3)
    made = torch.cat([changed(train[::2]), images(77, MADE)[0][1::2]])
    by_class = membership(found, made).by_class
    assert by_class["a"].auc >= 0.95
    assert by_class["b"].interval[0] <= 0.5


def test_among_many_classes_one_must_stand_out_more():
    weak, clear, chance = (
        Attack(auc, (auc - 0.095, auc + 0.095), None, None, 50, 50) for auc in (0.6, 0.8, 0.5)
    )
    assert Membership(chance, "maps", by_class={"a": weak}).recognized_classes == ["a"]
    classes = {"a": weak, "b": clear} | {str(number): chance for number in range(8)}
    assert Membership(chance, "maps", by_class=classes).recognized_classes == ["b"]


class Overfitted(nn.Module):
    """A discriminator that knows its training images by heart."""

    def __init__(self, known):
        super().__init__()
        self.known = to_float(known)

    def judge(self, images, labels):
        return -torch.cdist(images.flatten(1), self.known.flatten(1)).min(1).values


def test_a_discriminator_gives_away_what_the_set_does_not():
    found, train = attacker(4)
    made = found.detector.maps(images(55, MADE)[0])
    known = found.membership(made, Overfitted(train))
    assert known.discriminator.auc == 1.0
    assert not known.found
    assert found.membership(made).discriminator is None
    intervals = [
        attack(
            *found.critic_scores(Overfitted(images(900 + seed, TRAIN)[0])), *found.labels
        ).interval
        for found, seed in ((attacker(300 + seed)[0], seed) for seed in range(20))
    ]
    assert sum(low <= 0.5 <= high for low, high in intervals) >= 18


def test_membership_is_read_back_and_put_in_words():
    found, train = attacker(0)
    result = membership(found, changed(train))
    assert Membership.from_dict(asdict(result)) == result
    evaluation = Evaluation.from_dict(Evaluation({}, membership=result).to_dict())
    assert evaluation.membership == result
    assert evaluation["membership"].value == result.distance.auc
    assert evaluation["membership"].real_baseline.value == result.control.auc
    assert evaluation["membership_tpr"].value == result.distance.tpr
    text = words(evaluation)
    assert "of 60 training and 100 held-out images" in text
    assert "with 40 validation images as the set" in text
    few = Evaluation({}, membership=replace(result, distance=result.by_class["a"]))
    assert few["membership_tpr"].value is None
    assert few["membership_tpr"].reason == "needs 100 held-out images, got 50"
    assert "found at 1% false positives: needs 100 held-out images, got 50" in words(few)
    assert Evaluation.from_dict(few.to_dict()).membership == few.membership


def test_why_there_is_none_is_said():
    evaluation = Evaluation.from_dict(Evaluation({}, membership_missing="too few").to_dict())
    assert words(evaluation) == "membership: too few"
    assert "membership" not in evaluation


def test_unlabeled_training_images_are_left_out():
    train, labels = images(0, TRAIN)
    labels = labels.clone()
    labels[:20] = -1
    held_out = images(1, HELD_OUT)
    detector = MemorizationDetector(Maps(), train=train, held_out=held_out[0])
    found = Attacker(detector, (train, labels), held_out, held_out[0][:0], NAMES)
    result = found.membership(detector.maps(changed(train)))
    assert result.distance.n == 40
    assert result.control is None
