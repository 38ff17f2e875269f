"""The first signal is noted, a second Ctrl-C interrupts, and handlers are put back."""

import os
import signal

import pytest

from ganaug.training.stop_signals import RunStoppedError, StopSignals


@pytest.fixture
def signals():
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    signals = StopSignals()
    signals.watch()
    yield signals
    signals.restore()
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_noted_and_said(signals, number, capfd):
    os.kill(os.getpid(), number)
    assert signals.received == number
    assert "stopping after this batch" in capfd.readouterr().err


def test_a_second_ctrl_c_interrupts(signals, monkeypatch):
    os.kill(os.getpid(), signal.SIGTERM)
    # The same one, passed on by a launcher.
    os.kill(os.getpid(), signal.SIGINT)
    assert signals.received == signal.SIGTERM
    monkeypatch.setattr("ganaug.training.stop_signals.SECONDS_APART", -1.0)
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)


def test_exit_codes_are_those_of_the_shell(tmp_path):
    assert RunStoppedError(signal.SIGINT, tmp_path).exit_code == 130
    assert RunStoppedError(signal.SIGTERM, tmp_path).exit_code == 143
