"""Networks of the projected model: maps of a frozen one, their mixing, the normalization."""

import copy

import pytest
import torch
import torchvision
from torch import nn
from torch.nn.functional import conv2d, interpolate

from ganaug.networks.fast import ClassNorm, doubled, sums_of_weights
from ganaug.networks.pretrained import PretrainedMaps
from ganaug.networks.projected import FixedMixing, MapDiscriminator
from ganaug.utils.errors import UsageError
from ganaug.utils.fusing import fuse_batch_norms


def toy():
    halving = [nn.Conv2d(width, 2 * width, 2, stride=2) for width in (8, 16, 32)]
    return nn.Sequential(nn.Conv2d(3, 8, 4, stride=4), *halving)


def test_gray_images_are_read_as_three_equal_channels():
    network = PretrainedMaps(toy())
    gray = torch.rand(2, 1, 64, 64) * 2 - 1
    for one, three in zip(network(gray), network(gray.expand(-1, 3, -1, -1)), strict=True):
        torch.testing.assert_close(one, three)


def test_a_module_that_runs_at_several_strides_is_none_of_the_ends():
    class Shared(nn.Module):
        def __init__(self):
            super().__init__()
            self.stages = nn.ModuleList(
                nn.Conv2d(inside, 4, stride, stride)
                for inside, stride in ((3, 4), (4, 2), (4, 2), (4, 2))
            )
            self.activation = nn.ReLU()

        def forward(self, images):
            for stage in self.stages:
                images = self.activation(stage(images))
            return images

    network = PretrainedMaps(Shared())
    assert network.names == [f"stages.{i}" for i in range(4)]
    assert [each.shape[3] for each in network(torch.zeros(1, 3, 64, 64))] == [16, 8, 4, 2]


def test_a_copy_reads_its_own_maps():
    network = PretrainedMaps(toy())
    images = torch.randn(1, 3, 64, 64)
    for one, other in zip(network(images), copy.deepcopy(network)(images), strict=True):
        assert torch.equal(one, other)


def test_the_mixing_by_its_formula():
    mixing = FixedMixing([3, 5], 4, seed=0)
    fine, coarse = torch.randn(1, 3, 4, 4), torch.randn(1, 5, 2, 2)
    weights = dict(mixing.named_buffers())
    low = conv2d(conv2d(coarse, weights["across_1"]), weights["down_1"], padding=1)
    # Twice the side, bilinear: a value between two is a quarter of the one, three of the other.
    thirds = torch.tensor([[1, 0], [0.75, 0.25], [0.25, 0.75], [0, 1]])
    raised = thirds @ low @ thirds.T
    high = (conv2d(fine, weights["across_0"]) + raised) / 2**0.5
    torch.testing.assert_close(
        mixing([fine, coarse]), [conv2d(high, weights["down_0"], padding=1), low]
    )


def test_every_scale_is_mixed_with_the_coarser_ones_alone():
    mixing = FixedMixing([3, 5], 4, seed=0)
    fine = torch.randn(1, 3, 4, 4, requires_grad=True)
    coarse = torch.randn(1, 5, 2, 2, requires_grad=True)
    mixed_fine, mixed_coarse = mixing([fine, coarse])
    assert torch.autograd.grad(mixed_fine.sum(), coarse, retain_graph=True)[0].any()
    assert torch.autograd.grad(mixed_coarse.sum(), fine, allow_unused=True)[0] is None


def test_each_class_has_its_gain_and_bias():
    norm = ClassNorm(2, num_classes=2).double()
    nn.init.normal_(norm.gain.weight)
    nn.init.normal_(norm.bias.weight)
    features, labels = torch.randn(4, 2, 3, 3, dtype=torch.double), torch.tensor([0, 1, 1, 0])
    mean, variance = features.mean((0, 2, 3)), features.var((0, 2, 3), unbiased=False)
    for image, label, ours in zip(features, labels, norm(features, labels), strict=True):
        for channel in range(2):
            normal = (image[channel] - mean[channel]) / (variance[channel] + 1e-5).sqrt()
            gain, bias = norm.gain.weight[label, channel], norm.bias.weight[label, channel]
            torch.testing.assert_close(ours[channel], gain * normal + bias)


def test_a_network_without_maps_at_the_strides_is_refused():
    with pytest.raises(UsageError, match="has no feature map at stride 8; use a convolutional one"):
        PretrainedMaps(nn.Sequential(nn.Conv2d(3, 4, 4, stride=4)))
    with pytest.raises(UsageError, match="can't read images of 128 px"):
        PretrainedMaps(torchvision.models.vit_b_32())


def test_a_network_that_can_not_read_images_of_this_side_is_refused():
    class Halves(nn.Module):
        """Adds a coarse map, doubled, to a finer one, as hrnet does: of even sides alone."""

        def __init__(self):
            super().__init__()
            self.layers = toy()

        def forward(self, images):
            maps = images, *(images := layer(images) for layer in self.layers)
            return interpolate(maps[4], scale_factor=2.0)[:, :32] + maps[3]

    assert PretrainedMaps(Halves(), side=96).names == [f"layers.{i}" for i in range(4)]
    with pytest.raises(UsageError, match=r"can't read images of 80 px \(The size of") as refused:
        PretrainedMaps(Halves(), side=80)
    assert "\n" not in str(refused.value)
    assert "such as lite0 or resnet18" in str(refused.value)


def test_a_network_that_makes_nan_of_images_is_refused():
    network = toy()
    nn.init.constant_(network[0].weight, 3e38)
    with pytest.raises(UsageError, match="makes NaN or infinite values of them"):
        PretrainedMaps(network)


def test_the_end_of_a_stage_is_that_and_not_the_stem_before_it():
    class Block(nn.Module):
        def __init__(self, inside, outside, stride):
            super().__init__()
            self.downsample = nn.Conv2d(inside, outside, stride, stride)
            self.norm = nn.BatchNorm2d(outside)

        def forward(self, images):
            return self.norm(self.downsample(images))

    class Staged(nn.Module):
        """A stem, and stages one level deeper, of which each begins by halving: ConvNeXt."""

        def __init__(self):
            super().__init__()
            self.stem = nn.Conv2d(3, 4, 4, 4)
            halving = [Block(4, 4, 1), Block(4, 8, 2), Block(8, 16, 2), Block(16, 32, 2)]
            self.stages = nn.Sequential(*halving)

        def forward(self, images):
            return self.stages(self.stem(images))

    assert PretrainedMaps(Staged()).names == ["stages.0", "stages.1", "stages.2", "stages"]


def test_the_cheap_doubling_is_nearest_neighbor_and_a_convolution():
    features, weight = torch.randn(2, 3, 5, 4, dtype=torch.float64), torch.randn(6, 3, 3, 3)
    weight = weight.double()
    expected = conv2d(interpolate(features, scale_factor=2.0), weight, padding=1)
    torch.testing.assert_close(doubled(features, weight, sums_of_weights().double()), expected)


def trained(norm: nn.BatchNorm2d) -> nn.BatchNorm2d:
    for values in (norm.weight, norm.bias, norm.running_mean, norm.running_var):
        nn.init.uniform_(values, 0.5, 2)
    return norm


def test_batch_norms_are_folded_into_their_convolutions():
    network = nn.Sequential(
        nn.Conv2d(3, 4, 3), trained(nn.BatchNorm2d(4)), nn.ReLU(), trained(nn.BatchNorm2d(4))
    ).eval()
    images = torch.randn(2, 3, 8, 8)
    expected = network(images)
    fuse_batch_norms(network, lambda: [network(images)])
    # The last one follows no convolution.
    assert [type(each) for each in network] == [nn.Conv2d, nn.Identity, nn.ReLU, nn.BatchNorm2d]
    torch.testing.assert_close(network(images), expected)


def test_batch_norms_stay_where_values_are_too_large_to_compare():
    network = nn.Sequential(nn.Conv2d(3, 4, 3), trained(nn.BatchNorm2d(4))).eval()
    nn.init.constant_(network[0].weight, 3e38)
    fuse_batch_norms(network, lambda: [network(torch.ones(2, 3, 8, 8))])
    assert isinstance(network[1], nn.BatchNorm2d)


def test_batch_norms_stay_where_the_convolution_is_used_elsewhere_too():
    class Split(nn.Module):
        def __init__(self):
            super().__init__()
            self.convolution, self.norm = nn.Conv2d(3, 4, 3), trained(nn.BatchNorm2d(4))

        def forward(self, images):
            features = self.convolution(images)
            return self.norm(features) + features

    network, images = Split().eval(), torch.randn(2, 3, 8, 8)
    expected = network(images)
    fuse_batch_norms(network, lambda: [network(images)])
    assert isinstance(network.norm, nn.BatchNorm2d)
    torch.testing.assert_close(network(images), expected)


def test_spectral_norms_are_computed_without_autocast(monkeypatch):
    states, product = [], torch.mv

    def watched(*args):
        states.append(torch.is_autocast_enabled("cpu"))
        return product(*args)

    monkeypatch.setattr(torch, "mv", watched)
    discriminator, features = MapDiscriminator(4, num_classes=2), torch.randn(2, 4, 8, 8)
    states.clear()
    with torch.autocast("cpu", torch.bfloat16):
        discriminator(features, torch.tensor([0, 1]))
    assert states
    assert not any(states)
