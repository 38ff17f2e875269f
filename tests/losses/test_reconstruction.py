"""The bound's terms against torch.distributions and a plain sum."""

import math

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from ganaug.losses.reconstruction import bernoulli_reconstruction, gaussian_kl


def test_kl_is_that_of_the_distributions():
    mean, log_variance = torch.randn(5, 3), torch.randn(5, 3)
    normal = Normal(mean, (0.5 * log_variance).exp())
    expected = kl_divergence(normal, Normal(torch.zeros(3), torch.ones(3))).sum(1).mean()
    torch.testing.assert_close(gaussian_kl(mean, log_variance), expected)
    assert gaussian_kl(torch.zeros(2, 3), torch.zeros(2, 3)) == 0


def test_reconstruction_is_the_log_likelihood_of_an_image():
    logits, targets = torch.randn(2, 1, 2, 2), torch.rand(2, 1, 2, 2)
    total = 0.0
    for logit, target in zip(logits.flatten().tolist(), targets.flatten().tolist(), strict=True):
        white = 1 / (1 + math.exp(-logit))
        total -= target * math.log(white) + (1 - target) * math.log(1 - white)
    assert bernoulli_reconstruction(logits, targets).item() == pytest.approx(total / 2, rel=1e-5)
