"""Fine-tuning begins with a head that is fitted to the features of the pretrained network."""

from copy import deepcopy

import pytest
import torch
from torch import nn

from ganaug.evaluation.features.training import OneCycle
from ganaug.evaluation.utility.classifiers import answers, train
from ganaug.evaluation.utility.fine_tuned import FineTuned
from ganaug.evaluation.utility.frozen import FrozenFeatures
from ganaug.evaluation.utility.pretrained import Trunk
from ganaug.evaluation.utility.sampling import DataMix, Images, MixSampler


def images_of(count, seed):
    """Two classes, which differ in their mean."""
    labels = torch.arange(2).repeat_interleave(count)
    noise = torch.randint(60, (2 * count, 3, 8, 8), generator=torch.Generator().manual_seed(seed))
    return Images((noise + 40 * labels[:, None, None, None] + 60).to(torch.uint8), labels)


@pytest.fixture
def network(monkeypatch, tmp_path):
    monkeypatch.setenv("GANAUG_CACHE", str(tmp_path))
    torch.manual_seed(0)
    layers = nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    trunk = Trunk(nn.Sequential(*layers), 6, "toy")
    nothing = images_of(0, 0)
    features = FrozenFeatures(deepcopy(trunk), nothing, views=0)
    return FineTuned(trunk, 2, features)


def right(network, images):
    return (answers(network.eval(), images.images).argmax(1) == images.labels).float().mean()


def test_the_head_is_fitted_before_the_first_step_and_only_once(network):
    real = images_of(20, 1)
    assert right(network, real) < 0.9
    network.prepare(MixSampler(DataMix(), real, images_of(0, 0), 2, seed=3))
    assert right(network, images_of(50, 2)) == 1
    first = network.head.weight.clone()
    others = Images(real.images, 1 - real.labels)
    network.prepare(MixSampler(DataMix(), others, images_of(0, 0), 2, seed=3))
    assert torch.equal(network.head.weight, first)


def test_all_weights_are_trained_slowly_and_statistics_stay(network):
    assert OneCycle(network, 10).schedule.get_last_lr() == pytest.approx([1e-4 / 25])
    before = {name: value.clone() for name, value in network.pretrained.state_dict().items()}
    train(network, DataMix(), images_of(20, 1), images_of(0, 0), steps=5, seed=0, num_classes=2)
    after = network.pretrained.state_dict()
    same = {name for name, value in after.items() if torch.equal(value, before[name])}
    statistics = {"running_mean", "running_var", "num_batches_tracked"}
    assert same == {"mean", "deviation", *(f"network.1.{each}" for each in statistics)}
    assert right(network, images_of(50, 2)) == 1
