"""Fixtures that all tests share."""

import os
import random
import signal

import pytest

if "PYTEST_XDIST_WORKER" in os.environ:
    # Each worker has a processor of its own, and so have the processes that its tests start.
    os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch

# Under nohup a fit leaves a hang-up alone, as it should; the tests, and what they start, hear it.
if hasattr(signal, "SIGHUP"):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(autouse=True)
def _apart(tmp_path, monkeypatch):
    """Keep each test's runs and cached networks out of the user's folders."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GANAUG_CACHE", str(tmp_path / "cache"))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup():
    """Seed the fixtures of modules, which no test's own fixture precedes."""
    seed(1)


@pytest.fixture(autouse=True)
def _seeded():
    """No test depends on which tests came before it on its worker."""
    seed(0)


def seed(number):
    random.seed(number)
    np.random.seed(number)
    torch.manual_seed(number)


@pytest.fixture(autouse=True)
def _few_epochs(monkeypatch):
    """What tests show to a domain network is easy, and cross-validation trains five networks."""
    monkeypatch.setattr("ganaug.evaluation.features.few_images.MOST_EPOCHS", 20)


@pytest.fixture(autouse=True)
def _two_threads():
    """Small networks gain nothing from more threads, and lose where cores are shared."""
    torch.set_num_threads(min(2, torch.get_num_threads()))


def pytest_collection_modifyitems(items):
    """Mark what runs the tools as a user does: each of them starts processes."""
    for item in items:
        if "integration" in item.path.parts:
            item.add_marker(pytest.mark.slow)
