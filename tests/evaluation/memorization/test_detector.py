"""Copies are found and held-out real images pass, in classes of any size."""

import numpy as np
import pytest
import torch
from torch import nn

from datamodules.mnist import MNISTDataModule
from ganaug.evaluation.features.domain import train_domain_network
from ganaug.evaluation.memorization.detector import MemorizationDetector
from ganaug.evaluation.memorization.result import (
    LEVEL,
    MANY_COPIES,
    expected_copies,
    most_copies_by_chance,
)
from ganaug.utils.errors import UsageError
from ganaug.utils.pixels import to_float
from helpers.membership import NAMES, Maps, images


@pytest.fixture(scope="module")
def digits():
    data = MNISTDataModule(per_class=60)
    train, labels = data.images("train")
    return train, labels, data.images("test")[0]


@pytest.fixture(scope="module")
def memory(digits):
    train, labels, held_out = digits
    network, _ = train_domain_network(train, labels, 10, seed=0, width=8)
    # Half of the held-out images set the threshold; the other half is for the tests.
    return MemorizationDetector(network, train=train, held_out=held_out[::2])


def test_planted_copies_are_found_and_named(memory, digits):
    train, _, _ = digits
    found = memory.look_up(train[100:200])
    assert memory.is_copy(found.distances).all()
    assert found.positions.tolist() == list(range(100, 200))
    noise = torch.randn(100, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    noisy = to_float(train[:100]) + 0.05 * noise
    assert memory.is_copy(memory.look_up(noisy).distances).double().mean() >= 0.99


def test_mirrored_copies_are_found_where_training_mirrors(memory, digits):
    train, _, held_out = digits
    mirrored = train[100:200].flip(3)
    assert memory.is_copy(memory.look_up(mirrored).distances).double().mean() < 0.2
    given = {"train": train, "held_out": held_out[::2]}
    knowing = MemorizationDetector(memory.network, **given, mirrored=True)
    found = knowing.look_up(mirrored)
    assert knowing.is_copy(found.distances).all()
    assert found.positions.tolist() == list(range(100, 200))
    straight = knowing.look_up(train[100:200])
    assert torch.equal(straight.positions, found.positions)
    assert knowing.is_copy(knowing.look_up(held_out[1::2]).distances).double().mean() <= 0.03


def test_held_out_images_pass(memory, digits):
    unseen = digits[2][1::2]
    assert memory.is_copy(memory.look_up(unseen).distances).double().mean() <= 0.03
    judged = memory.judge(unseen)
    assert judged.nearer == pytest.approx(0.5, abs=0.06)
    assert judged.p_value > 0.01


def test_a_model_that_copies_is_seen_through(memory, digits):
    train, _, held_out = digits
    half = torch.cat([train[:200], held_out[1:400:2]])
    judged = memory.judge(half)
    assert judged.copies == pytest.approx(0.5, abs=0.02)
    assert judged.nearer > 0.7
    assert judged.p_value < 1e-6


def test_a_rare_class_far_from_all_others_is_judged_by_its_own_measure(digits):
    train, labels, held_out = digits
    network, _ = train_domain_network(train, labels, 10, seed=0, width=8)
    rare = torch.cat([train[labels != 7], train[labels == 7][:8]])
    memory = MemorizationDetector(network, train=rare, held_out=held_out[::2])
    others = train[labels == 7][8:]
    assert memory.is_copy(memory.look_up(others).distances).double().mean() < 0.1


def test_duplicates_among_the_training_images_do_no_harm(memory, digits):
    train, _, held_out = digits
    crowded = torch.cat([train, train[:1].expand(9, -1, -1, -1)])
    memory = MemorizationDetector(memory.network, train=crowded, held_out=held_out[::2])
    distances = memory.look_up(crowded).distances
    assert distances.isfinite().all()
    assert memory.is_copy(distances).all()


class Pixels(nn.Module):
    """Maps that are the pixels, so that halfway between two images is halfway."""

    def maps(self, images):
        return images.flatten(1)


def test_an_image_halfway_to_an_outlier_is_no_copy(digits):
    train, _, held_out = digits
    lonely = torch.full_like(train[:1], 255)
    memory = MemorizationDetector(
        Pixels(), train=torch.cat([train, lonely]), held_out=held_out[::2]
    )
    found = memory.look_up((0.47 * train[:50].float() + 0.53 * lonely.float()).byte())
    assert (found.positions == len(train)).all()
    assert not memory.is_copy(found.distances).any()
    assert memory.is_copy(memory.look_up(lonely).distances).all()


def test_what_is_far_from_all_is_remote(memory, digits):
    far = memory.look_up(torch.randint(0, 256, digits[0][:50].shape, dtype=torch.uint8))
    seen = memory.remoteness(memory.held_out)
    assert memory.remoteness(far).min() > seen.quantile(0.99)
    copies = memory.look_up(digits[0][:50])
    assert memory.remoteness(copies).max() == 0


def test_copies_are_counted_by_class():
    train, held_out, made = (images(seed, 100) for seed in range(3))
    memory = MemorizationDetector(Maps(), train=train[0], held_out=held_out[0])
    labels = made[1]
    copied = torch.where(labels[:, None, None, None] == 0, train[0], made[0])
    distances = memory.look_up(copied).distances
    found = memory.compare_by_class(distances, labels, held_out[1], NAMES)
    assert {name: (own.n, own.n_held_out) for name, own in found.items()} == {
        "a": (50, 50),
        "b": (50, 50),
    }
    assert found["a"].copies == found["a"].nearer == 1
    assert found["b"].copies < 0.1
    few = torch.tensor([0] * 81 + [1] * 19)
    assert memory.compare_by_class(distances, labels, few, NAMES).keys() == {"a"}


def test_the_closest_pairs_are_named_closest_first(memory, digits):
    train, _, held_out = digits
    images = torch.cat([held_out[1:40:2], train[7:8]])
    files = [f"{i}.png" for i in range(len(images))]
    names = [f"train/{i}" for i in range(len(train))]
    pairs = memory.closest(memory.look_up(images), files, names, 5)
    assert (pairs[0].synthetic, pairs[0].training) == ("20.png", "train/7")
    assert pairs[0].copy
    assert [pair.distance for pair in pairs] == sorted(pair.distance for pair in pairs)
    assert len(pairs) == 5


def test_results_of_held_out_images_are_cached(memory, digits, monkeypatch):
    train, _, held_out = digits
    given = {"train": train, "held_out": held_out[::2], "keep": True}
    first = MemorizationDetector(memory.network, **given)
    asked = []
    monkeypatch.setattr(MemorizationDetector, "look_up", lambda self, images: asked.append(images))
    again = MemorizationDetector(memory.network, **given)
    assert not asked
    assert again.threshold == first.threshold == memory.threshold
    assert torch.equal(again.held_out.distances, memory.held_out.distances)
    monkeypatch.undo()
    assert torch.equal(again.look_up(train[:50]).distances, memory.look_up(train[:50]).distances)


@pytest.mark.parametrize("n_held_out", [20, 57, 400])
def test_copies_by_chance_are_those_of_the_uncertain_threshold(n_held_out):
    """Distances of new images have the distribution of the held-out ones; uniform, say."""
    random = np.random.default_rng(0)
    thresholds = np.quantile(random.random((10_000, n_held_out)), LEVEL, axis=1)
    shares = random.binomial(256, thresholds) / 256
    assert shares.mean() == pytest.approx(expected_copies(n_held_out), rel=0.05)
    limit = most_copies_by_chance(256, n_held_out)
    assert (shares > limit).mean() <= 0.055
    assert (shares > limit - 0.02).mean() > 0.05
    if n_held_out == 20:
        assert (shares > MANY_COPIES).mean() > 0.4


def test_too_few_are_said(memory, digits):
    train, _, held_out = digits
    with pytest.raises(UsageError, match="5 training images and 20 held-out ones, got 600 and 19"):
        MemorizationDetector(memory.network, train=train, held_out=held_out[:19])
    with pytest.raises(UsageError, match="5 training images and 20 held-out ones, got 5 and 20"):
        MemorizationDetector(memory.network, train=train[:5], held_out=held_out[:20])
