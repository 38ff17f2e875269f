"""Every model on two devices: other noise and images on each, the same weights, files once."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import yaml
from lightning.pytorch import Trainer

from ganaug.models import registry
from ganaug.training.checkpoints import load
from ganaug.training.fitted import data_of
from helpers.each_model_on_two_devices import BATCHES

CONFIGS = sorted(registry.CONFIGS.glob("*.yaml"))
TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]


def torchrun(folder, *words):
    paths = [str(registry.ROOT), str(registry.ROOT / "tests")]
    return subprocess.run(
        [*TORCHRUN, *map(str, words)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "GANAUG_CACHE": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("devices")
    script = registry.ROOT / "tests" / "helpers" / "each_model_on_two_devices.py"
    result = torchrun(folder, script, folder)
    assert result.returncode == 0, result.stderr
    return folder


@pytest.mark.parametrize("name", [path.stem for path in CONFIGS])
def test_two_devices_share_a_run(folder, name):
    one, other = (torch.load(folder / f"{name}-{rank}.pt") for rank in (0, 1))
    assert one["weights"].keys() == other["weights"].keys()
    for weight in one["weights"]:
        assert torch.equal(one["weights"][weight], other["weights"][weight]), weight
    for first, second in zip(one["noise"], other["noise"], strict=True):
        assert not torch.equal(first, second)
    # Full batches on each, and no image on both.
    each = BATCHES * (8 if one["kind"] == "plain" else 4)
    assert len(set(one["seen"]) | set(other["seen"])) == 2 * each


@pytest.mark.parametrize("name", [path.stem for path in CONFIGS])
def test_files_are_written_once(folder, name):
    (run,) = (folder / "runs" / name).iterdir()
    assert len(list(run.glob("events.*"))) == 1
    assert [path.name for path in (run / "checkpoints").iterdir()] == ["last.ckpt"]
    assert len(list((run / "samples").iterdir())) == 2


@pytest.mark.parametrize(
    ("name", "figure"), [("vae", "validation/negative_elbo"), ("sgan", "validation/accuracy")]
)
def test_figures_are_those_of_one_process(folder, name, figure):
    (run,) = (folder / "runs" / name).iterdir()
    checkpoint = load(run / "checkpoints" / "last.ckpt")
    data = data_of(checkpoint.card, None)
    precision = yaml.safe_load((run / "config.yaml").read_text())["trainer"]["precision"]
    trainer = Trainer(accelerator="cpu", devices=1, logger=False, precision=precision)
    (alone,) = trainer.validate(checkpoint.model, datamodule=data, verbose=False)
    for rank in (0, 1):
        noted = torch.load(folder / f"{name}-{rank}.pt")["figures"][figure]
        assert float(noted) == pytest.approx(alone[figure], rel=1e-6)


@pytest.mark.parametrize("name", ["cyclegan", "vae"])
def test_each_device_resumes_with_its_own_state(tmp_path, name):
    script = registry.ROOT / "tests" / "helpers" / "resumed_on_two_devices.py"
    result = torchrun(tmp_path, script, tmp_path, name)
    assert result.returncode == 0, result.stderr
    for rank in (0, 1):
        noted = torch.load(tmp_path / f"{name}-{rank}.pt")
        for weight, whole in noted["whole"].items():
            assert torch.equal(whole, noted["resumed"][weight]), weight


def test_the_command_under_torchrun(tmp_path):
    fit = registry.ROOT / "tools" / "fit.py"
    words = ["--model", "gan", "--trainer.devices", "2", "--trainer.accelerator", "cpu"]
    words += ["--data.per_class", "40", "--data.batch_size", "8", "--fidelity.every_epochs", "0"]
    words += ["--trainer.max_epochs", "1", "--trainer.limit_train_batches", "2"]
    result = torchrun(tmp_path, fit, *words, "--trainer.enable_progress_bar", "false")
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("next:") == 1
    (run,) = Path(tmp_path / "runs" / "gan").iterdir()
    assert (run / "checkpoints" / "last.ckpt").is_file()
