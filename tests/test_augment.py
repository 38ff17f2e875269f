"""Augmentation: every image its own draw, edges continued, gradients through it."""

import torch

from ganaug.augment import random_shift


def test_each_image_is_moved_whole_pixels_of_its_own():
    torch.manual_seed(0)
    images = torch.full((200, 2, 9, 9), -1.0)
    images[:, :, 4, 4] = torch.tensor([0.5, 0.7])
    moved = random_shift(images, 2)
    places = {tuple(place.tolist()[1:]) for place in (moved[:, 0] == 0.5).nonzero()}
    assert places == {(row, column) for row in range(2, 7) for column in range(2, 7)}
    assert torch.equal(moved[:, 0] == 0.5, moved[:, 1] > 0.69)
    assert moved.shape == images.shape


def test_edges_are_continued():
    torch.manual_seed(0)
    columns = torch.arange(6.0).expand(50, 1, 6, 6)
    moved = random_shift(columns, 2)
    expected = {tuple((torch.arange(6.0) + by).clamp(0, 5).tolist()) for by in range(-2, 3)}
    assert {tuple(image[0, 0].tolist()) for image in moved} == expected


def test_gradients_and_no_move():
    images = torch.randn(3, 1, 5, 5, requires_grad=True)
    assert random_shift(images, 0) is images
    random_shift(images, 1)[:, :, 1:-1, 1:-1].sum().backward()
    assert images.grad.sum() == 27
