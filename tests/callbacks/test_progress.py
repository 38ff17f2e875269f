"""Progress: what a fit says of its speed and its end, and when."""

import re
import time
from types import SimpleNamespace

import pytest
import torch
from lightning.pytorch.callbacks import Timer

from ganaug.callbacks.progress import Progress, end_in_words, seconds_left
from ganaug.cli.fit_arguments import expand
from ganaug.cli.fit_summary import print_summary
from ganaug.evaluation.features.domain import train_domain_network
from ganaug.training import engine
from helpers.stopped_runs import QUICK, assert_same, curves, last

BATCH = (torch.zeros(8, 1), torch.zeros(8))


@pytest.fixture
def clock(monkeypatch):
    """The time, which a test sets."""
    now = SimpleNamespace(seconds=1000.0)
    monkeypatch.setattr(time, "monotonic", lambda: now.seconds)
    return now


def trainer_of(**settings):
    usual = {"max_epochs": 3, "num_training_batches": 40, "current_epoch": 0, "callbacks": []}
    return SimpleNamespace(**usual | {"world_size": 2, "is_global_zero": True} | settings)


def lines_of(progress, trainer, clock, batches, seconds, capsys):
    progress.on_train_start(trainer, None)
    for epoch in range(batches // trainer.num_training_batches + 1):
        trainer.current_epoch = epoch
        clock.seconds += 25 if epoch else 0  # the metrics of the epoch before
        progress.on_train_epoch_start(trainer, None)
        for number in range(min(batches - 40 * epoch, 40)):
            clock.seconds += seconds if epoch or number else 300
            progress.on_train_batch_end(trainer, None, None, BATCH, number)
    return capsys.readouterr().out.splitlines()


def test_ten_batches_tell_the_speed_and_the_end(clock, capsys):
    (line,) = lines_of(Progress(), trainer_of(), clock, 60, 2.0, capsys)
    # 8 images on each of 2 devices in 2 s; 110 batches are left. The slow first one does not count.
    found = re.fullmatch(r"speed: 8 images/s; the fit ends about .*\d\d:\d\d \(in (.*)\)", line)
    assert found[1] == "3.7 minutes"


def test_a_log_moves_once_a_minute(clock, capsys):
    _, *lines = lines_of(Progress(every_seconds=60.0), trainer_of(), clock, 60, 2.0, capsys)
    assert lines[0] == "epoch 1/3, batch 40/40, 8 images/s, 2.7 minutes left"
    # The seconds between epochs count for the end, and not for the speed.
    assert lines[1] == "epoch 2/3, batch 18/40, 8 images/s, 2.5 minutes left"
    assert len(lines) == 2


def test_other_ranks_say_nothing(clock, capsys):
    assert not lines_of(Progress(1.0), trainer_of(is_global_zero=False), clock, 60, 2.0, capsys)


def test_a_fit_ends_by_epochs_or_by_time(clock):
    assert seconds_left(trainer_of(current_epoch=1), 9, 0.5) == (2 * 40 - 10) * 0.5
    timer = Timer("00:00:00:30")
    assert seconds_left(trainer_of(callbacks=[timer]), 9, 0.5) == 30
    assert seconds_left(trainer_of(callbacks=[timer], max_epochs=-1), 9, 0.5) == 30
    assert seconds_left(trainer_of(max_epochs=-1), 9, 0.5) is None
    assert end_in_words(None) == "the fit has no end set"
    assert re.search(r"about \d{4}-\d\d-\d\d \d\d:\d\d \(in 48 hours\)", end_in_words(48 * 3600))


def fit(*flags):
    words = ["--model", "gan", *QUICK, "--trainer.enable_progress_bar", "true", *flags]
    return engine.fit_by_words(expand(words), finished=print_summary)


def test_sheets_by_time_leave_training_as_it_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    by_epoch, by_time = fit(), fit("--grid.every_minutes", "1e-9")
    sheets = [
        [int(path.stem[-8:]) for path in sorted((run.folder / "samples").glob("*.png"))]
        for run in (by_epoch, by_time)
    ]
    assert sheets == [[0, 4, 8], [0, 1, 2, 3, 4, 5, 6, 7, 8]]
    assert_same(last(by_epoch.folder), last(by_time.folder))
    one, other = (curves(run.folder) for run in (by_epoch, by_time))
    assert {**other, "samples": None} == {**one, "samples": None}
    assert set(one["samples"]) < set(other["samples"])


def test_a_log_holds_lines_and_the_share_of_an_epoch(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        Progress, "on_train_start", lambda self, *_: setattr(self, "every_seconds", 0)
    )
    short = ("--trainer.max_epochs", "1", "--trainer.limit_train_batches", "3")
    fit(*short, "--data.epoch_images", "1")
    printed = capfd.readouterr()
    assert "epoch 1/1, batch 3/3, " in printed.out
    assert "\r" not in printed.out + printed.err
    # 3 of 20 batches of 8.
    assert "done: 15% of an epoch, 24 images seen" in printed.out
    assert "\n  run         runs/gan/version_0\n" in printed.out


def test_a_network_of_features_takes_one_line_of_a_log(capfd):
    images = torch.randint(256, (40, 1, 16, 16), dtype=torch.uint8)
    labels = torch.arange(40) % 2
    train_domain_network(
        images, labels, 2, seed=0, width=4, purpose="fit", progress=True, images_seen=80
    )
    printed = capfd.readouterr()
    assert re.fullmatch(
        r"feature network \(fit\): trained for \d+ epochs, .*% of .* right\n", printed.out
    )
    assert not printed.err
