"""The search for latents, in a model with known answers."""

import torch

from ganaug.reporting.latent_space.search import fill_in, find_latents


class Linear:
    """Draws tanh(A z), plus half a class's picture."""

    def __init__(self, num_classes=0):
        generator = torch.Generator().manual_seed(1)
        self.latent_dim, self.num_classes = 6, num_classes
        self.matrix = 0.3 * torch.randn(6, 64, generator=generator)
        self.classes = torch.randn(max(num_classes, 1), 64, generator=generator)

    def sample(self, latents, labels=None):
        pixels = latents @ self.matrix
        if labels is not None:
            pixels = pixels + self.classes[labels]
        return torch.tanh(pixels).view(-1, 1, 8, 8)


def latents(count):
    return torch.randn(count, 6, generator=torch.Generator().manual_seed(7))


def test_the_latents_of_generated_images_are_found():
    model, true = Linear(), latents(3)
    targets = model.sample(true)
    found = find_latents(model, targets, starts=2)
    assert found.labels is None
    assert found.errors.max() < 0.03
    torch.testing.assert_close(found.latents, true, atol=0.25, rtol=0)
    by_hand = (found.images - targets).square().flatten(1).mean(1).sqrt()
    torch.testing.assert_close(found.errors, by_hand)


def test_the_class_is_found_too_unless_it_is_given():
    model, labels = Linear(num_classes=3), torch.tensor([2, 0])
    targets = model.sample(latents(2), labels)
    assert find_latents(model, targets, starts=2).labels.tolist() == [2, 0]
    given = find_latents(model, targets, starts=2, labels=torch.tensor([1, 1]))
    assert given.labels.tolist() == [1, 1]
    assert given.errors.min() > 0.1


def test_a_hole_counts_nothing_and_is_filled():
    model = Linear()
    targets = model.sample(latents(2))
    known = torch.ones(2, 1, 8, 8)
    known[:, :, :, 4:] = 0
    spoiled = torch.where(known.bool(), targets, torch.ones(()))
    found = find_latents(model, spoiled, known_mask=known, starts=2)
    filled = fill_in(spoiled, known, found.images)
    assert torch.equal(filled[..., :4], targets[..., :4])
    torch.testing.assert_close(filled[..., 4:], targets[..., 4:], atol=0.1, rtol=0)


def test_it_is_the_same_every_time_and_leaves_random_state_alone():
    model = Linear()
    targets = model.sample(latents(1))
    torch.manual_seed(3)
    first = find_latents(model, targets, starts=2, steps=5)
    drawn = torch.rand(1)
    torch.manual_seed(3)
    assert torch.equal(drawn, torch.rand(1))
    assert torch.equal(first.latents, find_latents(model, targets, starts=2, steps=5).latents)
