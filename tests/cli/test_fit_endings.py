"""What a user sees of a fit that does not come to its end, and that its last checkpoint stands."""

import errno
import json
import math
import shlex
import signal
import subprocess
import time
from pathlib import Path

import pytest
import torch
from lightning.pytorch import Callback
from lightning.pytorch.callbacks import Timer

from ganaug.cli.fit import main
from ganaug.cli.fit_arguments import expand
from ganaug.cli.fit_summary import print_summary
from ganaug.cli.tool import run_tool
from ganaug.models.gan import GAN
from ganaug.training import builder, engine
from ganaug.training.budget_keeper import BudgetKeeper
from ganaug.training.run import Run
from ganaug.training.shutdown import lack_of_room, naming_missing_parts
from ganaug.training.trainers import callbacks_of
from ganaug.utils.errors import UsageError
from helpers.stopped_runs import QUICK, Stop, curves, last

STARTS = ("tensorboard --logdir", "python tools/")
WORDS = ["--model", "gan", *QUICK]


def run_fit(*flags):
    with pytest.raises(SystemExit) as end:
        run_tool(lambda: main([*WORDS, *flags]))
    return end.value.code


@pytest.fixture
def stops(monkeypatch):
    """Has a signal come in after a batch of the next fit."""

    def after(batch, number):
        build = builder.FitCLI.standing_callbacks
        monkeypatch.setattr(
            builder.FitCLI, "standing_callbacks", lambda cli: [Stop(batch, number), *build(cli)]
        )

    return after


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_stopped_run_says_how_to_go_on(number, code, stops, capfd):
    stops(2, number)
    assert run_fit() == code
    printed = capfd.readouterr()
    assert "python tools/fit.py --resume runs/gan/version_0\n" in printed.out
    assert "Traceback" not in printed.err


@pytest.fixture
def poisoned(monkeypatch):
    """Has a batch of each fit give a loss that is not a number, where rates are above 1e-4."""
    step = GAN.training_step

    def training_step(model, batch):
        watched = step(model, batch)
        if model.trainer.fit_loop.epoch_loop.total_batch_idx == 5 and watched_rate(model) > 1e-4:
            next(model.game.generator.parameters()).data.fill_(math.nan)
            watched["generator/loss"] = torch.tensor(math.nan)
        return watched

    monkeypatch.setattr(GAN, "training_step", training_step)


def watched_rate(model):
    return model.trainer.optimizers[0].param_groups[0]["lr"]


def test_a_run_without_curves_has_a_folder_of_its_own(tmp_path, capfd):
    mine = tmp_path / "config.yaml"
    mine.write_text("mine")
    for number in range(2):
        engine.fit_by_words(expand([*WORDS, "--trainer.logger", "false"]))
        run = tmp_path / "runs" / "gan" / f"version_{number}"
        assert (run / "config.yaml").is_file()
        assert (run / "checkpoints" / "last.ckpt").is_file()
    assert mine.read_text() == "mine"
    assert {path.name for path in tmp_path.iterdir()} == {"config.yaml", "runs"}
    assert "tensorboard" not in capfd.readouterr().out


FLAGS = {
    "a fast run": (["--trainer.fast_dev_run", "true"], "runs"),
    "another folder": (["--trainer.default_root_dir", "out"], "out"),
    "no curves": (["--trainer.default_root_dir", ".", "--trainer.logger", "false"], "."),
    "own curves": (["--trainer.logger", "CSVLogger", "--trainer.logger.save_dir", "csv"], "runs"),
}


@pytest.mark.parametrize(("flags", "root"), FLAGS.values(), ids=FLAGS)
def test_a_fit_writes_into_its_own_folder_whatever_the_flags(flags, root, tmp_path):
    (tmp_path / "config.yaml").write_text("mine")
    engine.fit_by_words(expand([*WORDS, *flags]))
    # Another model's run next to it, as the same folder may hold both.
    engine.fit_by_words(expand(["--model", "vae", *QUICK, *flags]))
    for model in ("gan", "vae"):
        run = Run(tmp_path / root / model / "version_0")
        assert run.checkpoint.is_file()
        assert (run.folder / "samples" / "batch_00000000.png").is_file()
    assert (tmp_path / "config.yaml").read_text() == "mine"
    own = {"config.yaml", *(["gan", "vae"] if root == "." else [root])}
    assert {path.name for path in tmp_path.iterdir()} - {"csv", "cache"} == own
    assert {path.name for path in tmp_path.glob("csv/*/*/*")} <= {"metrics.csv", "hparams.yaml"}


def test_curves_of_ones_own_do_not_replace_the_runs(tmp_path):
    run = engine.fit_by_words(
        expand([*WORDS, "--trainer.logger", "CSVLogger", "--trainer.logger.save_dir", "csv"])
    )
    assert len(run.curves["generator/loss"]) == 8
    rows = (tmp_path / "csv/lightning_logs/version_0/metrics.csv").read_text().splitlines()
    assert "generator/loss" in rows[0]


def test_printed_commands_can_be_pasted(tmp_path, stops, capfd):
    words = [*WORDS, "--trainer.default_root_dir", "it's here"]
    engine.fit_by_words(expand(words), finished=print_summary)
    stops(2, signal.SIGTERM)
    assert run_fit("--trainer.default_root_dir", "it's here") == 143
    lines = capfd.readouterr().out.splitlines()
    commands = [line[line.find(each) :] for line in lines for each in STARTS if each in line]
    places = [Path(shlex.split(command)[-1]) for command in commands]
    assert [str(place) for place in places] == [
        "it's here",
        "it's here/gan/version_0/checkpoints/last.ckpt",
        "it's here/gan/version_1",
    ]
    assert all(place.exists() for place in places)


@pytest.mark.parametrize("flag", ["enable_checkpointing", "barebones"])
def test_a_fit_that_would_leave_no_model_is_refused(flag, tmp_path, capfd):
    value = "true" if flag == "barebones" else "false"
    assert run_fit(f"--trainer.{flag}", value) == 2
    assert f"error: --trainer.{flag} is {value}, and a fit without a" in capfd.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_loss_that_is_not_finite_leaves_the_last_good_state(poisoned, capfd, tmp_path):
    assert run_fit("--model.generator_lr", "2e-4") == 2
    error = capfd.readouterr().err
    assert "error: generator/loss not finite in batch 5" in error
    assert "--stability.rollbacks 3" in error
    assert "Traceback" not in error
    kept = last(tmp_path / "runs" / "gan" / "version_0")
    assert all(weight.isfinite().all() for weight in kept["state_dict"].values())
    assert kept["epoch"] == 1


def test_rolling_back_goes_on_with_half_the_rates_up_to_a_cap(poisoned, capfd, tmp_path):
    assert run_fit("--model.generator_lr", "4e-4", "--stability.rollbacks", "1") == 2
    assert run_fit("--model.generator_lr", "4e-4", "--stability.rollbacks", "3") == 0
    printed = capfd.readouterr()
    assert printed.out.count("rollback: generator/loss not finite in batch 5") == 1 + 2
    first, second = (tmp_path / "runs" / "gan" / f"version_{number}" for number in (0, 1))
    assert last(first)["epoch"] == 1
    assert last(second)["epoch"] == 2
    assert last(second)["optimizer_states"][0]["param_groups"][0]["lr"] == 1e-4
    assert all(math.isfinite(value) for _, value in curves(second)["generator/loss"])
    assert [step for step, _ in curves(second)["generator/loss"]] == list(range(8))


def test_a_budget_goes_on_by_the_clock_after_a_rollback(poisoned, monkeypatch):
    followed = []
    monkeypatch.setattr(BudgetKeeper, "follow", lambda keeper, other: followed.append(other.spent))
    plan = {"seconds": 3600, "batches": 8, "images": 64, "part": 4}
    plan |= {"batch": 0.1, "check": 0.1, "end": 0.1}
    words = ["--budget", "1h", "--plan", json.dumps(plan), "--trainer.max_epochs", "-1"]
    words += ["--stability.rollbacks", "3"]
    assert run_fit("--model.generator_lr", "4e-4", *words) == 0
    assert len(followed) == 2


def test_the_time_limit_goes_on_by_the_clock_after_a_rollback(poisoned):
    """What was trained since the checkpoint, in vain, took its time of `trainer.max_time` too."""

    class Slow(Callback):
        def on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
            # The first batch after the checkpoint, in each of three attempts.
            time.sleep(trainer.fit_loop.epoch_loop.total_batch_idx == 4)

    words = ["--model.generator_lr", "4e-4", "--trainer.max_time", "1h"]
    elapsed = []
    engine.fit_by_words(
        expand([*WORDS, *words, "--stability.rollbacks", "3"]),
        objects={"callbacks": [Slow()]},
        finished=lambda trainer: elapsed.append(callbacks_of(trainer, Timer)[0].time_elapsed()),
    )
    assert elapsed[0] > 3


def test_a_disk_that_fills_up_takes_a_line_and_no_checkpoint(monkeypatch, capfd, tmp_path):
    save, saved = torch.save, []

    def fill(content, file):
        # Settings are written, too, to see whether they can be read.
        if isinstance(content, dict):
            saved.append(content["epoch"])
        if len(saved) > 1:
            file.write(b"half of it")
            raise OSError(errno.ENOSPC, "No space left on device")
        save(content, file)

    monkeypatch.setattr("ganaug.training.checkpoint_io.torch.save", fill)
    assert run_fit() == 2
    error = capfd.readouterr().err
    assert "error: no room on the disk" in error
    assert "Free some space and resume runs/gan/version_0" in error
    assert "Traceback" not in error
    folder = tmp_path / "runs" / "gan" / "version_0"
    assert last(folder)["epoch"] == saved[0]
    assert [each.name for each in (folder / "checkpoints").iterdir()] == ["last.ckpt"]


@pytest.fixture
def small_disk(tmp_path, monkeypatch):
    """A file system of 4 MiB to run on, where one may be mounted."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no file system may be mounted here")
    with monkeypatch.context() as patch:
        patch.chdir(folder)
        yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_small_disk_is_filled_and_its_checkpoint_stands(small_disk, capfd):
    # Checkpoints of about 1.3 MiB, and a file that takes what room a second one needs.
    sizes = ["--model.generator_hidden", "[48]", "--model.discriminator_hidden", "[48]"]
    (small_disk / "other").write_bytes(bytes(1_000_000))
    assert run_fit(*sizes) == 2
    error = capfd.readouterr().err
    assert "error: no room on the disk" in error
    assert "Traceback" not in error
    last(small_disk / "runs" / "gan" / "version_0")


def test_lack_of_room_is_found_behind_other_errors():
    full = OSError(errno.ENOSPC, "full")
    assert lack_of_room(full) is full
    behind = RuntimeError("writer failed")
    behind.__context__ = full
    assert lack_of_room(behind) is full
    assert lack_of_room(OSError(errno.EACCES, "not yours")) is None


def test_a_worker_that_ends_takes_a_line():
    with (
        pytest.raises(UsageError, match=r"data.num_workers: .*to 0, .*--shm-size"),
        naming_missing_parts(None),
    ):
        raise RuntimeError("DataLoader worker (pid(s) 1208) exited unexpectedly")
