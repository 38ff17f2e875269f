"""Fixtures that all tests share."""

import os
import random
import signal

import pytest

if "PYTEST_XDIST_WORKER" in os.environ:
    # Each xdist worker has one core, which it shares with the processes that its tests start.
    os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch

# Under nohup, SIGHUP is ignored, also by the fits that tests start, but some tests depend on it.
if hasattr(signal, "SIGHUP"):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(autouse=True)
def _isolated_folders(tmp_path, monkeypatch):
    """Run each test in its own folder, with its own cache of networks."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GANAUG_CACHE", str(tmp_path / "cache"))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup():
    """Seed module-scoped fixtures, which run before a test's autouse fixtures."""
    seed(1)


@pytest.fixture(autouse=True)
def _seeded():
    """Seed each test, so it does not depend on earlier tests of its worker."""
    seed(0)


def seed(number):
    random.seed(number)
    np.random.seed(number)
    torch.manual_seed(number)


@pytest.fixture(autouse=True)
def _few_epochs(monkeypatch):
    """Train domain networks briefly: test images are easy, and cross-validation trains five."""
    monkeypatch.setattr("ganaug.evaluation.features.few_images.MOST_EPOCHS", 20)


@pytest.fixture(autouse=True)
def _two_threads():
    """Limit threads: more don't speed up small networks, and slow them down on shared cores."""
    torch.set_num_threads(min(2, torch.get_num_threads()))


def pytest_collection_modifyitems(items):
    """Mark integration tests as slow, because they start the tools in processes."""
    for item in items:
        if "integration" in item.path.parts:
            item.add_marker(pytest.mark.slow)
