"""A signal that comes while the speed is measured ends the process with its own exit code."""

import signal
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
import torch
from lightning.pytorch.accelerators import CPUAccelerator, CUDAAccelerator
from lightning.pytorch.callbacks import Callback, EarlyStopping, ModelCheckpoint

from ganaug.models.registry import config_of
from ganaug.training import pace
from ganaug.training.pace import _fit_and_test, first_device, measure
from ganaug.training.stop_signals import RunStoppedError
from helpers.stopped_runs import first_words


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


def test_the_threads_are_the_callers_again(monkeypatch):
    def build(*_):
        torch.set_num_threads(before + 1)
        raise KeyError

    before = torch.get_num_threads()
    monkeypatch.setattr(pace, "FitCLI", build)
    with pytest.raises(KeyError):
        measure([], {}, "10m")
    assert torch.get_num_threads() == before


class Counter(Callback):
    """Counts batches, asks for the end at once, and has an interval of its own."""

    def __init__(self):
        self.every_epochs, self.batches, self.file = 7, 0, None

    def on_train_batch_end(self, trainer, *_):
        assert self.every_epochs == 7
        self.batches += 1
        trainer.should_stop = True


def test_the_users_callbacks_are_as_before(tmp_path):
    stopping, checkpoints = EarlyStopping("generator/loss", patience=0), ModelCheckpoint()
    counter, not_copied = Counter(), Counter()
    with (tmp_path / "open.txt").open("w") as not_copied.file:
        callbacks = [stopping, checkpoints, counter, not_copied]
        found = measure(first_words(config_of("gan")), {"callbacks": callbacks}, "50s")
    assert found.pace.batch > 0
    assert (stopping.best_score, stopping.wait_count) == (torch.inf, 0)
    assert checkpoints.dirpath is None
    assert counter.batches == not_copied.batches == 0


def test_one_callback_needs_no_list_and_does_not_end_the_measurement():
    found = measure(first_words(config_of("gan")), {"callbacks": Counter()}, "50s")
    assert found.pace.batch > 0


def test_the_speed_is_measured_on_a_device_of_the_fit():
    assert first_device(None) == "1"
    assert first_device(SimpleNamespace(accelerator=CPUAccelerator(), device_ids=[0, 1])) == "1"
    assert first_device(SimpleNamespace(accelerator=CUDAAccelerator(), device_ids=[1])) == "[1]"
