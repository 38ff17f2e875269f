"""Latents have a length in every model that draws from them."""

from importlib import import_module

import pytest

from ganaug.models.registry import models
from ganaug.utils.errors import UsageError

MODELS = models()
# Of `cyclegan` an image is turned into one image.
DRAWING = sorted(MODELS.keys() - {"cyclegan"})


@pytest.mark.parametrize("length", [-1, 0])
@pytest.mark.parametrize("name", DRAWING)
def test_latents_of_no_length_are_refused(name, length):
    module, _, kind = MODELS[name].rpartition(".")
    setting = "coarse_latent_dim" if name == "lapgan" else "latent_dim"
    shape = {"image_size": 32, "channels": 1, "num_classes": 2}
    with pytest.raises(UsageError, match=f"{setting} is {length}; it must be above 0"):
        getattr(import_module(module), kind)(**shape, **{setting: length})
