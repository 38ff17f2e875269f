"""Domain networks as judges: groups and small classes, and the agreement that they measure."""

import pytest
import torch

from ganaug.evaluation.features.domain import domain_features
from ganaug.evaluation.features.holding_out import held_and_kept
from ganaug.evaluation.features.training import _balanced_order
from ganaug.evaluation.metrics.agreement import agreement

NAMES = ("a", "b", "c")


def test_a_group_is_held_out_as_a_whole():
    groups = [f"p{i // 5}" for i in range(200)]  # 40 patients of 5 images, 20 of each class
    labels = torch.arange(200) // 100
    held, kept = held_and_kept(torch.randperm(200), labels, groups)
    assert not {groups[i] for i in held} & {groups[i] for i in kept}
    assert labels[held].bincount().tolist() == [10, 10]
    assert torch.cat([held, kept]).sort().values.equal(torch.arange(200))
    # Of few large groups one is held out all the same, and of a class with a single group none.
    few = ["a"] * 50 + ["b"] * 50 + ["c"] * 100
    held, _ = held_and_kept(torch.randperm(200), labels, few)
    assert {few[i] for i in held} in ({"a"}, {"b"})
    assert len(held) == 50
    held, kept = held_and_kept(torch.randperm(200), labels, ["one"] * 200)
    assert (len(held), len(kept)) == (20, 180)


def test_what_is_known_of_patients_alone_is_no_accuracy(tmp_path):
    """Each patient's images are alike and of a class drawn by lot: nothing can be learned."""
    random = torch.Generator().manual_seed(0)
    looks = torch.randint(0, 256, (16, 1, 16, 16), generator=random)
    images = looks.repeat_interleave(8, dim=0) + torch.randint(0, 9, (128, 1, 16, 16))
    labels = (torch.arange(16) % 2).repeat_interleave(8)
    patients = [f"{i // 8}" for i in range(128)]
    pixels = images.clamp(0, 255).to(torch.uint8)

    def accuracy(groups):
        network = domain_features(
            pixels,
            labels,
            ("a", "b"),
            "f",
            purpose="fit",
            cache_dir=tmp_path,
            progress=False,
            groups=groups,
        )
        return network.report.held_out_accuracy

    assert accuracy(()) == 1
    assert accuracy(patients) < 0.8


def test_of_few_images_each_class_is_held_out():
    labels = torch.arange(3).repeat(22)
    for seed in range(20):
        torch.manual_seed(seed)
        held, kept = held_and_kept(torch.randperm(66), labels, ())
        assert labels[held].bincount().tolist() == [2, 2, 2]
        assert sorted([*held.tolist(), *kept.tolist()]) == list(range(66))


def test_a_class_of_few_images_keeps_them_all():
    labels = torch.tensor([0] * 60 + [1] * 5)
    held, _ = held_and_kept(torch.randperm(65), labels, ())
    assert labels[held].bincount().tolist() == [6]
    held, _ = held_and_kept(torch.randperm(2), torch.tensor([0, 1]), ())
    assert len(held) == 1


def test_small_classes_come_as_often_as_large_ones():
    torch.manual_seed(0)
    labels = torch.tensor([0] * 900 + [1] * 100)
    assert 400 < labels[_balanced_order(labels, torch.arange(1000))].sum() < 600
    nearly = torch.tensor([0] * 60 + [1] * 40)
    assert _balanced_order(nearly, torch.arange(100)).sort().values.equal(torch.arange(100))


def test_agreement_counts_what_the_judge_reads(make_bars, cached):
    judge = cached(purpose="judge")
    images, labels = make_bars(90, 3, seed=9)
    wrong = labels.clone()
    wrong[labels == 2] = 0  # every image of class c is requested as class a
    found = agreement(
        judge,
        NAMES,
        synthetic=images,
        synthetic_labels=wrong,
        reference=images,
        reference_labels=labels,
    )
    assert found.real_overall == pytest.approx(1, abs=0.05)
    assert found.overall == pytest.approx(2 / 3, abs=0.05)
    assert found.per_class == pytest.approx({"a": 0.5, "b": 1}, abs=0.05)
    assert found.n_per_class == {"a": 60, "b": 30}


def test_no_agreement_without_classes(make_bars, cached):
    images, labels = make_bars(20, 1)
    found = agreement(
        cached(num_classes=1, names=("a",)),
        ("a",),
        synthetic=images,
        synthetic_labels=labels,
        reference=images,
        reference_labels=labels,
    )
    assert found.overall is None
    assert "single class" in found.reason
