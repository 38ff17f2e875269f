"""Devices of networks, and of bfloat16 instructions."""

from pathlib import Path

import pytest
import torch
from torch import nn

from ganaug.training.checkpoints import Checkpoint, load
from ganaug.utils.device import choose_device, computes_bfloat16, device_of
from ganaug.utils.errors import UsageError


@pytest.fixture
def two_gpus(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)


@pytest.mark.usefixtures("two_gpus")
@pytest.mark.parametrize(
    ("device", "expected"),
    [
        ("auto", "cuda"),
        ("cpu", "cpu"),
        ("cuda:1", "cuda:1"),
        (torch.device("cuda", 1), "cuda:1"),
        ("mps", "mps"),
        ("xpu:0", "xpu:0"),
    ],
)
def test_a_device_is_a_name_or_torchs_own(device, expected):
    assert choose_device(device) == expected


@pytest.mark.usefixtures("two_gpus")
@pytest.mark.parametrize(
    ("device", "message"),
    [
        ("cuda:2", "device cuda:2: torch sees 2 GPUs; use cuda:0 to cuda:1"),
        ("tpu", "use auto, cpu, cuda or cuda:1"),
    ],
)
def test_other_devices_are_refused(device, message):
    with pytest.raises(UsageError, match=message):
        choose_device(device)


@pytest.mark.parametrize(
    ("count", "message"), [(0, "torch sees no GPU; use cpu"), (1, "sees 1 GPU; use cuda:0")]
)
def test_the_devices_that_there_are_are_named(monkeypatch, count, message):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: bool(count))
    monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
    with pytest.raises(UsageError, match=message):
        choose_device("cuda:3")


@pytest.mark.usefixtures("two_gpus")
def test_a_loaded_model_is_moved_unless_the_device_is_open(monkeypatch):
    moves = []
    model = nn.Linear(1, 1)
    monkeypatch.setattr(model, "to", moves.append)
    loaded = Checkpoint(model, None, "", Path("x.ckpt"))
    for device in (None, "auto", "cuda:1", "cpu"):
        assert load(loaded, device) is loaded
    assert moves == ["cuda:1", "cpu"]


def test_bfloat16_that_a_gpu_emulates_does_not_count(monkeypatch):
    def supported(including_emulation=True):
        return including_emulation

    monkeypatch.setattr(torch.cuda, "is_bf16_supported", supported)
    assert not computes_bfloat16("cuda")


def test_the_device_is_that_of_the_weights():
    assert device_of(nn.Linear(1, 1, device="meta")).type == "meta"
    assert device_of(nn.ReLU()).type == device_of(object()).type == "cpu"
