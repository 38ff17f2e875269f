"""A small sampler for the tests of synthesis."""

import pytest
import torch
from torch import nn

from ganaug.synthesis import GeneratorSource, expand


class Painter(nn.Module):
    """A convolutional sampler with random weights, conditional when it has classes."""

    def __init__(self, num_classes, channels=1):
        super().__init__()
        self.latent_dim, self.num_classes, self.channels = 16, num_classes, channels
        with torch.random.fork_rng():
            torch.manual_seed(5)
            self.inlet = nn.Linear(self.latent_dim + num_classes, 4 * 8 * 8)
            self.body = nn.Conv2d(4, 32, 3, padding=1)
            self.outlet = nn.Conv2d(32, channels, 3, padding=1)
        self.sizes_asked = []

    @torch.no_grad()
    def sample(self, latents, labels=None):
        self.sizes_asked.append(len(latents))
        if self.num_classes:
            latents = torch.cat([latents, torch.eye(self.num_classes)[labels]], 1)
        x = self.inlet(latents).view(-1, 4, 8, 8)
        return self.outlet(self.body(x).relu()).tanh()


@pytest.fixture
def painter():
    return Painter


@pytest.fixture
def folder(painter, tmp_path):
    source = GeneratorSource(painter(2), ("a.b", "c"))
    expand([source], {"generator": {"a.b": 30, "c": 12}}, tmp_path / "set")
    return tmp_path / "set"
