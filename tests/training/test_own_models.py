"""A model of a user's own that could not be drawn from or loaded is told what it lacks."""

import enum
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from lightning.pytorch import LightningModule

from datamodules.base import ImageDataModule
from ganaug.callbacks.nan_guard import refuse_no_scalars
from ganaug.cli.fit_arguments import expand
from ganaug.models import registry
from ganaug.training.checkpoint_io import AtomicCheckpointIO
from ganaug.training.engine import fit_by_words
from ganaug.training.own_models import check_contract, check_samples, warn_of_no_best
from ganaug.utils.errors import UsageError

DATA = SimpleNamespace(channels=1, image_size=8, class_names=("a", "b", "c"))


@pytest.mark.parametrize(
    ("saved", "drawn", "message"),
    [
        (True, False, r"Own has no sample, .* add `def sample\(self, latents, labels=None\)`"),
        (False, True, r"Own keeps no settings.* add the line self.save_hyperparameters\(\)"),
        (True, True, ""),
    ],
)
def test_a_model_of_ones_own_is_told_which_line_it_lacks(saved, drawn, message):
    class Own(LightningModule):
        def __init__(self, width=4):
            super().__init__()
            self.latent_dim, self.num_classes = width, 0
            if saved:
                self.save_hyperparameters()

    if drawn:
        Own.sample = lambda self, latents, labels=None: latents
    with pytest.raises(UsageError, match=message) if message else nullcontext():
        check_contract(Own())


Color = enum.Enum("Color", ["red"])


class Kept(LightningModule):
    """A model that keeps the settings that a test names."""

    latent_dim, num_classes = 4, 0

    def __init__(self, gain: float = 1.0, color: Any = "red", names=()):
        super().__init__()
        self.save_hyperparameters(*names, ignore=["names"])

    def sample(self, latents, labels=None):
        return latents


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"names": ["color"]}, "Kept does not keep gain, .* call self.save_hyperparameters"),
        ({"color": Color.red}, r"model.color of Kept is a \S*Color, so its checkpoints could not"),
        ({"color": Path("red")}, r"model.color of Kept is a pathlib.PosixPath"),
        ({"color": [np.float64(1)]}, r"model.color of Kept is a numpy\S+, .* take numbers, text"),
    ],
)
def test_settings_that_would_not_be_loaded_are_named(settings, message):
    with pytest.raises(UsageError, match=message):
        check_contract(Kept(**settings), {"gain", "color"})
    check_contract(Kept(color=["red", None, 0.5]), {"gain", "color"})


@pytest.mark.parametrize("value", [[np.float64(0.3)], {"where": Path("x")}, lambda: 0])
def test_a_checkpoint_that_load_would_refuse_does_not_replace_the_last_one(value, tmp_path):
    path = tmp_path / "last.ckpt"
    saver = AtomicCheckpointIO(checked=True)
    saver.save_checkpoint({"history": [0.5], "state_dict": {"weight": torch.ones(2)}}, path)
    with pytest.raises(UsageError, match="under 'history', so it could never be loaded: in on_sa"):
        saver.save_checkpoint({"history": value}, path)
    assert torch.load(path, weights_only=True)["history"] == [0.5]


def test_a_classifier_without_images_lacks_samples():
    class Own(LightningModule):
        num_classes = 2

        def classify(self, images):
            return images

    with pytest.raises(UsageError, match="Own has no latent_dim, sample, so no image"):
        check_contract(Own())


def test_a_step_that_takes_no_batch_is_told_how_it_is_written():
    class Own(LightningModule):
        latent_dim = num_classes = 0

        def sample(self, latents, labels=None):
            return latents

        def training_step(self):
            return None

    with pytest.raises(UsageError, match=r"Own.training_step does not take .*write `def train"):
        check_contract(Own())
    for step in (lambda batch: None, lambda batch, batch_idx: None):
        own = Own()
        own.training_step = step
        check_contract(own)


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        ({}, "nothing"),
        ({"loss": 0.5}, "loss: float"),
        ({"loss": torch.zeros(3)}, r"loss: torch.float32 \[3\]"),
    ],
)
def test_a_step_that_returns_no_scalars_is_told_what_to_return(returned, said):
    with pytest.raises(UsageError, match=rf"Drawing.training_step returns {said}; return a dict"):
        refuse_no_scalars(Drawing(pixels), returned)
    refuse_no_scalars(Drawing(pixels), {"loss": torch.zeros(())})


class Failing(LightningModule):
    """A model whose `__init__` fails."""

    def __init__(self, width: int = 4):
        super().__init__()
        raise RuntimeError("no such layer")


class Unread(ImageDataModule):
    """A data module without `read_splits`."""


class Unpassed(ImageDataModule):
    """A data module that keeps its settings to itself."""

    def __init__(self, root: str = "", **settings: Any):
        self.root = root

    def read_splits(self):
        return None


class NoModel:
    """No LightningModule."""


@pytest.mark.parametrize(
    ("model", "data", "message"),
    [
        (
            "failing",
            "mnist",
            r"raised RuntimeError: no such layer \(test_own_models.py, line \d+\);",
        ),
        (
            "nomodel",
            "mnist",
            "model: NoModel is no subclass of LightningModule; derive",
        ),
        ("gan", "unread", "data: Unread has no read_splits; define it"),
        ("gan", "unpassed", r"Unpassed has the setting data.image_size .* add super\(\).__init__"),
    ],
)
def test_classes_that_cant_be_built_are_named(model, data, message, tmp_path, monkeypatch):
    monkeypatch.setattr(registry, "_models", {})
    monkeypatch.setattr(registry, "_data_modules", {})
    for kind in (Failing, NoModel):
        registry.register_model(kind)
    for kind in (Unread, Unpassed):
        registry.register_data(kind)
    words = ["--model", model, "--data", data, "--data.image_size", "16"]
    with pytest.raises(UsageError, match=message):
        fit_by_words(expand([*words, "--trainer.default_root_dir", str(tmp_path)]))


class Drawing(LightningModule):
    """A model that draws what a test gives it."""

    latent_dim, num_classes = 4, 2

    def __init__(self, drawn):
        super().__init__()
        self.drawn = drawn

    def sample(self, latents, labels=None):
        return self.drawn(latents)


def pixels(latents):
    return (latents[:, :1] * torch.linspace(-1, 1, 64)).tanh().view(-1, 1, 8, 8)


@pytest.mark.parametrize(
    ("drawn", "message"),
    [
        (lambda z: None, "Drawing.sample gives None for two latents; return float32"),
        (lambda z: pixels(z)[..., :4], r"gives torch.float32 \[2, 1, 8, 4\] for two latents"),
        (lambda z: pixels(z).byte(), r"gives torch.uint8 .* return float32 \[2, 1, 8, 8\]"),
        (lambda z: pixels(z) * 0 + 128, r"values from 128.0 to 128.0; return images in \[-1, 1\]"),
        (lambda z: pixels(z) * torch.nan, "values from nan to nan; return images in"),
        (lambda z: pixels(z - z.mean(0)), "another image from the same latent in another batch"),
        (lambda z: pixels(z, 3), r"sample raised TypeError: pixels\(\) takes 1 .*line \d+\); corr"),
    ],
)
def test_samples_are_refused_before_training(drawn, message):
    with pytest.raises(UsageError, match=message):
        check_samples(Drawing(drawn), DATA)


@pytest.mark.parametrize(
    ("method", "returned", "message"),
    [
        (
            "judge",
            torch.zeros(2, 1),
            r"judge gives torch.float32 \[2, 1\] for .* \[2\]",
        ),
        ("encode", (1, 2), r"encode gives tuple for two images; return float32 \[2, 4\]"),
        ("classify", torch.zeros(2, 2), r"classify gives .* return float32 \[2, 3\]"),
        ("classify", torch.ones(2, 3), "rows that are not probabilities; return logits.softm"),
        ("classify", torch.tensor([[2.0, -1, 0]] * 2), "rows that are not probabilities"),
        ("judge", torch.zeros(2), ""),
        ("encode", torch.zeros(2, 4), ""),
        ("classify", torch.tensor([[0.5, 0.25, 0.25]] * 2), ""),
    ],
)
def test_other_methods_are_checked_before_training(method, returned, message):
    model = Drawing(pixels)
    setattr(model, method, lambda *_: returned)
    with pytest.raises(UsageError, match=message) if message else nullcontext():
        check_samples(model, DATA)
    assert model.training


@pytest.mark.parametrize(
    ("translated", "message"),
    [
        (
            lambda images: images[..., ::2],
            r"translate gives torch.float32 \[2, 1, 8, 4\] for",
        ),
        (lambda images: images * 100, r"translate gives values outside \[-1, 1\]"),
        (lambda images: images.none, r"translate raised AttributeError: .*line \d+\); correct it"),
        (lambda images: images, ""),
    ],
)
def test_translations_are_checked_before_training(translated, message):
    model = LightningModule()
    model.num_classes, model.latent_dim, model.keeps_classes = 3, 0, True
    model.source_of = lambda label: label
    model.translate = lambda images, labels, latents: translated(images)
    model.__class__ = type("Own", (LightningModule,), {"__module__": "mine"})
    with pytest.raises(UsageError, match=message) if message else nullcontext():
        check_samples(model, DATA)


def test_right_samples_pass_and_a_range_from_zero_is_noted(capsys):
    state = torch.get_rng_state()
    check_samples(Drawing(pixels), DATA)
    assert torch.equal(torch.get_rng_state(), state)
    assert not capsys.readouterr().out
    check_samples(Drawing(lambda z: pixels(z).abs()), DATA)
    assert "Drawing.sample draws values from 0." in capsys.readouterr().out
    old = LightningModule()
    check_samples(old, DATA)  # draws nothing


def test_a_method_that_costs_the_best_checkpoint_is_named(recwarn):
    model = Drawing(pixels)
    warn_of_no_best(model)
    assert not recwarn
    model.classify = lambda images: images
    with pytest.warns(UserWarning, match="best.ckpt is not written: Drawing has a method classify"):
        warn_of_no_best(model)
