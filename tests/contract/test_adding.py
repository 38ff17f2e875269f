"""The page on adding parts holds: its files work in a package outside of the project."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from datamodules.errors import DataError
from ganaug.models.registry import ROOT

pytestmark = pytest.mark.slow
PAGE = ROOT / "docs" / "adding.md"
FILE = re.compile(r"^`([^`\n]+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILES = FILE.findall(PAGE.read_text())
PARTS = [name[5:-3] for name, _ in FILES if name.endswith(".py")]
SHORT = ("--trainer.max_epochs", 1, "--trainer.limit_train_batches", 3)
QUIET = ("--trainer.enable_progress_bar", "false", "--fidelity.every_epochs", 0)


# Domain networks train as briefly as in other tests; see tests/conftest.py.
BRIEF = "from ganaug.evaluation.features import few_images\n\nfew_images.MOST_EPOCHS = 20\n"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A folder with a package made of the files of the page, and a model fitted by its parts."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "mine").mkdir()
    (folder / "mine" / "__init__.py").touch()
    for name, text in FILES:
        (folder / name).write_text(text)
    (folder / "mine" / "brief.py").write_text(BRIEF)
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], 200)
    images = (rng.random((400, 28, 28)) * 60 + 150 * labels[:, None, None]).astype(np.uint8)
    np.savez(folder / "scans.npz", images=images, labels=labels)
    data = ("--data", "archive", "--data.root", "scans.npz", "--data.batch_size", 16)
    augmented = ("--data.augmentation", "inverted")
    words = ("--model", "sngan", *data, *augmented, *SHORT, *QUIET, "--agreement.every_epochs", 0)
    run(folder, "fit", *words)
    run(folder, "synthesize", "--ckpt", "runs/sngan/version_0", "--out", "out", "--per-class", 30,
        "--method", "noise", "--filter", "bright=0.4")  # fmt: skip
    return folder


def run(folder, *words):
    plugins = ",".join(f"mine.{part}" for part in [*PARTS, "brief"])
    command = [sys.executable, "-m", "ganaug.cli.main", *map(str, words), "--plugins", plugins]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{ROOT}{os.pathsep}{folder}",
                   "GANAUG_CACHE": str(folder / "cache")}  # fmt: skip
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_a_part_is_one_file():
    assert sorted(PARTS) == [
        *("archive", "bright", "contact", "gmmn", "inverted", "noise", "sngan", "spread"),
    ]


def test_model_and_data(project):
    assert "sngan" in run(project, "fit", "--help")
    code = (
        "import ganaug\n"
        "from ganaug.utils.errors import UsageError\n"
        "try:\n    ganaug.load('runs/sngan/version_0')\n"
        "except UsageError as error:\n    assert 'not registered' in str(error), error\n"
        "else:\n    raise AssertionError('what is not registered was imported')\n"
        "import mine.sngan, mine.archive\n"
        "labels = ganaug.load('runs/sngan/version_0').sample(per_class=3)[1]\n"
        "assert labels.tolist() == [0] * 3 + [1] * 3\n"
    )
    paths = f"{ROOT}{os.pathsep}{project}"
    subprocess.run([sys.executable, "-c", code], cwd=project, env={"PYTHONPATH": paths}, check=True)


def test_a_model_of_another_kind(project):
    data = ("--data", "archive", "--data.root", "scans.npz", "--data.batch_size", 16)
    run(project, "fit", "--model", "gmmn", *data, *SHORT, *QUIET, "--agreement.every_epochs", 0)
    run(project, "fit", "--resume", "runs/gmmn/version_0", "--trainer.max_epochs", 2)
    words = ("--ckpt", "runs/gmmn/version_0", "--out", "drawn", "--per-class", 2)
    run(project, "synthesize", *words)
    assert len(list((project / "drawn" / "images").rglob("*.png"))) == 4


def test_the_archive_reads_text_and_refuses_other_pixels(project, monkeypatch):
    monkeypatch.syspath_prepend(project)
    from mine.archive import ArchiveDataModule

    images = np.zeros((40, 8, 8), np.uint8) + np.arange(40, dtype=np.uint8)[:, None, None]
    labels = np.repeat(["tulip", "rose"], 20)
    np.savez(project / "named.npz", images=images, labels=labels)
    data = ArchiveDataModule(str(project / "named.npz"), image_size=8)
    assert data.class_names == ("rose", "tulip")
    assert sum(data.class_counts.values()) == len(data.images("train")[1])
    np.savez(project / "float.npz", images=images / 255, labels=labels)
    with pytest.raises(DataError, match="float64; store uint8, 0 to 255"):
        _ = ArchiveDataModule(str(project / "float.npz"), image_size=8).class_names


def test_augmentation(project):
    assert "augmentation: inverted" in (project / "runs/sngan/version_0/config.yaml").read_text()


def test_source_and_filter(project):
    manifest = json.loads((project / "out" / "manifest.json").read_text())
    assert manifest["counts"]["synthetic"] == {"0": 30, "1": 30}
    assert manifest["passed"]["0"]["bright"] <= manifest["passed"]["0"]["tried"]
    assert len(list((project / "out" / "images").rglob("noise_*.png"))) == 60


def test_metric_and_section(project):
    assert "spread" in run(project, "evaluate", "--synthetic", "out")
    metrics = json.loads((project / "out" / "metrics.json").read_text())["metrics"]
    (spread,) = (each for each in metrics if each["name"] == "spread")
    assert spread["value"] > 0
    assert spread["real_baseline"]["value"] > 0
    run(project, "report", "--synthetic", "out")
    assert "Ask the imaging group." in (project / "out" / "report.html").read_text()


def test_importing_the_modules_is_enough_in_python(project):
    modules = ", ".join(f"mine.{part}" for part in [*PARTS, "brief"])
    code = (
        f"import ganaug, {modules}\n"
        "data = mine.archive.ArchiveDataModule('scans.npz', augmentation='inverted')\n"
        "off = {'every_epochs': 0}\n"
        "run = ganaug.fit('sngan', data, max_epochs=1, limit_train_batches=2, fidelity=off,\n"
        "                 agreement=off, enable_progress_bar=False)\n"
        "dataset = ganaug.synthesize(run, 'drawn_here', per_class=30, method='noise',\n"
        "                            filters='bright=0.4')\n"
        "result = ganaug.evaluate(dataset, data)\n"
        "assert result['spread'].value > 0\n"
        "page = ganaug.write_report('here.html', dataset, result)\n"
        "assert 'Ask the imaging group.' in page.read_text()\n"
    )
    environment = {
        "PYTHONPATH": f"{ROOT}{os.pathsep}{project}",
        "GANAUG_CACHE": str(project / "cache"),
    }
    subprocess.run([sys.executable, "-c", code], cwd=project, env=environment, check=True)


def test_the_page_passes_the_lint(project):
    ruff = shutil.which("ruff") or shutil.which("ruff", path=Path(sys.executable).parent)
    if ruff is None:
        pytest.skip("ruff is not installed")
    settings = ["--config", str(ROOT / "pyproject.toml"), "--no-cache"]
    names = [name for name, _ in FILES if name.endswith(".py")]
    subprocess.run([ruff, "check", *settings, *names], cwd=project, check=True)
    subprocess.run([ruff, "format", "--check", *settings, *names], cwd=project, check=True)
