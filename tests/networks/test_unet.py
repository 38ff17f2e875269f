"""The U-Net conditioned on a time and a class."""

import pytest
import torch

from ganaug.networks.unet import TimeAndClassEmbedding, TimedUNet
from ganaug.utils.errors import UsageError


def network(**settings):
    torch.manual_seed(0)
    given = {"image_size": 16, "channels": 1, "num_classes": 0, "width": 8, "blocks": 1}
    return TimedUNet(**{**given, **settings})


@pytest.mark.parametrize(
    ("image_size", "sizes"),
    [(8, 1), (16, 1), (28, 2), (32, 2), (64, 3), (96, 3), (128, 4), (224, 5), (256, 5)],
)
def test_maps_are_halved_down_to_seven_pixels_or_more(image_size, sizes):
    built = network(image_size=image_size, channels=3)
    assert len(built.down) == sizes - 1
    images = torch.randn(2, 3, image_size, image_size)
    smallest = []
    built.middle[0].register_forward_hook(lambda _, inputs, output: smallest.append(output.shape))
    assert built(images, torch.rand(2)).shape == images.shape
    assert smallest[0][2] == image_size // 2**sizes


def test_time_and_class_are_embedded():
    embed = TimeAndClassEmbedding(length=16, num_classes=3)
    times = torch.tensor([0.2, 0.7])
    first, second = embed(times, torch.tensor([1, 1]))
    assert not torch.allclose(first, second)
    other = embed(times, torch.tensor([1, 2]))
    torch.testing.assert_close(other[0], first)
    assert not torch.allclose(other[1], second)


def test_minus_one_stands_for_any_class():
    embed = TimeAndClassEmbedding(length=16, num_classes=3)
    times = torch.tensor([0.5])
    without = embed(times, torch.tensor([-1]))
    torch.testing.assert_close(without, TimeAndClassEmbedding.forward(_unconditional(embed), times))


def _unconditional(embed):
    same = TimeAndClassEmbedding(length=16, num_classes=0)
    same.load_state_dict({k: v for k, v in embed.state_dict().items() if "classes" not in k})
    return same


def test_labels_are_for_conditional_networks_alone():
    with pytest.raises(TypeError, match="unconditional"):
        network()(torch.zeros(1, 1, 16, 16), torch.zeros(1), torch.zeros(1, dtype=torch.long))


def test_a_width_that_groups_do_not_divide_is_refused():
    with pytest.raises(UsageError, match=r"width is 12; give a multiple of 8"):
        network(width=12)
