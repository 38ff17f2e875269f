"""The package does its job where it is installed, without a checkout."""

import os
import shutil
import subprocess
import sys
import zipfile

import pytest

from ganaug.models.registry import ROOT
from helpers.tool_runs import TINY

pytestmark = pytest.mark.slow
BUILD = ("-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, *BUILD, "--wheel-dir", folder, ROOT], check=True)
    (found,) = folder.glob("ganaug-*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    install = ["-m", "pip", "install", "--quiet", "--no-deps", "--target", folder, wheel]
    subprocess.run([sys.executable, *install], check=True)
    return folder


def test_nothing_else_is_installed(wheel):
    names = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {name for name in names if not name.endswith(".dist-info")} == {"ganaug", "datamodules"}


def test_the_script_that_writes_the_sample_stays_in_the_checkout(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert "datamodules/assets/mnist_sample.npz" in names
    assert "datamodules/assets/make_mnist_sample.py" not in names


def test_the_same_source_gives_the_same_bytes(tmp_path):
    """At other times, in other folders: what a release holds can be checked by building it."""
    wheels = []
    for place in ("first", "second/deeper"):
        source, out = tmp_path / place, tmp_path / place / "wheels"
        for name in ("ganaug", "datamodules", "configs"):
            shutil.copytree(
                ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__")
            )
        for name in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copyfile(ROOT / name, source / name)
        for file in source.rglob("*"):
            os.utime(file, (10**9 + len(wheels), 10**9 + 7 * len(wheels)))
        settings = {**os.environ, "SOURCE_DATE_EPOCH": "1750000000"}
        command = [sys.executable, *BUILD, "--wheel-dir", out, source]
        subprocess.run(command, check=True, env=settings)
        (found,) = out.glob("ganaug-*.whl")
        wheels.append(found.read_bytes())
    assert wheels[0] == wheels[1]


def test_the_commands_work_anywhere(installed, tmp_path):
    def ganaug(*words):
        done = subprocess.run(
            [sys.executable, "-P", "-m", "ganaug.cli.main", *map(str, words)],
            cwd=tmp_path,
            env={
                **os.environ,
                "PYTHONPATH": str(installed),
                "GANAUG_CACHE": str(tmp_path / "cache"),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    few = ["--data.per_class", 8, "--trainer.max_epochs", 1, "--trainer.limit_train_batches", 2]
    ganaug("fit", "--model", "dcgan", *TINY, *few, "--fidelity.every_epochs", 0)
    run = "runs/dcgan/version_0"
    ganaug("synthesize", "--ckpt", run, "--out", "expanded", "--per-class", 6)
    ganaug("evaluate", "--synthetic", "expanded")
    ganaug("report", "--synthetic", "expanded")
    assert (tmp_path / "expanded" / "report.html").is_file()
    assert "dcgan" in ganaug("fit", "--help")
    code = "import ganaug; print(ganaug.__file__)"
    where = subprocess.run(
        [sys.executable, "-P", "-c", code],
        env={"PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert where.startswith(str(installed))
