"""Ctrl-C, SIGTERM and SIGHUP: the run saves and stops after the current batch."""

import os
import select
import signal
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from ganaug.training.run import display, run_of

NOTICE = b"\nstopping after this batch; Ctrl-C again stops at once, without saving\n"
SAVING = b"\nsaving; the run stops right after\n"
# A launcher forwards Ctrl-C to processes that have received it already.
SECONDS_APART = 1.0
# Windows has no SIGHUP.
NUMBERS = [getattr(signal, n) for n in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, n)]


class RunStoppedError(BaseException):
    """A run was stopped by a signal, and has saved a checkpoint to resume from.

    It isn't an `Exception`, so a loop over several fits that catches errors also ends.

    Args:
        number: Number of the signal.
        checkpoint: File from which the run resumes.

    Attributes:
        reason: The signal that stopped the run, as text.
        resume: The call that resumes it, for the message.
        exit_code: Exit code for a program that ends with this error.

    Example:
        >>> print(RunStoppedError(15, Path("runs/gan/version_0/checkpoints/last.ckpt")))
        stopped by SIGTERM, and saved; continue with ganaug.fit(resume='runs/gan/version_0')
    """

    def __init__(self, number: int, checkpoint: Path) -> None:
        super().__init__(number, checkpoint)
        self.number, self.checkpoint = number, checkpoint
        self.reason = f"stopped by {signal.Signals(number).name}"
        self.resume = f"ganaug.fit(resume={display(run_of(checkpoint))!r})"
        self.exit_code = 128 + number

    def __str__(self) -> str:
        return f"{self.reason}, and saved; continue with {self.resume}"

    def outside_lightning(self, objects: Collection[str] = ()) -> "RunStoppedError":
        """Return the error that `fit` raises; after Ctrl-C, it is also a KeyboardInterrupt.

        Within Lightning's loops it can't be one, since Lightning would call sys.exit.

        Args:
            objects: Names of arguments that the run doesn't record, such as `callbacks`.
        """
        kind = RunInterruptedError if self.number == signal.SIGINT else RunStoppedError
        error = kind(self.number, self.checkpoint)
        again = "".join(f", {name}=…" for name in objects)
        error.resume = f"{self.resume.removesuffix(')')}{again})"
        return error


class RunInterruptedError(RunStoppedError, KeyboardInterrupt):
    """A run was stopped by Ctrl-C, and saved."""


class StopSignals:
    """Records the first Ctrl-C, SIGTERM or SIGHUP; a second Ctrl-C raises KeyboardInterrupt.

    Ctrl-C does not interrupt the writing of a checkpoint, which would be lost.

    Args:
        speaks: Returns whether this process prints that it received the signal.

    Attributes:
        received: Number of the signal; 0 if there was none.
        saving: Whether a checkpoint is being written.
    """

    def __init__(self, speaks: Callable[[], bool] = lambda: True) -> None:
        self.received, self.saving = 0, False
        self._speaks = speaks
        self._at = 0.0
        self._previous_handlers: dict[int, Any] = {}

    def watch(self) -> None:
        """Start handling signals; has no effect outside the main thread, which receives them.

        SIGHUP stays ignored under nohup.
        """
        if threading.current_thread() is not threading.main_thread():
            return
        for number in NUMBERS:
            if number in (signal.SIGINT, signal.SIGTERM) or (
                signal.getsignal(number) != signal.SIG_IGN
            ):
                self._previous_handlers[number] = signal.signal(number, self._handle)

    def restore(self) -> None:
        """Restore the previous signal handlers."""
        while self._previous_handlers:
            signal.signal(*self._previous_handlers.popitem())

    def _handle(self, number: int, _: FrameType | None) -> None:
        now = time.monotonic()
        again = self.received and number == signal.SIGINT and now - self._at > SECONDS_APART
        if again and not self.saving:
            raise KeyboardInterrupt
        if again and self._speaks():
            os.write(2, SAVING)
        if number not in (signal.SIGINT, signal.SIGTERM):
            silence_closed_outputs()
        if not self.received and self._speaks():
            # print isn't reentrant, and the signal may have interrupted one.
            os.write(2, NOTICE)
        self.received, self._at = self.received or number, now


@contextmanager
def keyboard_interrupts() -> Iterator[None]:
    """Raise KeyboardInterrupt on Ctrl-C in Lightning's loops, and restore its signal handler.

    Lightning would exit the program with code 1, as after a failure, and leave a notebook that
    ignores Ctrl-C.

    Raises:
        KeyboardInterrupt: Replaces Lightning's SystemExit.
    """
    handler = signal.getsignal(signal.SIGINT)
    try:
        yield
    except SystemExit as exit_:
        if not isinstance(exit_.__context__, KeyboardInterrupt):
            raise
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, handler)
        raise KeyboardInterrupt from None


def silence_closed_outputs() -> None:
    """Redirect stdout and stderr to the null device if their terminal or reader has closed.

    Otherwise, a print would raise an error before the run is saved.
    """
    for output in (1, 2):
        poll = select.poll()
        poll.register(output, 0)
        if poll.poll(0):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, output)
            os.close(nowhere)
