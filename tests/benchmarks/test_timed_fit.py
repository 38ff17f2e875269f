"""A fit in turn with plain loops: a step of each after every batch, and no time counted twice."""

import json
from types import SimpleNamespace

import pytest
import torch

from benchmarks import timed_fit
from benchmarks.plain_loops import BATCH

BATCHES = timed_fit.WARM_UP + 5
# Seconds of a batch of the fit, and of a step of the loop.
FIT, LOOP = 2.0, 1.0


class Clock:
    """A clock that goes on when it is told to."""

    now = 0.0

    def perf_counter(self):
        return self.now


@pytest.fixture
def turns(tmp_path, monkeypatch):
    """What is written down of a fit that takes so long, and of a loop."""
    clock, steps = Clock(), []

    def step(players, number):
        steps.append(number)
        clock.now += LOOP

    players = SimpleNamespace(generator=torch.nn.Linear(1, 1))
    monkeypatch.setattr(timed_fit, "time", clock)
    monkeypatch.setattr(timed_fit, "LOOPS", {"textbook": (lambda _: zip(range(99)), step)})
    monkeypatch.setattr(timed_fit, "Players", lambda width, *, tuned: players)
    monkeypatch.setattr(timed_fit, "run_folder", lambda trainer: tmp_path)
    trainer = SimpleNamespace(datamodule=SimpleNamespace(hparams={"root": None}))
    callback = timed_fit.InTurn()
    callback.on_train_start(trainer, SimpleNamespace(hparams={"width": 4}))
    for _ in range(BATCHES):
        clock.now += FIT
        callback.on_train_batch_end()
    # The end of the last epoch is the fit's, too.
    clock.now += FIT
    callback.on_train_end(trainer)
    assert steps == list(range(BATCHES))
    return json.loads((tmp_path / "turns.json").read_text())


def test_each_is_charged_with_its_own_time_after_the_warm_up(turns):
    assert turns == {"images": 5 * BATCH, "seconds": {"fit": 6 * FIT, "textbook": 5 * LOOP}}
