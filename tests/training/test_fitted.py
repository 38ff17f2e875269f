"""The data that a checkpoint was fitted on, made again."""

from types import SimpleNamespace

import pytest

from ganaug.training.fitted import data_of, unchanged_data_of
from ganaug.utils.errors import UsageError
from helpers.image_folders import fill, load


def test_images_that_have_changed_hold_nothing_out(tmp_path):
    for number, name in enumerate(("rose", "tulip")):
        fill(tmp_path / name, 12, first=100 * number)
    data = load(tmp_path)
    known = data.card()
    card = SimpleNamespace(
        data=known, class_names=data.class_names, fingerprint=known["fingerprint"]
    )
    assert unchanged_data_of(card, None).fingerprint == data.fingerprint
    fill(tmp_path / "rose", 12, first=900)
    assert data_of(card, None).fingerprint != data.fingerprint
    with pytest.raises(UsageError, match="can't be told which of them it was fitted on"):
        unchanged_data_of(card, None)
