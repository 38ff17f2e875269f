"""Mixes: draws, weights and soft labels in the loss, and blended labels."""

import pytest
import torch
from torch.nn.functional import cross_entropy, one_hot

from ganaug.evaluation.utility.classifiers import training_steps
from ganaug.evaluation.utility.sampling import DataMix, Images, MixSampler, duplicates_of

REAL = Images(torch.zeros(6, 1, 4, 4, dtype=torch.uint8), torch.tensor([0, 0, 0, 1, 1, 2]))
MADE = Images(torch.full((6, 1, 4, 4), 255, dtype=torch.uint8), torch.tensor([0, 1, 2, 0, 1, 2]))


def sampler(synthetic=MADE, **mix):
    return MixSampler(DataMix(share=0.5, **mix), REAL, synthetic, 3, seed=0)


def gradients(targets):
    logits = torch.randn(64, 3, generator=torch.Generator().manual_seed(1)).requires_grad_()
    cross_entropy(logits, targets).backward()
    return logits.grad


def test_the_gradient_of_a_synthetic_image_is_its_weight_times_that_of_a_real_one():
    images, labels = sampler().batch(64)
    same, weighted = sampler(weight=0.3).batch(64)
    assert torch.equal(images, same)
    made = images[:, 0, 0, 0] == 255
    assert 10 < made.sum() < 54
    full, found = gradients(labels), gradients(weighted)
    torch.testing.assert_close(found[made], 0.3 * full[made])
    torch.testing.assert_close(found[~made], full[~made])


def test_soft_labels_are_those_of_synthetic_images_alone():
    soft = torch.rand(6, 3).softmax(dim=1)
    images, targets = sampler(MADE._replace(targets=soft)).batch(64)
    labels = sampler().batch(64)[1]
    made = images[:, 0, 0, 0] == 255
    assert torch.equal(targets[~made], one_hot(labels[~made], 3).float())
    assert all(any(torch.equal(own, row) for row in soft) for own in targets[made])
    # Duplicates are drawn by image: the rows of a class are those of its two images.
    assert all(
        any(torch.equal(own, row) for row in soft[MADE.labels == label])
        for own, label in zip(targets[made], labels[made], strict=True)
    )


def test_the_label_share_of_cutmix_is_its_area():
    halves = sampler(blend="cutmix")
    images = torch.stack([torch.full((1, 8, 8), float(x)) for x in range(3)])
    cut = 0
    for _ in range(20):
        found, targets = halves.blended(images, torch.arange(3))
        for image, target in zip(found, targets, strict=True):
            area = torch.stack([(image == label).float().mean() for label in range(3)])
            torch.testing.assert_close(target, area)
            cut += float(area.max()) < 1
    assert cut > 20


def test_mixup_mixes_pixels_and_labels_alike():
    found, targets = sampler(blend="mixup").blended(torch.eye(3)[:, :, None, None], torch.arange(3))
    torch.testing.assert_close(found[:, :, 0, 0], targets)
    torch.testing.assert_close(targets.sum(dim=1), torch.ones(3))
    # The weight applies to the image's share.
    _, both = sampler(blend="mixup").blended(
        torch.eye(3)[:, :, None, None], torch.diag(torch.tensor([1.0, 0.3, 1.0]))
    )
    torch.testing.assert_close(both, targets * torch.tensor([1.0, 0.3, 1.0]))


def test_blends_are_functions_of_the_seed_and_leave_the_random_state():
    state = torch.get_rng_state()
    batches = [sampler(blend="cutmix").blended(*_floats()) for _ in range(2)]
    for one, other in zip(*batches, strict=True):
        assert torch.equal(one, other)
    assert torch.equal(torch.get_rng_state(), state)


def _floats():
    return torch.randn(6, 1, 8, 8, generator=torch.Generator().manual_seed(0)), MADE.labels


def test_only_named_rows_are_drawn_each_as_often_as_it_is_named():
    rows = torch.tensor([0, 0, 0, 3, 1, 5])
    made = MADE._replace(images=torch.arange(6, dtype=torch.uint8)[:, None, None, None], rows=rows)
    real = REAL._replace(images=torch.full((6, 1, 1, 1), 99, dtype=torch.uint8))
    mixed = MixSampler(DataMix(share=0.5), real, made, 3, seed=0)
    drawn = mixed.batch(6000)[0][:, 0, 0, 0]
    counts = torch.bincount(drawn.long(), minlength=100)[:6]
    assert counts[[2, 4]].tolist() == [0, 0]
    # Three times in four, of the half of a third of 6,000.
    assert counts[0] == pytest.approx(750, rel=0.1)
    assert counts[3] == pytest.approx(250, rel=0.2)
    ((_, times),) = mixed.counts(6000)
    assert times[0] == pytest.approx(750, rel=0.1)
    assert times[[2, 4]].tolist() == [0, 0]


def test_duplicates_are_as_many_real_images_as_synthetic_ones():
    made = Images(torch.zeros(90, 1, 4, 4), torch.tensor([0] * 50 + [1] * 40))
    found = duplicates_of(REAL, made, 3)
    assert found.images is REAL.images
    assert REAL.labels[found.rows].bincount(minlength=3).tolist() == [50, 40, 0]
    assert torch.equal(found.rows, duplicates_of(REAL, made, 3).rows)


def test_training_takes_blended_batches():
    network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(16, 3))
    before = network[1].weight.clone()
    for _ in training_steps(network, sampler(blend="mixup", weight=0.3), 10):
        pass
    assert not torch.equal(network[1].weight, before)


class Gray:
    """An augmentation that anyone can follow."""

    def seed(self, seed):
        pass

    def __call__(self, image):
        return image * 0 + 100


def test_a_share_of_the_images_is_augmented_and_the_others_stay_as_they_are():
    half = sampler(augmentation=Gray(), strength=0.5).batch(4000)[0][:, 0, 0, 0]
    assert float((half == 100).float().mean()) == pytest.approx(0.5, abs=0.03)
    assert set(half.tolist()) == {0, 100, 255}
    assert (sampler(augmentation=Gray()).batch(64)[0] == 100).all()


def test_views_are_those_of_augmented_images_alone():
    """Of four views, of which one is the image itself, and half of the images."""

    def drawn(**mix):
        found = sampler(augmentation=Gray(), **mix).counts(80_000, 4)
        return [float(real.sum() + made.sum()) / 80_000 for real, made in found]

    assert drawn() == pytest.approx([0.25, 0.25, 0.25, 0.25], abs=0.01)
    assert drawn(strength=0.5) == pytest.approx([0.625, 0.125, 0.125, 0.125], abs=0.01)
