"""The folds of a search: groups stay together, and each fold holds out images of some class."""

import pytest
import torch

from ganaug.evaluation.advice.trainings.folds import FOLDS, CrossValidation
from ganaug.utils.errors import UsageError

REPEATS = 5


def mixed_patients(patients, classes, seed):
    """Return folds of patients that each have two images of every class."""
    labels = torch.arange(classes).repeat_interleave(2).repeat(patients)
    groups = [f"patient {row // (2 * classes)}" for row in range(len(labels))]
    return CrossValidation(labels, groups, seed)


def test_groups_stay_together_in_every_repeat():
    labels = torch.tensor([0] * 8 + [1] * 8)
    groups = [f"patient {row // 2}" for row in range(16)]
    folds = CrossValidation(labels, groups, seed=3)
    for repeat in range(4):
        for number in range(FOLDS):
            fold = folds.fold(repeat, number)
            apart = {groups[row] for row in fold.train} & {groups[row] for row in fold.held_out}
            assert not apart
            assert len(labels[fold.held_out].unique()) == 2


@pytest.mark.parametrize(("patients", "classes"), [(3, 2), (4, 2), (3, 7)])
@pytest.mark.parametrize("seed", range(5))
def test_each_fold_holds_out_some_of_a_few_patients_with_several_classes(patients, classes, seed):
    folds = mixed_patients(patients, classes, seed)
    folds.refuse_too_few()
    for repeat in range(REPEATS):
        sizes = [len(folds.fold(repeat, number).held_out) for number in range(FOLDS)]
        assert min(sizes) > 0
        assert sum(sizes) == len(folds.labels)


def test_too_few_groups_are_refused():
    with pytest.raises(UsageError, match=r"fewer than 3 images \(or groups of them\)"):
        mixed_patients(2, 2, 0).refuse_too_few()


def test_groups_that_cannot_be_split_in_a_later_repeat_are_refused_before_the_search(monkeypatch):
    folds = mixed_patients(6, 2, 0)
    fold_numbers = folds._fold_numbers

    def fails_later(repeat):
        if repeat == REPEATS - 1:
            raise UsageError("groups: no split")
        return fold_numbers(repeat)

    monkeypatch.setattr(folds, "_fold_numbers", fails_later)
    with pytest.raises(UsageError, match="groups: no split"):
        folds.refuse_too_few()


def test_only_some_images_of_a_large_class_are_held_out():
    labels = torch.tensor([0] * 1000 + [1] * 20)
    folds = CrossValidation(labels)
    assert labels[folds.scored].bincount().tolist() == [400, 20]
    assert len(folds.fold(0, 0).train) + len(folds.fold(0, 0).held_out) == 1020
