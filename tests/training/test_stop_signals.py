"""The first signal is noted, a second Ctrl-C interrupts, and handlers are put back."""

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ganaug.training.stop_signals import NUMBERS, RunStoppedError, StopSignals, keyboard_interrupts


@pytest.fixture
def signals():
    before = [signal.getsignal(number) for number in NUMBERS]
    signals = StopSignals()
    signals.watch()
    yield signals
    signals.restore()
    assert [signal.getsignal(number) for number in NUMBERS] == before


@pytest.mark.parametrize("number", NUMBERS)
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


def test_a_second_ctrl_c_waits_for_a_checkpoint(signals, monkeypatch, capfd):
    monkeypatch.setattr("ganaug.training.stop_signals.SECONDS_APART", -1.0)
    os.kill(os.getpid(), signal.SIGINT)
    signals.saving = True
    os.kill(os.getpid(), signal.SIGINT)
    assert "saving; the run stops right after" in capfd.readouterr().err
    signals.saving = False
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)


def test_lightnings_way_to_end_is_a_keyboard_interrupt_and_ctrl_c_still_works():
    def end_as_lightning_does():
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            sys.exit(1)

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), keyboard_interrupts():
        end_as_lightning_does()
    assert signal.getsignal(signal.SIGINT) == before
    with pytest.raises(SystemExit), keyboard_interrupts():
        sys.exit(1)


def test_exit_codes_are_those_of_the_shell(tmp_path):
    assert RunStoppedError(signal.SIGINT, tmp_path).exit_code == 130
    assert RunStoppedError(signal.SIGTERM, tmp_path).exit_code == 143
    assert RunStoppedError(signal.SIGHUP, tmp_path).exit_code == 129


def test_the_message_says_how_to_go_on_in_python():
    stop = RunStoppedError(signal.SIGTERM, Path("runs/gan/checkpoints/last.ckpt"))
    assert str(stop) == "stopped by SIGTERM, and saved; continue with ganaug.fit(resume='runs/gan')"


def test_ctrl_c_is_a_keyboard_interrupt_outside_of_lightning_and_others_are_not(tmp_path):
    stop = RunStoppedError(signal.SIGINT, tmp_path).outside_lightning()
    assert isinstance(stop, KeyboardInterrupt)
    assert (stop.exit_code, stop.checkpoint) == (130, tmp_path)
    other = RunStoppedError(signal.SIGTERM, tmp_path)
    assert not isinstance(other.outside_lightning(), KeyboardInterrupt | Exception)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_objects_that_no_run_records_are_given_again(number):
    stop = RunStoppedError(number, Path("runs/gan/checkpoints/last.ckpt"))
    message = str(stop.outside_lightning(["callbacks", "logger"]))
    assert message.endswith("continue with ganaug.fit(resume='runs/gan', callbacks=…, logger=…)")


def test_a_hangup_that_is_ignored_stays_so():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signals = StopSignals()
    signals.watch()
    os.kill(os.getpid(), signal.SIGHUP)
    assert signals.received == 0
    signals.restore()
    assert signal.signal(signal.SIGHUP, before) == signal.SIG_IGN


CLOSED = """
import sys, time
from ganaug.training.stop_signals import StopSignals
signals = StopSignals()
signals.watch()
print("ready", flush=True)
while not signals.received:
    time.sleep(0.01)
print("this goes nowhere", flush=True)
open(sys.argv[1], "w").write(str(signals.received))
"""


def test_a_terminal_that_closes_lets_the_run_save(tmp_path):
    ours, theirs = pty.openpty()
    run = subprocess.Popen(
        [sys.executable, "-c", CLOSED, str(tmp_path / "saved")], stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    assert os.read(ours, 5) == b"ready"
    os.close(ours)
    run.send_signal(signal.SIGHUP)
    assert run.wait(30) == 0
    assert (tmp_path / "saved").read_text() == str(int(signal.SIGHUP))
