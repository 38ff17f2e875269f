"""Shared augmented views, which don't depend on the training that computes them."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from datamodules.augmentation import load_augmentation
from datamodules.mnist import MNISTDataModule
from ganaug.evaluation.advice.search.candidates import Candidate
from ganaug.evaluation.advice.search.job import Job
from ganaug.evaluation.advice.trainings.views import SharedViews
from ganaug.evaluation.advice.trainings.workbench import Workbench
from ganaug.evaluation.utility.choosing import chosen_classifiers

IMAGES = np.random.default_rng(0).integers(0, 256, (4, 8, 8, 1), dtype=np.uint8)


class Counted:
    """An augmentation that counts how many images it changes."""

    def __init__(self):
        self.inner, self.changed = load_augmentation("strong", 8, 1), 0

    def seed(self, seed):
        self.inner.seed(seed)

    def __call__(self, image):
        self.changed += 1
        return self.inner(image)


def drawn(views, augmentation, repeat, order=(0, 1, 2, 3, 0, 1, 0)):
    """The views of one training, by image."""
    own, found = views.of(augmentation, repeat), {}
    for place in order:
        own.seed(place)
        found.setdefault(place, []).append(own(IMAGES[place]))
    return {place: np.stack(each) for place, each in found.items()}


def same(some, others):
    return all((some[place] == others[place]).all() for place in some)


def test_each_view_is_computed_once_in_whatever_order_images_are_drawn():
    views, augmentation = SharedViews(), Counted()
    first = drawn(views, augmentation, 0)
    second = drawn(views, augmentation, 0, order=(0, 0, 0, 3, 2, 1, 1))
    assert augmentation.changed == 7
    assert same(first, second)


def test_the_views_of_an_image_differ():
    first, second, third = drawn(SharedViews(), Counted(), 0)[0]
    assert (first != second).any()
    assert (second != third).any()


def test_repeats_have_other_views_and_replace_those_before():
    views, augmentation = SharedViews(), Counted()
    first = drawn(views, augmentation, 0)
    assert not same(first, drawn(views, augmentation, 1))
    assert same(first, drawn(views, augmentation, 0))
    assert augmentation.changed == 21


@pytest.mark.parametrize("room", [0, 3 * 64])
def test_views_that_find_no_room_are_the_same(room):
    views, augmentation = SharedViews(room), Counted()
    few = [drawn(views, augmentation, 0) for _ in range(2)]
    assert augmentation.changed == 14 - room // 64
    assert all(same(drawn(SharedViews(), Counted(), 0), each) for each in few)


def test_augmentations_do_not_share_views():
    views = SharedViews()
    light, elastic = (load_augmentation(name, 8, 1) for name in ("light", "elastic"))
    first = drawn(views, light, 0)
    assert not same(first, drawn(views, elastic, 0))
    assert same(first, drawn(views, light, 0))


@pytest.fixture(scope="module")
def bench_of():
    data = MNISTDataModule(classes=[3, 8], per_class=20, image_size=16, validation=0.01)
    classifiers = {"small": chosen_classifiers("small", data.images("train")[0])[0]}
    return lambda: Workbench(data, classifiers, load_augmentation)


def test_a_training_does_not_depend_on_those_before(bench_of):
    wanted = Job("search", Candidate("small", "light", "equal"), 4, 0, 1)
    others = [
        Job("search", Candidate("small", "light"), 6, 0, 0),
        Job("search", Candidate("small", "strong", "equal"), 4, 0, 1),
        Job("search", Candidate("small", "light", "equal"), 4, 1, 1),
    ]
    warm = bench_of()
    for job in others:
        warm.do(job)
    trained = [
        bench.trained(wanted.candidate, wanted.steps, 7, (wanted.repeat, wanted.fold))
        for bench in (warm, bench_of())
    ]
    for own, other in zip(*(each.state_dict().values() for each in trained), strict=True):
        torch.testing.assert_close(own, other, rtol=0, atol=0)


def test_repeats_and_seeds_of_the_test_share_no_views(bench_of):
    bench, seen = bench_of(), []
    candidate = Candidate("small", "light")
    for kind, repeat, fold in (
        ("search", 0, 0),
        ("search", 0, 1),
        ("search", 1, 0),
        ("test", 0, 0),
    ):
        bench.do(Job(kind, candidate, 1, repeat, fold))
        seen.append(bench.views.repeat)
    assert seen[0] == seen[1]
    assert len(set(seen)) == 3


@pytest.mark.parametrize("way", ["useful", "soft labels"])
def test_all_trainings_with_an_augmentation_ask_the_same_teachers(bench_of, way):
    bench = bench_of()
    images = bench.real(16)
    bench.sets["made"] = SimpleNamespace(of=lambda *_: images)
    candidate = Candidate("small", "light", synthetic="made", way=way)
    trainer = bench.trainer(candidate, 2)
    found = [
        trainer.synthetic_of(bench.arm(candidate, trainer.synthetic, repeat).mix)
        for repeat in (500, 501, None)
    ]
    chosen = [each.targets if way == "soft labels" else each.rows for each in found]
    assert all(each is chosen[0] for each in chosen)
