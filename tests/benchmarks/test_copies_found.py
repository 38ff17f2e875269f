"""The study of copies plants what was truly changed, and counts it for each kind of image."""

from types import SimpleNamespace

import pytest
import torch

from benchmarks import copies_found
from benchmarks.copies_found import changed, found_of_each_kind
from benchmarks.study import Places
from ganaug.evaluation.features import domain as features
from ganaug.evaluation.memorization import detector
from helpers.image_folders import fill


def test_each_change_leaves_a_picture_of_its_size_and_changes_it():
    copies, others = torch.rand(2, 3, 3, 64, 64) * 2 - 1
    changes = dict(changed(copies, others))
    assert len(changes) == 8
    for images in changes.values():
        assert images.shape == copies.shape
        assert (images - copies).abs().mean() > 0.02


def test_moved_copies_hold_the_pixels_of_the_image():
    copies = torch.rand(2, 3, 64, 64)
    moved = dict(changed(copies, copies))["moved by a sixteenth"]
    assert torch.equal(moved[:, :, 4:, 4:], copies[:, :, :-4, :-4])


class ByPixels:
    """Knows an image by its pixels alone."""

    name, report = "pixels", None

    def maps(self, images):
        return images.flatten(1)


class Blind:
    """Sees nothing."""

    name, report = "blind", None

    def maps(self, images):
        return torch.rand(len(images), 4)


def test_shares_are_the_means_of_the_kinds(tmp_path, monkeypatch):
    monkeypatch.setattr(copies_found, "REMEMBERED", 10)
    for first, kind in enumerate(("rose", "tulip")):
        fill(tmp_path / "train" / kind, 60, 100 * first)
        fill(tmp_path / "test" / kind, 4, 100 * first + 60)
    shares = iter([0.2, 0.6])

    class Memory:
        def __init__(self, *_, **__):
            self.share = next(shares)

        def judge(self, _):
            return SimpleNamespace(copies=self.share)

    monkeypatch.setattr(detector, "MemorizationDetector", Memory)
    monkeypatch.setattr(features, "network_named", lambda *_: None)
    figures = found_of_each_kind("domain")(Places(tmp_path, None, tmp_path, 0))
    assert list(figures.values()) == pytest.approx([40] * 9)


def test_copies_are_found_by_what_sees_them(tmp_path, monkeypatch):
    monkeypatch.setattr(copies_found, "REMEMBERED", 10)
    for first, kind in ((0, "rose"), (100, "tulip")):
        fill(tmp_path / "train" / kind, 60, first)
        fill(tmp_path / "test" / kind, 4, first + 60)
    places = Places(tmp_path, None, tmp_path, 0)
    networks = {"domain": Blind(), "imagenet": ByPixels()}
    monkeypatch.setattr(features, "network_named", lambda name, *_: networks[name])
    figures = found_of_each_kind("imagenet")(places)
    assert figures["noise of 20 of 255 steps %"] == figures["darker %"] == 100
    assert figures["new real ones %"] == pytest.approx(0, abs=10)
    blind = found_of_each_kind("domain")(places)
    assert max(blind.values()) < 50
