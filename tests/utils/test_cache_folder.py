"""The folder of the cache, on machines with and without a home folder."""

import os
import pwd
import tempfile

import pytest

from ganaug.evaluation.features import cache
from ganaug.utils import cache_folder as module
from ganaug.utils.cache_folder import cache_folder
from ganaug.utils.places import remember, remembered


@pytest.fixture
def homeless(monkeypatch, tmp_path):
    """As in a container whose user has no entry in /etc/passwd."""

    def unknown(_):
        raise KeyError("uid not found")

    for name in ("HOME", "GANAUG_CACHE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    module._temporary_folder.cache_clear()
    yield tmp_path
    module._temporary_folder.cache_clear()


def test_it_is_the_one_that_was_given_or_in_the_home_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("GANAUG_CACHE", str(tmp_path / "given"))
    assert cache_folder() == tmp_path / "given"
    monkeypatch.delenv("GANAUG_CACHE")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert cache_folder() == tmp_path / "home/.cache/ganaug"


def test_without_a_home_folder_it_is_a_temporary_one(homeless):
    assert cache_folder() == homeless / f"ganaug-cache-{os.getuid()}"
    assert cache.kept("numbers", [1], lambda: {"a": 1}) == {"a": 1}
    assert cache.kept("numbers", [1], lambda: 1 / 0) == {"a": 1}
    remember({"model": "a"}, {"root": "/photos"})
    assert remembered({"model": "a"}) == {"root": "/photos"}


def test_a_temporary_folder_of_another_user_is_not_used(homeless):
    (homeless / f"ganaug-cache-{os.getuid()}").symlink_to(homeless)
    assert cache_folder().name.startswith("ganaug-cache-")
    assert cache_folder() != homeless / f"ganaug-cache-{os.getuid()}"
