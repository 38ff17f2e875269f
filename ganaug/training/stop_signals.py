"""Ctrl-C, SIGTERM and SIGHUP: a signal is noted, and the run stops between two batches."""

import os
import select
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from ganaug.training.run import display, run_of

NOTICE = b"\nstopping after this batch; Ctrl-C again stops at once, without saving\n"
SAVING = b"\nsaving; the run stops right after\n"
# A launcher passes on the Ctrl-C that its processes got already.
SECONDS_APART = 1.0
# Windows has no SIGHUP.
NUMBERS = [getattr(signal, n) for n in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, n)]


class RunStoppedError(BaseException):
    """A run was asked to stop, and has saved all that it takes to go on.

    It is no `Exception`, so that a loop over several fits that survives failed ones ends, too.

    Args:
        number: Number of the signal.
        checkpoint: File from which the run resumes.

    Attributes:
        reason: Which signal stopped it.
        resume: What goes on with it, for the message.
        exit_code: With which a program ends that was stopped so.

    Example:
        >>> print(RunStoppedError(15, Path("runs/gan/version_0/checkpoints/last.ckpt")))
        stopped by SIGTERM, and saved; ganaug.fit(resume='runs/gan/version_0') continues it
    """

    def __init__(self, number: int, checkpoint: Path) -> None:
        super().__init__(number, checkpoint)
        self.number, self.checkpoint = number, checkpoint
        self.reason = f"stopped by {signal.Signals(number).name}"
        self.resume = f"ganaug.fit(resume={display(run_of(checkpoint))!r})"
        self.exit_code = 128 + number

    def __str__(self) -> str:
        return f"{self.reason}, and saved; {self.resume} continues it"

    def outside_lightning(self) -> "RunStoppedError":
        """Return what `fit` raises: after Ctrl-C an error that is a KeyboardInterrupt, too.

        Lightning answers a KeyboardInterrupt within its own loops with sys.exit.
        """
        if self.number != signal.SIGINT:
            return self
        return RunInterruptedError(self.number, self.checkpoint)


class RunInterruptedError(RunStoppedError, KeyboardInterrupt):
    """A run was stopped by Ctrl-C, and saved."""


class StopSignals:
    """Notes the first Ctrl-C, SIGTERM or SIGHUP; a second Ctrl-C is a KeyboardInterrupt as ever.

    While a checkpoint is being written, which would be lost, no Ctrl-C interrupts.

    Args:
        speaks: Whether this process says that it was heard.

    Attributes:
        received: Number of the signal, 0 where none came.
        saving: Whether a checkpoint is being written.
    """

    def __init__(self, speaks: Callable[[], bool] = lambda: True) -> None:
        self.received, self.saving = 0, False
        self._speaks = speaks
        self._at = 0.0
        self._before: dict[int, Any] = {}

    def watch(self) -> None:
        """Begin to note signals, in a process's main thread; in others there are none.

        Under nohup SIGHUP is ignored, and stays so.
        """
        if threading.current_thread() is not threading.main_thread():
            return
        for number in NUMBERS:
            if number in (signal.SIGINT, signal.SIGTERM) or (
                signal.getsignal(number) != signal.SIG_IGN
            ):
                self._before[number] = signal.signal(number, self._note)

    def restore(self) -> None:
        """Leave signals to whoever handled them before."""
        while self._before:
            signal.signal(*self._before.popitem())

    def _note(self, number: int, _: FrameType | None) -> None:
        now = time.monotonic()
        again = self.received and number == signal.SIGINT and now - self._at > SECONDS_APART
        if again and not self.saving:
            raise KeyboardInterrupt
        if again and self._speaks():
            os.write(2, SAVING)
        if number not in (signal.SIGINT, signal.SIGTERM):
            silence_closed_outputs()
        if not self.received and self._speaks():
            # A print would break the one that the signal may have come into.
            os.write(2, NOTICE)
        self.received, self._at = self.received or number, now


@contextmanager
def keyboard_interrupts() -> Iterator[None]:
    """Let Ctrl-C end what Lightning does with a KeyboardInterrupt, and leave its handler as it was.

    Lightning ends the whole program with exit code 1, as if something had failed, and would have a
    notebook ignore Ctrl-C from then on.

    Raises:
        KeyboardInterrupt: In place of Lightning's SystemExit.
    """
    before = signal.getsignal(signal.SIGINT)
    try:
        yield
    except SystemExit as exit_:
        if not isinstance(exit_.__context__, KeyboardInterrupt):
            raise
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, before)
        raise KeyboardInterrupt from None


def silence_closed_outputs() -> None:
    """Send stdout and stderr nowhere where their terminal or reader has gone.

    A print would otherwise end the run before it has saved.
    """
    for output in (1, 2):
        poll = select.poll()
        poll.register(output, 0)
        if poll.poll(0):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, output)
            os.close(nowhere)
