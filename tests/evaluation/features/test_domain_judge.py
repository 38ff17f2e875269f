"""Domain networks as judges: groups and small classes, and the agreement that they measure."""

from types import SimpleNamespace

import pytest
import torch

from datamodules.mnist import MNISTDataModule
from ganaug.evaluation.features import few_images
from ganaug.evaluation.features.domain import domain_features, train_domain_network
from ganaug.evaluation.features.epochs import balanced_order
from ganaug.evaluation.features.holding_out import held_and_kept, number_of_units, parts_of
from ganaug.evaluation.features.networks import read_features
from ganaug.evaluation.features.trust import weakness
from ganaug.evaluation.metrics.agreement import agreement

NAMES = ("a", "b", "c")


def test_a_group_is_held_out_as_a_whole():
    groups = [f"p{i // 5}" for i in range(200)]  # 40 patients of 5 images, 20 of each class
    labels = torch.arange(200) // 100
    held, kept = held_and_kept(torch.randperm(200), labels, groups)
    assert not {groups[i] for i in held} & {groups[i] for i in kept}
    assert labels[held].bincount().tolist() == [10, 10]
    assert torch.cat([held, kept]).sort().values.equal(torch.arange(200))
    # One of a few large groups is still held out, but never the only group of a class.
    few = ["a"] * 50 + ["b"] * 50 + ["c"] * 100
    held, _ = held_and_kept(torch.randperm(200), labels, few)
    assert {few[i] for i in held} in ({"a"}, {"b"})
    assert len(held) == 50
    held, kept = held_and_kept(torch.randperm(200), labels, ["one"] * 200)
    assert (len(held), len(kept)) == (20, 180)


def test_recognizing_patients_does_not_count_as_accuracy(tmp_path):
    """Each patient's images are alike and of a class drawn by lot: nothing can be learned."""
    random = torch.Generator().manual_seed(0)
    looks = torch.randint(0, 256, (16, 1, 16, 16), generator=random)
    noise = torch.randint(0, 9, (128, 1, 16, 16), generator=random)
    images = looks.repeat_interleave(8, dim=0) + noise
    labels = (torch.arange(16) % 2).repeat_interleave(8)
    patients = [f"{i // 8}" for i in range(128)]
    pixels = images.clamp(0, 255).to(torch.uint8)

    def report(groups):
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
        return network.report

    assert report(()).held_out_accuracy == 1
    found = report(patients)
    assert (found.held_out, found.units) == (128, 16)
    assert not found.beats_chance


def test_each_class_is_in_each_part_of_few_images():
    labels = torch.arange(3).repeat(22)
    for seed in range(20):
        torch.manual_seed(seed)
        parts = parts_of(torch.randperm(66), labels, ())
        for part in range(4):
            assert set(labels[parts == part].bincount().tolist()) <= {5, 6}
    # The only image of a class is always trained on.
    labels = torch.tensor([0] * 6 + [1])
    parts = parts_of(torch.randperm(7), labels, ())
    assert parts[6] == -1
    assert sorted(parts[:6].tolist()) == [0, 0, 1, 1, 2, 3]
    assert sorted(parts_of(torch.randperm(5), torch.arange(5), ()).tolist()) == [0, 0, 1, 2, 3]
    assert sorted(parts_of(torch.randperm(8), None, ()).tolist()) == [0, 0, 1, 1, 2, 2, 3, 3]


def test_groups_of_few_images_are_whole_and_count_once():
    labels, groups = torch.arange(24) // 12, [f"p{i // 2}" for i in range(24)]
    parts = parts_of(torch.randperm(24), labels, groups)
    assert torch.equal(parts[::2], parts[1::2])
    for part in range(4):
        assert labels[parts == part].unique().tolist() == [0, 1]
    assert number_of_units(parts, groups) == 12
    # With one patient for each class, single images are held out, as if they were independent.
    cut = [f"p{label}" for label in labels.tolist()]
    parts = parts_of(torch.randperm(24), labels, cut)
    assert parts.bincount().tolist() == [6] * 4
    assert number_of_units(parts, cut) == 24


@pytest.fixture
def digits(monkeypatch):
    """22 images each of three digits that resemble each other, and others of them."""
    monkeypatch.setattr(few_images, "MOST_EPOCHS", 40)
    data = MNISTDataModule(classes=[3, 5, 8], per_class=22, image_size=28)
    return *data.images("train"), *data.images("test", limit=300)


def test_few_images_are_enough_to_learn_from(digits):
    """With batches of 128, an epoch was one step, and half of new digits were recognized."""
    images, labels, others, truth = digits
    network, report = train_domain_network(images, labels, 3, seed=0, width=12)
    assert (report.held_out, report.chance) == (66, pytest.approx(1 / 3, abs=1e-3))
    assert report.beats_chance
    assert weakness(SimpleNamespace(report=report)) == ""
    right = (read_features(network, others)[1].argmax(1) == truth).double().mean()
    assert right > 0.8
    # The accuracy is that of networks trained on three quarters of the images.
    assert report.held_out_accuracy == pytest.approx(float(right), abs=0.12)


def test_labels_that_mean_nothing_are_not_taken_for_learned(digits):
    images, labels, _, _ = digits
    for seed in range(2):
        order = torch.randperm(66, generator=torch.Generator().manual_seed(seed))
        _, report = train_domain_network(images, labels[order], 3, seed=seed, width=12)
        assert report.held_out == 66
        assert not report.beats_chance


def test_small_classes_come_as_often_as_large_ones():
    torch.manual_seed(0)
    labels = torch.tensor([0] * 900 + [1] * 100)
    assert 400 < labels[balanced_order(labels, torch.arange(1000))].sum() < 600
    nearly = torch.tensor([0] * 60 + [1] * 40)
    assert balanced_order(nearly, torch.arange(100)).sort().values.equal(torch.arange(100))


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
    of_class = found.of_class("b").result
    assert (of_class.n_real, of_class.real_baseline.n) == (30, 30)


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
