"""Fixtures that the tests of data modules share."""

import pytest

from helpers.image_folders import fill


@pytest.fixture
def flowers(tmp_path):
    root = tmp_path / "flowers"
    fill(root / "rose", 30)
    fill(root / "tulip", 20, first=100)
    return root
