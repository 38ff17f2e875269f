"""The page on adding a model and data holds: its files work in a copy of the project."""

import re
import shutil
import subprocess
import sys

import numpy as np
import pytest

from ganaug.models.registry import ROOT

PAGE = ROOT / "docs" / "adding.md"
FILE = re.compile(r"^`([^`\n]+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def project(tmp_path):
    """A copy of the project with the files of the page in it."""
    for folder in ("ganaug", "datamodules", "configs", "tools"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    for name, text in FILE.findall(PAGE.read_text()):
        assert not (tmp_path / name).exists()
        (tmp_path / name).write_text(text)
    return tmp_path


def run(project, name, *words):
    command = [sys.executable, str(project / "tools" / f"{name}.py"), *map(str, words)]
    environment = {"PATH": "", "PYTHONPATH": str(project), "GANAUG_CACHE": str(project / "cache")}
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_a_stranger_can_add_both(project):
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], 60)
    images = (rng.random((120, 28, 28)) * 60 + 150 * labels[:, None, None]).astype(np.uint8)
    np.savez(project / "scans.npz", images=images, labels=labels)
    assert "sngan" in run(project, "fit", "--help")
    short = ["--trainer.max_epochs", 1, "--trainer.limit_train_batches", 3]
    data = ["--data", "archive", "--data.root", "scans.npz", "--data.batch_size", 16]
    run(project, "fit", "--model", "sngan", *data, *short, "--trainer.enable_progress_bar", "false")
    run(project, "synthesize", "--ckpt", "runs/sngan/version_0", "--out", "out", "--per-class", 3)
    assert sorted(p.parent.name for p in (project / "out" / "images").rglob("*.png")) == [
        *("0", "0", "0"),
        *("1", "1", "1"),
    ]
    assert "agreement" in run(project, "evaluate", "--synthetic", "out")


def test_the_page_passes_the_lint(project):
    files = [name for name, _ in FILE.findall(PAGE.read_text()) if name.endswith(".py")]
    assert len(files) == 2
    ruff = shutil.which("ruff")
    if ruff is None:
        pytest.skip("ruff is not installed")
    settings = ["--config", str(ROOT / "pyproject.toml"), "--no-cache"]
    subprocess.run([ruff, "check", *settings, *files], cwd=project, check=True)
    subprocess.run([ruff, "format", "--check", *settings, *files], cwd=project, check=True)
