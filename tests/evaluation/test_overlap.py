"""Overlap is measured on as many images of each kind, and says nothing where there are too few."""

import pytest
import torch

from ganaug.evaluation import overlaps


class Pixels:
    """Describes images by four of their pixels."""

    name, num_features, logits_mean_classes = "pixels", 4, False

    def features_and_logits(self, images):
        return images.flatten(1)[:, :4], images.flatten(1)[:, :2]


def images(count, seed):
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (count, 1, 2, 2), generator=generator).to(torch.uint8)


def measured(synthetic, train=400):
    return overlaps(
        Pixels(),
        synthetic=synthetic,
        synthetic_labels=torch.zeros(len(synthetic), dtype=torch.int64),
        reference=images(300, 1),
        train=images(train, 2),
        train_labels=torch.zeros(train, dtype=torch.int64),
    )


def test_real_images_overlap_as_real_ones_do():
    made, floor = measured(images(250, 3))
    assert made.recall == pytest.approx(floor.recall, abs=0.08)
    assert made.precision == pytest.approx(floor.precision, abs=0.08)


def test_one_image_again_and_again_recalls_nothing_beside_the_same_floor():
    made, floor = measured(images(1, 3).expand(250, -1, -1, -1))
    assert made.recall < 0.05
    assert floor == measured(images(250, 4))[1]


def test_the_callers_random_state_stays_and_too_few_say_nothing():
    before = torch.random.get_rng_state()
    assert measured(images(5, 3)) == (None, None)
    measured(images(50, 3))
    assert torch.equal(before, torch.random.get_rng_state())
