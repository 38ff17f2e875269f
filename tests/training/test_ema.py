"""The averaged network against the recurrence written out in numpy."""

import numpy as np
import pytest
import torch
from torch import nn

from ganaug.training.ema import EMANetwork
from ganaug.utils.errors import UsageError


def test_average_follows_the_recurrence():
    network = nn.Linear(2, 1)
    averaged = EMANetwork(network, half_life=100)
    expected = network.weight.detach().numpy().copy()
    rng = np.random.default_rng(0)
    for step in range(1, 200):
        now = rng.normal(size=(1, 2)).astype("float32")
        network.weight.data = torch.from_numpy(now)
        averaged.update(network, batch=step - 1, batch_images=32)
        decay = 0.5 ** (32 / min(100, 0.05 * 32 * step))
        expected = decay * expected + (1 - decay) * now
    np.testing.assert_allclose(averaged.network.weight.numpy(), expected, rtol=1e-4)
    assert not np.allclose(expected, now)


def test_half_the_weight_is_gone_after_the_half_life():
    averaged = EMANetwork(nn.Linear(1, 1), half_life=640)
    past = averaged.decay(batch_images=64, images_seen=10**9) ** 10
    assert past == pytest.approx(0.5)


def test_batch_norm_statistics_are_averaged_and_counters_copied():
    network = nn.BatchNorm1d(1)
    averaged = EMANetwork(network, half_life=0)
    network(torch.randn(8, 1) + 3)
    averaged.update(network, batch=0, batch_images=8)
    torch.testing.assert_close(averaged.network.running_mean, network.running_mean)
    assert averaged.network.num_batches_tracked == 1


def test_stays_in_evaluation_mode_without_gradients():
    averaged = EMANetwork(nn.BatchNorm1d(1), half_life=0).train()
    assert not averaged.network.training
    assert not any(p.requires_grad for p in averaged.parameters())


def test_negative_half_life_is_refused():
    with pytest.raises(UsageError, match="ema_halflife is -1"):
        EMANetwork(nn.Linear(1, 1), half_life=-1)
