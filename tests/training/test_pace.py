"""A signal that comes while the speed is measured ends the process with its own exit code."""

import signal
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
import torch
from lightning.pytorch.accelerators import CPUAccelerator, CUDAAccelerator

from ganaug.training.pace import _fit_and_test, first_device, measure
from ganaug.training.stop_signals import RunStoppedError


def stopped(number):
    error = RunStoppedError(number, Path("scratch/gan/version_0/checkpoints/last.ckpt"))
    trainer = SimpleNamespace(fit=Mock(side_effect=error))
    return SimpleNamespace(trainer=trainer, model=None, datamodule=None)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_another_signal_than_ctrl_c_keeps_its_exit_code(number, code, capsys):
    with pytest.raises(SystemExit) as end:
        _fit_and_test(stopped(number))
    assert end.value.code == code
    assert f"stopped by {number.name} while the speed was measured" in capsys.readouterr().out


def test_ctrl_c_is_a_keyboard_interrupt():
    with pytest.raises(KeyboardInterrupt, match="nothing was fitted yet, so start the fit again"):
        _fit_and_test(stopped(signal.SIGINT))


def test_the_threads_are_the_callers_again():
    def build(*_):
        torch.set_num_threads(before + 1)
        raise KeyError

    before = torch.get_num_threads()
    with pytest.raises(KeyError):
        measure(build, [], {}, "10m")
    assert torch.get_num_threads() == before


def test_the_speed_is_measured_on_a_device_of_the_fit():
    assert first_device(None) == "1"
    assert first_device(SimpleNamespace(accelerator=CPUAccelerator(), device_ids=[0, 1])) == "1"
    assert first_device(SimpleNamespace(accelerator=CUDAAccelerator(), device_ids=[1])) == "[1]"
