"""LastCheckpoint: when it is written within an epoch."""

import math
import time
from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from ganaug.callbacks import last_checkpoint
from ganaug.callbacks.last_checkpoint import LastCheckpoint
from ganaug.utils.errors import UsageError


@pytest.mark.parametrize(
    ("minutes", "expected"), [(5.0, [0, 60, 360, 660]), (0.5, [0, 30, 60, 90, 120])]
)
def test_it_is_written_after_a_minute_and_then_as_often_as_asked(monkeypatch, minutes, expected):
    now = SimpleNamespace(seconds=0.0)
    monkeypatch.setattr(time, "monotonic", lambda: now.seconds)
    monkeypatch.setattr(last_checkpoint, "before_batch", lambda *_, **__: nullcontext())
    written = []
    callback = LastCheckpoint(every_minutes=minutes)

    def write(*_):
        written.append(now.seconds)
        callback.written_at, callback.due = now.seconds, False

    monkeypatch.setattr(callback, "write", write)
    monkeypatch.setattr(callback.signals, "watch", lambda: None)
    trainer = SimpleNamespace(val_check_batch=None, world_size=1)
    callback.on_train_start(trainer, SimpleNamespace(named_parameters=list))
    for batch in range(131 if minutes < 1 else 700):
        callback.on_train_batch_start(trainer, None, None, batch)
        now.seconds += 1
    assert written == expected


@pytest.mark.parametrize("minutes", [0.0, math.nan, math.inf])
def test_minutes_are_above_0_and_finite(minutes):
    with pytest.raises(UsageError, match=rf"save\.every_minutes is {minutes}; it must be above 0"):
        LastCheckpoint(every_minutes=minutes)
