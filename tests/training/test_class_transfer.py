"""From a model that is told classes to one that is not, and back."""

from importlib import import_module

import pytest
import torch

from ganaug.models.registry import models
from ganaug.networks.conditioning import ProjectionLogit
from ganaug.training.class_transfer import converted
from ganaug.training.transfer import start_from

# These have classes, always.
ALWAYS = ("acgan", "cgan", "cyclegan", "sgan")
EITHER = {name: path for name, path in models().items() if name not in ALWAYS}
# dagan draws from real images, and its generator takes no class.
SAMPLERS = {name: path for name, path in EITHER.items() if name != "dagan"}
NAMES = ["rose", "tulip", "daisy"]


def built(path, classes):
    module, kind = path.rsplit(".", 1)
    return getattr(import_module(module), kind)(image_size=32, channels=1, num_classes=classes)


def started(path, before, after, names, folder):
    """A model of `after` classes that starts from a random one of `before`."""
    torch.manual_seed(0)
    fitted, new = built(path, before), built(path, after)
    for weight in fitted.parameters():
        weight.data.normal_(0, 0.1)
    card = {"model": path, "class_names": NAMES[:before]}
    torch.save({"state_dict": fitted.state_dict(), "ganaug": card}, folder / "x.ckpt")
    return fitted.eval(), new.eval(), start_from(new, folder / "x.ckpt", names)


# Not those whose class is a shift before a batch norm, or a factor, which no weight holds then; nor
# flow, which draws classes with guidance.
@pytest.mark.parametrize("name", ["gan", "projected", "vae"])
def test_a_model_of_one_class_draws_what_the_fitted_one_drew_of_it(name, tmp_path):
    fitted, new, began = started(EITHER[name], 3, 1, ["tulip"], tmp_path)
    assert began.initial == []
    latents = torch.randn(4, fitted.latent_dim)
    with torch.no_grad():
        of_class = fitted.sample(latents, torch.ones(4, dtype=torch.long))
        torch.testing.assert_close(new.sample(latents), of_class, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("path", EITHER.values(), ids=EITHER)
def test_no_weight_of_a_generator_is_new_for_one_class(path, tmp_path):
    assert started(path, 3, 1, ["tulip"], tmp_path)[2].initial == []


@pytest.mark.parametrize("path", EITHER.values(), ids=EITHER)
def test_only_weights_of_classes_are_new_for_several(path, tmp_path):
    own = started(path, 1, 3, NAMES, tmp_path)[2].initial
    classes = ("embedding", "class_logits")
    assert all(any(part in name for part in classes) for name in own)


@pytest.mark.parametrize("path", SAMPLERS.values(), ids=SAMPLERS)
def test_each_class_draws_what_the_model_of_one_class_drew(path, tmp_path):
    fitted, new, _ = started(path, 1, 3, NAMES, tmp_path)
    latents = torch.randn(3, fitted.latent_dim)
    with torch.no_grad():
        of_classes = new.sample(latents, torch.arange(3))
        torch.testing.assert_close(of_classes, fitted.sample(latents), rtol=1e-3, atol=1e-4)


def test_a_projection_adds_the_vector_of_the_class():
    fitted, new = ProjectionLogit(4, num_classes=2), ProjectionLogit(4, num_classes=0)
    found = converted(
        torch.nn.ModuleDict({"x": new}),
        lambda name: fitted.state_dict().get(name.removeprefix("x.")),
        ["a", "b"],
        ["b"],
    )
    new.load_state_dict(
        {
            **new.state_dict(),
            **fitted.linear.state_dict(prefix="linear."),
            **{name.removeprefix("x."): weight for name, weight in found.items()},
        }
    )
    features = torch.randn(3, 4)
    torch.testing.assert_close(new(features), fitted(features, torch.ones(3, dtype=torch.long)))
