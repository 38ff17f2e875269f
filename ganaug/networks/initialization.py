"""Initial weights of convolutional networks."""

import torch
from torch import nn


def initialize(network: nn.Module) -> None:
    """Draw weights from N(0, 0.02), and gains around 1 (Radford et al. 2015, sec. 4).

    Convolutions use the channels-last layout, which is faster on both CPUs and tensor cores.
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear | nn.Embedding):
            nn.init.normal_(module.weight, 0.0, 0.02)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1.0, 0.02)
        if isinstance(bias := getattr(module, "bias", None), nn.Parameter):
            nn.init.zeros_(bias)
    network.to(memory_format=torch.channels_last)
