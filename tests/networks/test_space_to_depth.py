"""Folded convolutions give what torch's own give, with their gradients and those of penalties."""

import pytest
import torch
from torch import nn

from ganaug.networks.space_to_depth import (
    DoublingConvolution,
    HalvingConvolution,
    folded_in_fours,
    unfolded,
)

PAIRS = [(HalvingConvolution, nn.Conv2d), (DoublingConvolution, nn.ConvTranspose2d)]


def both(folded, plain, channels):
    """Return a folded layer and torch's own with the same weights, and images of odd halves."""
    torch.manual_seed(0)
    layer, reference = folded(channels, 5).double(), plain(channels, 5, 4, 2, 1).double()
    reference.load_state_dict(layer.state_dict())
    return layer, reference, torch.randn(3, channels, 14, 6).double().requires_grad_()


@pytest.mark.parametrize(("folded", "plain"), PAIRS)
@pytest.mark.parametrize("channels", [1, 2, 4])
def test_the_same_images_and_gradients(folded, plain, channels):
    layer, reference, images = both(folded, plain, channels)
    torch.testing.assert_close(layer(images), reference(images))
    found, expected = (
        torch.autograd.grad(each(images).square().sum(), [images, *each.parameters()])
        for each in (layer, reference)
    )
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize(("folded", "plain"), PAIRS)
def test_the_same_gradients_of_a_penalty_on_gradients(folded, plain):
    layer, reference, images = both(folded, plain, 2)
    found = []
    for each in (layer, reference):
        (gradient,) = torch.autograd.grad(each(images).tanh().sum(), images, create_graph=True)
        found.append(torch.autograd.grad(gradient.square().sum(), each.weight)[0])
    torch.testing.assert_close(*found)


@pytest.mark.parametrize(("folded", "plain"), PAIRS)
def test_other_devices_take_torchs_own_layer(folded, plain, monkeypatch):
    asked = []
    monkeypatch.setattr(plain, "forward", lambda *given: asked.append(given[0]))
    layer = folded(2, 5).to("meta")
    layer(torch.empty(3, 2, 8, 8, device="meta"))
    assert asked == [layer]


def test_squares_of_pixels_become_channels_and_come_back():
    images = torch.arange(2 * 3 * 4 * 6).view(2, 3, 4, 6)
    folded = folded_in_fours(images)
    assert folded.shape == (2, 12, 2, 3)
    assert folded[0, ::3, 0, 0].tolist() == images[0, 0, :2, :2].flatten().tolist()
    assert folded.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(unfolded(folded), images)
