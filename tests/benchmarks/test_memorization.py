"""The study of copies plants what was truly changed, and counts it for each kind of image."""

from types import SimpleNamespace

import pytest
import torch

from benchmarks import memorization
from benchmarks.memorization import changed, found_of_each_kind
from benchmarks.study import Workspace
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
    monkeypatch.setattr(memorization, "REMEMBERED", 10)
    for first, kind in enumerate(("rose", "tulip")):
        fill(tmp_path / "train" / kind, 60, 100 * first)
        fill(tmp_path / "test" / kind, 4, 100 * first + 60)
    shares = iter([0.2, 0.6])

    class Memory:
        def __init__(self, *_, **__):
            self.share = next(shares)

        def judge(self, _):
            return SimpleNamespace(copies=self.share)

    monkeypatch.setattr(memorization, "MemorizationDetector", Memory)
    monkeypatch.setattr(memorization, "network_for", lambda *_: None)
    metrics = found_of_each_kind("domain")(Workspace(tmp_path, None, tmp_path, 0))
    assert list(metrics.values()) == pytest.approx([40] * 9)


def test_the_domain_network_has_not_seen_the_new_images(tmp_path, monkeypatch):
    monkeypatch.setattr(memorization, "REMEMBERED", 10)
    for first, kind in ((0, "rose"), (100, "tulip")):
        fill(tmp_path / "train" / kind, 60, first)
        fill(tmp_path / "test" / kind, 4, first + 60)
    given, remembered = [], []

    def train(images, labels, num_classes, **settings):
        given.append((images, labels.bincount().tolist(), num_classes))
        return Blind(), None

    class Memory:
        def __init__(self, *_, train, **__):
            remembered.append(train)

        def judge(self, _):
            return SimpleNamespace(copies=0.0)

    monkeypatch.setattr(memorization, "train_domain_network", train)
    monkeypatch.setattr(memorization, "MemorizationDetector", Memory)
    found_of_each_kind("domain")(Workspace(tmp_path, None, tmp_path, 0))
    ((images, counts, num_classes),) = given
    assert (counts, num_classes) == ([10, 10], 2)
    assert torch.equal(images, torch.cat(remembered))


def test_copies_are_found_by_what_sees_them(tmp_path, monkeypatch):
    monkeypatch.setattr(memorization, "REMEMBERED", 10)
    for first, kind in ((0, "rose"), (100, "tulip")):
        fill(tmp_path / "train" / kind, 60, first)
        fill(tmp_path / "test" / kind, 4, first + 60)
    workspace = Workspace(tmp_path, None, tmp_path, 0)
    networks = {"domain": Blind(), "imagenet": ByPixels()}
    monkeypatch.setattr(memorization, "network_for", lambda name, *_: networks[name])
    metrics = found_of_each_kind("imagenet")(workspace)
    assert metrics["noise of 20 of 255 steps %"] == metrics["darker %"] == 100
    assert metrics["new real ones %"] == pytest.approx(0, abs=10)
    blind = found_of_each_kind("domain")(workspace)
    assert max(blind.values()) < 50
