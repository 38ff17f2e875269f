"""Fidelity picks its reference, and never ends a fit."""

from types import SimpleNamespace

import pytest
import torch

from ganaug.callbacks.fidelity import Fidelity
from ganaug.errors import UsageError


class Data:
    """Images of two classes that differ in brightness, as a data module gives them."""

    class_names, fingerprint = ("dark", "light"), "f"

    def __init__(self, held_out, size=16):
        self.counts, self.size = {"train": 300, "validation": held_out}, size

    def images(self, split, limit=None):
        count = min(self.counts[split], limit or 10**9)
        labels = torch.arange(count) % 2
        pixels = torch.randint(0, 128, (count, 1, self.size, self.size)) + 127 * labels.view(
            -1, 1, 1, 1
        )
        return pixels.to(torch.uint8), labels


class Model:
    latent_dim, num_classes, device = 3, 2, torch.device("cpu")

    def sample(self, latents, labels=None):
        return torch.zeros(len(latents), 1, 16, 16)


def test_held_out_images_are_the_reference_when_there_are_enough(recwarn):
    monitor = Fidelity(images=250).prepare(SimpleNamespace(datamodule=Data(held_out=210)))
    assert monitor.score(torch.zeros(20, 1, 16, 16))["fid"] > 0
    assert not recwarn.list


def test_training_images_stand_in_for_too_few():
    with pytest.warns(UserWarning, match="20 validation images are too few"):
        Fidelity(images=250).prepare(SimpleNamespace(datamodule=Data(held_out=20)))


def test_images_that_no_network_takes_switch_it_off_with_a_reason():
    callback = Fidelity()
    with pytest.warns(UserWarning, match=r"fidelity is not measured.*8 px"):
        scores = callback.scores(SimpleNamespace(datamodule=Data(held_out=300, size=8)), Model())
    assert scores == {}
    assert callback.every_epochs == 0


def test_wrong_settings_are_named():
    with pytest.raises(UsageError, match=r"fidelity\.images is 1"):
        Fidelity(images=1)
