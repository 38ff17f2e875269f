"""`ganaug.fit` does what the command line does, from Python."""

import os
import signal
import subprocess
import sys
import warnings
from datetime import timedelta
from pathlib import Path
from unittest.mock import Mock

import pytest
import torch
from lightning.pytorch.callbacks import LambdaCallback, Timer

import ganaug
from datamodules.mnist import MNISTDataModule
from ganaug.callbacks.nan_guard import NonFiniteLossError
from ganaug.cli.fit_arguments import expand
from ganaug.training.builder import FitCLI
from ganaug.training.engine import attempt, fit_by_words
from ganaug.training.run import display
from ganaug.training.setting_files import in_lightnings_form
from ganaug.training.stop_signals import RunStoppedError
from ganaug.utils.errors import UsageError
from helpers.stopped_runs import QUICK, Stop, last

QUICKLY = {
    "grid": {"every_minutes": None},
    "max_epochs": 2,
    "max_time": None,
    "limit_train_batches": 4,
    "accelerator": "cpu",
    "log_every_n_steps": 1,
    "enable_progress_bar": False,
    "fidelity": {"every_epochs": 0},
    "stability": {"images": 20},
}


def digits():
    return MNISTDataModule(per_class=16, batch_size=8, validation=0.1)


def test_it_gives_the_weights_that_the_command_line_gives(tmp_path):
    run = ganaug.fit("dcgan", digits(), width=4, **QUICKLY)
    cli = fit_by_words(expand(["--model", "dcgan", "--model.width", "4", *QUICK]))
    ours, theirs = last(run.folder), last(cli.folder)
    assert ours["state_dict"].keys() == theirs["state_dict"].keys()
    for name, weight in ours["state_dict"].items():
        assert torch.equal(weight, theirs["state_dict"][name]), name
    assert ours["ganaug"] == theirs["ganaug"]
    assert ours["hyper_parameters"] == theirs["hyper_parameters"]
    assert run.settings == {**ganaug.Run.open(cli.folder).settings}
    assert run.best is None
    assert "generator/loss" in run.curves
    assert "DCGAN" in str(run)
    assert "<pre>" in run._repr_html_()
    images, labels = ganaug.load(run).sample(per_class=2)
    assert images.shape == (20, 1, 28, 28)
    assert images.dtype == torch.uint8
    assert labels.tolist() == [label for label in range(10) for _ in range(2)]
    again, _ = ganaug.load(run.last).sample(per_class=2)
    assert torch.equal(images, again)


def test_a_run_keeps_its_number_of_threads():
    own = torch.get_num_threads()
    torch.set_num_threads(2)
    filters = [*warnings.filters]
    run = ganaug.fit("gan", digits(), threads=1, **QUICKLY)
    assert run.settings["threads"] == 1
    # The process, and so its number of threads, is the caller's.
    assert torch.get_num_threads() == 2
    assert [*warnings.filters] == filters
    torch.set_num_threads(own)
    with pytest.raises(UsageError, match="threads is 0; give 1 or more"):
        ganaug.fit("gan", digits(), threads=0, **QUICKLY)


def test_a_stopped_run_goes_on(tmp_path):
    whole = ganaug.fit("gan", digits(), **QUICKLY)
    with pytest.raises(RunStoppedError) as stop:
        ganaug.fit("gan", digits(), **QUICKLY, callbacks=[Stop(3, signal.SIGINT)])
    assert isinstance(stop.value, KeyboardInterrupt)
    assert not isinstance(stop.value, Exception)  # or a loop over models would go on
    run = stop.value.checkpoint.parent.parent
    assert f"continue with ganaug.fit(resume='{display(run)}', callbacks=…)" in str(stop.value)
    with pytest.raises(UsageError, match=r"with 8 images .* uses 16, .*batch_size to 4, or"):
        ganaug.fit("gan", digits(), resume=run, devices=2)
    run = ganaug.fit("gan", digits(), resume=run)
    for name, weight in last(whole.folder)["state_dict"].items():
        assert torch.equal(weight, last(run.folder)["state_dict"][name]), name


@pytest.fixture
def on_two_devices(monkeypatch):
    """A fit on two devices that is built but starts no processes, and what its trainer does."""
    words = ["--trainer.devices", "2", "--trainer.accelerator", "cpu", "--data.batch_size", "8"]
    built = FitCLI(expand(["--model", "gan", "--data.per_class", "16", *words]))
    monkeypatch.setattr(built.trainer, "fit", Mock())
    monkeypatch.setattr(built.trainer.strategy, "barrier", Mock())
    return built


@pytest.mark.parametrize(("is_first", "error"), [(True, RunStoppedError), (False, SystemExit)])
def test_only_the_first_process_of_a_stopped_fit_reports_it(
    on_two_devices, is_first, error, monkeypatch, capsys
):
    trainer = on_two_devices.trainer
    monkeypatch.setattr(type(trainer), "is_global_zero", is_first)
    trainer.fit.side_effect = RunStoppedError(signal.SIGTERM, Path("run/checkpoints/last.ckpt"))
    with pytest.raises(error) as end:
        attempt(on_two_devices)
    assert is_first or end.value.code == 0
    assert "2 devices: 16 images in a batch" in capsys.readouterr().out


def test_processes_wait_for_each_other_before_a_loss_that_is_not_finite_ends_them(on_two_devices):
    trainer = on_two_devices.trainer
    trainer.fit.side_effect = NonFiniteLossError("loss")
    with pytest.raises(NonFiniteLossError):
        attempt(on_two_devices)
    trainer.strategy.barrier.assert_called_once_with()


def interrupt(trainer, *_):
    if trainer.fit_loop.epoch_loop.total_batch_idx == 2:
        raise KeyboardInterrupt


def test_a_run_that_ctrl_c_ends_at_once_keeps_its_checkpoint_and_ends_no_program(capsys):
    before = signal.getsignal(signal.SIGINT)
    stop = LambdaCallback(on_train_batch_end=interrupt)
    with pytest.raises(KeyboardInterrupt):  # Lightning would exit with code 1
        ganaug.fit("gan", digits(), **QUICKLY, callbacks=[stop])
    assert "stopped at once: resume runs/gan/version_0 to continue from" in capsys.readouterr().out
    assert signal.getsignal(signal.SIGINT) == before
    assert last(ganaug.Run.open("runs/gan/version_0").folder)["epoch"] == 0


def test_a_run_of_the_version_before_goes_on(tmp_path):
    run = ganaug.fit("gan", digits(), **QUICKLY)
    file = run.folder / "config.yaml"
    text = file.read_text()
    for old, new in {
        "critic_steps": "n_critic",
        "average_images": "ema_halflife",
        "policy": "augmentation",
        "augment": "discriminator_augmentation",
        "film": "video",
        "health": "stability",
        "copying": "memorization",
        "hold_early": "freeze_discriminator_layers",
    }.items():
        assert f"{new}:" in text
        text = text.replace(f" {new}:", f" {old}:").replace(f"\n{new}:", f"\n{old}:")
    file.write_text(text)
    fit_by_words(expand(["--resume", str(run.folder), "--trainer.max_epochs", "3"]))
    assert last(run.folder)["epoch"] == 2 + 1
    assert "film:" not in file.read_text()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"widht": 4}, "there is no setting widht; did you mean 'width'"),
        ({"max_epoch": 4}, "there is no setting max_epoch; did you mean 'max_epochs'"),
        ({"grid": {"colums": 4}}, r"there is no setting grid.colums; did you mean 'grid.columns'"),
        ({"grid": 4}, "grid is 4; give its settings as a dictionary"),
        ({"model": "dcgam"}, "model 'dcgam' is not one of .*did you mean 'dcgan'"),
        ({"model": None}, "model is missing"),
        ({"width": "wide"}, "width"),
    ],
)
def test_wrong_settings_are_named(settings, message):
    with pytest.raises(UsageError, match=message):
        ganaug.fit(**{"model": "dcgan", **settings})


def test_times_as_people_write_them():
    assert in_lightnings_form("30m") == "00:00:30:00"
    assert in_lightnings_form("8h") == "00:08:00:00"
    assert in_lightnings_form("90s") == "00:00:01:30"
    assert in_lightnings_form("1.5d") == "01:12:00:00"
    for value in ("00:01:00:00", None, {"hours": 1}, timedelta(hours=1)):
        assert in_lightnings_form(value) == value


def test_the_command_line_takes_such_times_and_a_spent_one_is_said(capfd, monkeypatch):
    words = ["--model", "gan", *QUICK]
    run = fit_by_words(expand([*words, "--trainer.max_time", "2h"]))
    assert run.settings["trainer"]["max_time"] == "00:02:00:00"
    assert "nothing was trained" not in capfd.readouterr().out
    resume = ["--resume", str(run.folder), "--trainer.max_epochs", "3"]
    # As if these two hours were over.
    monkeypatch.setattr(Timer, "time_elapsed", lambda *_: 7200.0)
    before = last(run.folder)["global_step"]
    fit_by_words(expand(resume))
    said = " ".join(capfd.readouterr().out.split())
    assert "nothing was trained: trainer.max_time 2:00:00 is for the whole run" in said
    assert last(run.folder)["global_step"] == before
    monkeypatch.undo()
    fit_by_words(expand([*resume, "--trainer.max_time", "3h"]))
    assert last(run.folder)["global_step"] > before
    fit_by_words(expand(resume))
    assert "nothing was trained: trainer.max_epochs 3 is for the whole" in capfd.readouterr().out
    fewer = ["--resume", str(run.folder), "--trainer.max_epochs", "2"]
    with pytest.raises(UsageError, match="max_epochs 2 is for the whole run, which has had 3; res"):
        fit_by_words(expand(fewer))


@pytest.mark.parametrize("value", ["soon", "10", "8 hours", "1:00:00", "0s", "", "-1h"])
def test_a_time_that_is_none_is_refused_with_those_allowed(value):
    with pytest.raises(UsageError, match=r"trainer.max_time is .*90s, 15m, 8h or 2d, or days:"):
        in_lightnings_form(value)


def test_the_import_is_quick_and_loads_no_torch():
    code = "import ganaug, sys; ganaug.fit; assert 'torch' not in sys.modules; dir(ganaug)"
    before = os.times().children_user
    subprocess.run([sys.executable, "-c", code], check=True)
    assert os.times().children_user - before < 1
