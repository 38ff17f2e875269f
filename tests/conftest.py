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

from datamodules.reading.images.square import fit_square

# Under nohup, SIGHUP is ignored, also by the fits that tests start, but some tests depend on it.
if hasattr(signal, "SIGHUP"):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(autouse=True)
def _isolated_folders(tmp_path, monkeypatch):
    """Run each test in its own folder, with its own cache of networks."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GANAUG_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def _cache_of_the_module(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def networks_of_the_module(_cache_of_the_module, monkeypatch):
    """Let the tests of a module share the networks that they train on the same images."""
    monkeypatch.setenv("GANAUG_CACHE", str(_cache_of_the_module))


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


@pytest.fixture(scope="session", autouse=True)
def _few_epochs():
    """Train domain networks briefly: test images are easy, and cross-validation trains five.

    In the scope of the session, so that fixtures of modules train briefly, too.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ganaug.evaluation.features.few_images.MOST_EPOCHS", 20)
        yield


@pytest.fixture(scope="session", autouse=True)
def _digits_are_resized_once():
    """Keep MNIST's small images: many tests open it, and resizing all 24,000 takes seconds."""
    known = {}

    def resized(image, size):
        if size > 32:  # would take much memory
            return fit_square(image, size)
        key = size, image.shape, image.tobytes()
        if key not in known:
            known[key] = fit_square(image, size)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("datamodules.mnist.fit_square", resized)
        yield


@pytest.fixture(autouse=True)
def _two_threads():
    """Limit threads: more don't speed up small networks, and slow them down on shared cores."""
    torch.set_num_threads(min(2, torch.get_num_threads()))


def pytest_collection_modifyitems(items):
    """Mark integration tests as slow, because they start the tools in processes."""
    for item in items:
        if "integration" in item.path.parts:
            item.add_marker(pytest.mark.slow)
