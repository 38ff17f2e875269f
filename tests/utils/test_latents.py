"""Latents: the search leaves the model alone, and the way between two has the lengths it should."""

import math

import pytest
import torch
from torch import nn

from ganaug.utils.errors import UsageError
from ganaug.utils.latents import move, search_latents


class Linear(nn.Module):
    """Its images are its latents, seen through a matrix."""

    latent_dim, num_classes = 3, 0

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([[1.0, 0.2, 0.0], [0.0, 1.0, 0.1], [0.3, 0.0, 1]]))

    def sample(self, latents, labels=None):
        return (latents @ self.weight).view(-1, 1, 1, 3)


@pytest.mark.parametrize("mode", [torch.inference_mode, torch.no_grad, torch.enable_grad])
def test_the_search_works_in_every_mode_and_gives_weights_no_gradients(mode):
    model, true = Linear(), torch.tensor([[0.5, -1.0, 1.2], [1.0, 1.0, -1.0]])
    with mode():
        goal, start = model.sample(true), torch.zeros(2, 3)
        found = search_latents(
            model, start, None, lambda x: (x - goal).square().sum(dim=(1, 2, 3)), steps=150
        )
    torch.testing.assert_close(found, true, atol=0.02, rtol=0)
    assert model.weight.grad is None
    assert not start.any()
    assert not found.requires_grad


def test_a_model_that_passes_no_gradients_on_is_named():
    class Closed(Linear):
        @torch.no_grad()
        def sample(self, latents, labels=None):
            return super().sample(latents)

    with pytest.raises(UsageError, match=r"Closed\.sample passes no gradients on; it must not run"):
        search_latents(Closed(), torch.zeros(1, 3), None, lambda x: x.sum(dim=(1, 2, 3)), steps=1)


def test_latents_keep_the_length_of_standard_normal_ones():
    start = torch.tensor([[2.0, 2.0, 2.0], [0.1, -0.1, 0.1]])
    found = search_latents(
        Linear(), start, None, lambda x: 0 * x.sum(dim=(1, 2, 3)), steps=200, prior=1
    )
    torch.testing.assert_close(found.norm(dim=1), torch.full((2,), 3**0.5), atol=0.01, rtol=0)


@pytest.mark.parametrize("strength", [0, 0.25, 0.5, 1])
def test_a_part_of_the_way_is_a_part_of_the_angle_and_of_the_difference_in_length(strength):
    start, end = torch.tensor([[2.0, 0.0, 0.0]]), torch.tensor([[0.0, 0.0, 4.0]])
    angle = strength * math.pi / 2
    by_hand = (2 + 2 * strength) * torch.tensor([[math.cos(angle), 0.0, math.sin(angle)]])
    torch.testing.assert_close(move(start, end, strength), by_hand)


def test_latents_of_one_direction_or_opposite_ones_stay_finite():
    start, end = torch.tensor([[1.0], [1.0], [1.0]]), torch.tensor([[2.0], [-2.0], [0.0]])
    for strength in (0, 0.3, 0.5, 1):
        assert torch.isfinite(move(start, end, strength)).all()
    torch.testing.assert_close(move(start[:1], end[:1], 0.5), torch.tensor([[1.5]]))
