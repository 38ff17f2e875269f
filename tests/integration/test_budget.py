"""A fit with a time budget, from Python and from the command line."""

import time
from pathlib import Path

import pytest

import ganaug
from datamodules.mnist import MNISTDataModule
from ganaug.models import registry
from ganaug.training import hardware
from ganaug.training.builder import FitCLI
from ganaug.training.checkpoints import read_plain
from ganaug.training.engine import fit_by_words
from ganaug.training.pace import measure
from ganaug.training.run import Run
from ganaug.utils.errors import UsageError
from helpers.stopped_runs import first_words
from helpers.tool_runs import tool

CONFIGS = sorted(registry.CONFIGS.glob("*.yaml"))

QUICK = {
    "fidelity": {"every_epochs": 0},
    "stability": {"images": 20},
    "enable_progress_bar": False,
}


def length(run):
    return max(point.step for point in run.curves["stability/diversity"]) + 1


def test_it_ends_in_time_and_a_longer_budget_goes_on(capsys):
    data = MNISTDataModule(per_class=100, batch_size=16, validation=0.1)
    began = time.monotonic()
    run = ganaug.fit("gan", data, budget="20s", **QUICK)
    assert 15 < time.monotonic() - began < 23
    assert "budget: 20s at " in capsys.readouterr().out
    plan, batches = run.settings["plan"], length(run)
    assert plan["images"] == 16 * plan["batches"]
    assert run.settings["trainer"]["max_epochs"] == -1
    assert read_plain(run.last)["callbacks"]["BudgetKeeper"]["batches"] == batches
    # The first sheet and the last one, and some between them.
    assert len(list((run.folder / "samples").iterdir())) > 3
    ganaug.fit(resume=run)
    assert "nothing was trained: budget 20s is for the whole run" in capsys.readouterr().out
    assert length(run) == batches
    assert length(ganaug.fit(resume=run, budget="24s")) > batches


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.stem)
def test_the_pace_of_each_model_can_be_measured(config):
    found = measure(first_words(config), {}, "10s")
    assert found.pace.epoch == 4
    assert found.pace.batch > 0
    assert 0 < found.pace.check <= found.pace.end
    assert found.pace.images in (8, 16)
    assert not list(Path.cwd().glob("runs/*"))


def test_the_pace_on_two_devices_is_that_of_one_with_its_share(monkeypatch):
    words = first_words(registry.config_of("gan"), "--trainer.limit_train_batches", "1.0")
    words += ["--data.epoch_images", "320", "--trainer.accelerator", "cpu"]
    threads = []
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(hardware, "usable_cores", lambda: 4)
    monkeypatch.setattr(hardware.torch, "set_num_threads", threads.append)
    alone = measure(words, {}, "10s")
    whole = FitCLI([*words, "--trainer.devices", "2"]).trainer
    shared = measure([*words, "--trainer.devices", "2"], {}, "10s", whole)
    assert (alone.pace.images, alone.pace.epoch) == (8, 40)
    assert (shared.pace.images, shared.pace.epoch) == (16, 20)
    # After each measurement, the number before is restored.
    assert threads[::2] == [4, 2]


def test_a_slow_machine_takes_a_smaller_size(capsys):
    size = {"below_images": 10**9, "model.width": 4, "data.batch_size": 8, "model.loss": "hinge"}
    run = ganaug.fit("dcgan", budget="30s", sizes=[size], latent_dim=9, **QUICK)
    settings = run.settings
    assert settings["model"]["init_args"]["width"] == 4
    assert settings["data"]["init_args"]["batch_size"] == 8
    assert settings["model"]["init_args"]["loss"] == "hinge"
    assert "; for this machine width 4, batch_size 8, loss hinge" in capsys.readouterr().out
    noted = settings["plan"]["settings"]
    assert noted["model.loss"] == ["non_saturating", "hinge"]
    assert {"trainer.limit_train_batches", "model.ema_halflife", "model.warm_up"} < {*noted}
    assert not {"model.latent_dim", "fidelity.every_epochs"} & {*noted}, "given by the user"
    fit_by_words(["--config", str(run.folder / "config.yaml"), "--trainer.max_epochs", "0"])
    settings = Run(run.folder.with_name("version_1")).settings
    assert settings["plan"] is None
    assert settings["model"]["init_args"]["width"] > 4
    assert settings["model"]["init_args"]["loss"] != "hinge"
    assert settings["data"]["init_args"]["batch_size"] > 8


@pytest.mark.parametrize(
    ("budget", "words"),
    [
        ("10", "--budget is '10'; give a time with its unit, such as 90s, 10m, 8h or 2d"),
        ("-1m", "--budget is '-1m'; give a time with its unit"),
        ("forever", "--budget is 'forever'; give a time with its unit"),
        ("2s", "--budget is 2s, of which loading, measuring the pace and the last metrics"),
    ],
)
def test_a_wrong_budget_gets_a_line(tmp_path, budget, words):
    out = tool(
        "fit", "--model", "gan", f"--budget={budget}", "--fidelity.every_epochs=0", cwd=tmp_path
    )
    assert out.returncode == 2
    (line,) = [line for line in out.stderr.splitlines() if line.startswith("error")]
    assert words in line
    assert "Traceback" not in out.stderr


def test_a_budget_and_another_end_are_refused():
    with pytest.raises(UsageError, match=r"budget is 10m and trainer\.max_epochs is 3"):
        ganaug.fit("gan", budget="10m", max_epochs=3)
    with pytest.raises(UsageError, match="budget is '1 hour'; give a time"):
        ganaug.fit("gan", budget="1 hour")


def test_a_run_without_a_budget_takes_none_when_it_is_resumed():
    data = MNISTDataModule(per_class=16, batch_size=8, validation=0.1)
    run = ganaug.fit("gan", data, max_epochs=1, limit_train_batches=2, **QUICK)
    with pytest.raises(UsageError, match="budget is 10m, and the run to resume began without one"):
        ganaug.fit(resume=run, budget="10m")
