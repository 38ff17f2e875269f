"""Walks: ends, midpoints and step sizes."""

import pytest
import torch

from ganaug.reporting.latent_space.walks import WALKS, walk


@pytest.mark.parametrize("kind", list(WALKS))
def test_every_corner_is_passed_and_steps_are_counted(kind):
    torch.manual_seed(0)
    corners = torch.randn(3, 4, 50)
    way = walk(kind, corners, steps=5)
    assert way.shape == (3, 16, 50)
    torch.testing.assert_close(way[:, ::5], corners, atol=1e-5, rtol=1e-5)


def test_linear_and_spherical_midpoints():
    start, end = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]])
    share = torch.tensor([0.5])
    torch.testing.assert_close(WALKS["linear"](start, end, share), torch.tensor([[[0.5, 0.5]]]))
    round_the_corner = WALKS["spherical"](start, end, share)
    torch.testing.assert_close(round_the_corner, torch.full((1, 1, 2), 0.5**0.5))


def test_on_the_sphere_latents_keep_their_length_and_steps_are_even():
    torch.manual_seed(0)
    corners = torch.nn.functional.normalize(torch.randn(2, 2, 64), dim=2)
    way = walk("spherical", corners, steps=8)
    torch.testing.assert_close(way.norm(dim=2), torch.ones(2, 9))
    steps = (way[:, 1:] - way[:, :-1]).norm(dim=2)
    torch.testing.assert_close(steps, steps[:, :1].expand(-1, 8))


def test_a_walk_between_equal_latents_stays_there():
    corner = torch.randn(1, 1, 8)
    way = walk("spherical", corner.expand(-1, 2, -1), steps=4)
    torch.testing.assert_close(way, corner.expand(-1, 5, -1), atol=1e-4, rtol=1e-4)
