"""Augmentation: every image its own draw, within its bounds, edges continued, gradients through."""

import pytest
import torch

from ganaug.augment import random_affine


def blob(count, row=4, column=4, side=9):
    images = torch.full((count, 1, side, side), -1.0)
    images[:, :, row, column] = 1.0
    return images


def centres(images):
    mass = (images[:, 0] + 1) / (images[:, 0] + 1).sum(dim=(1, 2), keepdim=True)
    places = torch.arange(images.shape[-1]).float()
    return torch.stack([(mass.sum(dim=2) * places).sum(1), (mass.sum(dim=1) * places).sum(1)], 1)


def test_each_image_is_moved_by_its_own_and_within_bounds():
    torch.manual_seed(0)
    moved = centres(random_affine(blob(500), shift=2, rotation=0, scaling=0)) - 4
    assert 1.9 < moved.abs().max() <= 2.0001
    assert len(moved.round(decimals=4).unique(dim=0)) == 500
    assert moved.mean(dim=0).abs().max() < 0.15


def test_turning_keeps_the_distance_to_the_middle():
    torch.manual_seed(0)
    moved = centres(random_affine(blob(500, row=7), shift=0, rotation=30, scaling=0)) - 4
    torch.testing.assert_close(moved.norm(dim=1), torch.full((500,), 3.0), atol=0.15, rtol=0)
    degrees = torch.rad2deg(torch.atan2(moved[:, 1], moved[:, 0]))
    assert 28 < degrees.abs().max() < 31.5
    assert (degrees < 0).any()


def test_scaling_keeps_the_direction():
    torch.manual_seed(0)
    moved = centres(random_affine(blob(500, row=7), shift=0, rotation=0, scaling=0.2)) - 4
    assert moved[:, 1].abs().max() < 0.01
    assert moved[:, 0].max() == pytest.approx(3.6, abs=0.15)
    assert moved[:, 0].min() == pytest.approx(2.4, abs=0.15)


def test_edges_are_continued():
    torch.manual_seed(0)
    light = torch.ones(20, 3, 8, 8)
    torch.testing.assert_close(random_affine(light, shift=3, rotation=40, scaling=0.3), light)


def test_gradients_flow_and_nothing_is_nothing():
    images = torch.randn(3, 1, 5, 5, requires_grad=True)
    assert random_affine(images, shift=0, rotation=0, scaling=0) is images
    random_affine(images, shift=1, rotation=5, scaling=0.1).sum().backward()
    assert images.grad.abs().sum() > 0


def test_places_are_exact_under_autocast():
    images = torch.randn(4, 1, 128, 128)
    torch.manual_seed(0)
    exact = random_affine(images, shift=4, rotation=20, scaling=0.2)
    torch.manual_seed(0)
    with torch.autocast("cpu", torch.bfloat16):
        under = random_affine(images, shift=4, rotation=20, scaling=0.2)
    torch.testing.assert_close(under, exact)
