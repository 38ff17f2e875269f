"""Devices of networks, and of bfloat16 instructions."""

import torch
from torch import nn

from ganaug.utils.device import computes_bfloat16, device_of


def test_bfloat16_that_a_gpu_emulates_does_not_count(monkeypatch):
    def supported(including_emulation=True):
        return including_emulation

    monkeypatch.setattr(torch.cuda, "is_bf16_supported", supported)
    assert not computes_bfloat16("cuda")


def test_the_device_is_that_of_the_weights():
    assert device_of(nn.Linear(1, 1, device="meta")).type == "meta"
    assert device_of(nn.ReLU()).type == device_of(object()).type == "cpu"
