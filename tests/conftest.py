"""Fixtures that all tests share."""

import pytest
import torch


@pytest.fixture(autouse=True)
def _apart(tmp_path, monkeypatch):
    """Keep each test's runs and cached networks out of the user's folders."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GANAUG_CACHE", str(tmp_path / "cache"))


@pytest.fixture(autouse=True)
def _two_threads():
    """Small networks gain nothing from more threads, and lose where cores are shared."""
    torch.set_num_threads(min(2, torch.get_num_threads()))


def pytest_collection_modifyitems(items):
    """Mark what runs the tools as a user does: each of them starts processes."""
    for item in items:
        if "integration" in item.path.parts:
            item.add_marker(pytest.mark.slow)
