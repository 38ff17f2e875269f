"""Checkpoints of before the code moved still load, and draw the images that they drew then."""

from pathlib import Path

import numpy as np
import pytest
import torch

from ganaug.protocols import Translator
from ganaug.training.checkpoints import load
from ganaug.utils.pixels import to_float, to_uint8

OLD = Path(__file__).resolve().parents[1] / "fixtures" / "old"
CHECKPOINTS = sorted(OLD.glob("*.ckpt"))


def test_there_is_one_of_each_model_of_that_version():
    assert len(CHECKPOINTS) == 11
    models = {
        path.stem for path in (Path(__file__).resolve().parents[2] / "configs").glob("*.yaml")
    }
    assert {path.stem for path in CHECKPOINTS} <= models


@pytest.mark.parametrize("path", CHECKPOINTS, ids=lambda path: path.stem)
def test_an_old_checkpoint_draws_the_same(path):
    known = np.load(OLD / "drawn.npz")
    model = load(path).model
    labels = torch.arange(6) % model.num_classes if model.num_classes else None
    latents = torch.randn(6, model.latent_dim, generator=torch.Generator().manual_seed(3))
    if isinstance(model, Translator):
        real = torch.from_numpy(known[f"{path.stem}_real"])
        drawn = model.translate(to_float(real), labels, latents)
    else:
        drawn = model.sample(latents, labels)
    # Other processors may round to an adjacent gray value.
    difference = to_uint8(drawn).int() - torch.from_numpy(known[path.stem]).int()
    assert difference.abs().max() <= 1


def test_names_of_classes_and_data_are_kept():
    card = load(OLD / "dcgan.ckpt").card
    assert card.class_names == tuple("0123456789")
    assert card.data["class_path"] == "datamodules.mnist.MNISTDataModule"
    assert card.data["init_args"]["augmentation"] == "none"
